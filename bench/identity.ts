import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { cpus, loadavg, totalmem } from 'node:os'
import { parseArgs } from 'node:util'
import { PrismaPg } from '@prisma/adapter-pg'
import type { Request } from 'express'
import jsonwebtoken from 'jsonwebtoken'
import passport from 'passport'
import passportJwt from 'passport-jwt'
import { pino } from 'pino'
import type * as App from '../src/app.js'
import type { Claims, Principal } from '../src/claims/principal.js'
import type * as Issuer from '../src/config/issuer.js'
import type * as Resource from '../src/data/resource.js'
import { createPool } from '../src/connections/create-pool.js'
import { statementNames } from '../src/database/statement-names.js'
import type * as Prisma from '../src/generated/prisma/client.js'
import type * as Library from '../src/index.js'
import { createDatabase } from '../test/support/database.js'
import { startRun } from '../test/support/start-run.js'
import { startLoad } from './start-load.js'

// `npm run bench:identity`, or with `-- --turns 40` for a longer run. With TEST_DATABASE_URL it takes that server instead
// of an embedded one.
//
// What it costs to know the caller: GET /v1/posts/{id} with an RS256 token whose verification is remembered, with one that
// is verified each time, and with no authentication at all (the same route, the same headers, a fixed caller). Beside them
// passport-jwt as it comes, with a secret that is text. All in one process, each on a port of its own; the load comes from
// another process over connections that stay open. The cases take turns, there and back, so that they share the machine's
// moods: a turn gives one ratio of each to `none`, and the table has the median with its 95 % interval (order statistics).
// The first line is `none` against itself: where its interval is far from 1, the machine was too busy.
//
// What is measured is the library as it is shipped, dist/, which npm builds before (see bench/scoped-client.ts).

const { values } = parseArgs({
  options: {
    turns: { type: 'string', default: '20' },
    milliseconds: { type: 'string', default: '500' },
    connections: { type: 'string', default: '8' },
  },
})
const [turns, milliseconds, connections] = [values.turns, values.milliseconds, values.connections].map(
  Number,
) as [number, number, number]

const shipped = (file: string) => import(`../dist/${file}`) as Promise<unknown>
const { authenticator, claimstake, principal } = (await shipped('index.js')) as typeof Library
const { createApp } = (await shipped('app.js')) as typeof App
const { parseIssuer } = (await shipped('config/issuer.js')) as typeof Issuer
// Without the example's enrichment: what an application adds to claims is its own affair.
const { data: example } = (await shipped('data/resource.js')) as typeof Resource
const data = { ...example, enrichment: undefined }
const { PrismaClient } = (await shipped('generated/prisma/client.js')) as typeof Prisma

const stopRun = await startRun()
const database = await createDatabase()
const pool = createPool({ url: database.url, onError: () => undefined })
const prisma = new PrismaClient({
  adapter: new PrismaPg(pool, { statementNameGenerator: statementNames() }),
  errorFormat: 'minimal',
})
const owned = (owner: string) =>
  Array.from({ length: 200 }, (_, at) => ({ owner, postname: `post ${at}`, content: 'x'.repeat(200) }))
await prisma.post.createMany({ data: ['ana', 'bo', 'cy'].flatMap(owned) })
const row = await prisma.post.findFirstOrThrow({ where: { owner: 'ana' } })

const issuer = 'https://id.example.com/'
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const settings = parseIssuer({
  issuer,
  audience: 'claimstake',
  publicKey: rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
})
const claims = { iss: issuer, aud: 'claimstake', sub: 's-ana', user_id: 'ana', user_groups: ['Reader'] }
const token = jsonwebtoken.sign(claims, rsa.privateKey, { algorithm: 'RS256', expiresIn: '1 day' })
const fixed = principal({ provider: 'oidc', issuer, claims })

/** passport-jwt as most applications have it. */
const secret = 'a secret of more than 32 bytes, for the bench'
const stockToken = jsonwebtoken.sign(claims, secret, { expiresIn: '1 day' })
const stock = new passport.Passport()
stock.use(
  new passportJwt.Strategy(
    {
      jwtFromRequest: passportJwt.ExtractJwt.fromAuthHeaderAsBearerToken(),
      secretOrKey: secret,
      issuer,
      audience: 'claimstake',
      algorithms: ['HS256'],
    },
    (payload: Claims, done: (error: unknown, caller: Principal) => void) =>
      done(null, principal({ provider: 'oidc', issuer, claims: payload })),
  ),
)
const byStock = (request: Request) =>
  new Promise<Principal>((resolve, reject) => {
    const decided = (error: unknown, caller: Principal | false) =>
      caller ? resolve(caller) : reject(error instanceof Error ? error : new Error('refused'))
    const middleware = stock.authenticate('jwt', { session: false }, decided) as (...args: unknown[]) => void
    middleware(request, request.res, reject)
  })

type Authenticate = (request: Request) => Promise<Principal>
const cases: readonly (readonly [name: string, authenticate: Authenticate, bearer: string, goal?: number])[] =
  [
    ['none', () => Promise.resolve(fixed), token],
    ['none, again', () => Promise.resolve(fixed), token],
    ['cache on', authenticator({ issuers: [settings] }), token, 0.9],
    ['cache off', authenticator({ issuers: [settings], remembered: 0 }), token],
    ['passport-jwt as it comes', byStock, stockToken],
  ]

const load = startLoad()
const served = []
for (const [name, authenticate, bearer, goal] of cases) {
  const app = createApp({
    db: claimstake({ prisma, data, secret: 'a secret of the bench of identity' }),
    authenticate,
    log: pino({ level: 'silent' }),
    isReady: () => Promise.resolve(true),
  })
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const asked = { port, path: `/v1/posts/${row.id}`, headers: [{ authorization: `Bearer ${bearer}` }] }
  served.push({
    name,
    goal,
    server,
    asked,
    rates: [] as number[],
    middles: [] as number[],
    tails: [] as number[],
  })
}

/** The median with its distribution-free 95 % interval. */
function median(numbers: readonly number[]): { at: number; low: number; high: number } {
  const sorted = [...numbers].sort((left, right) => left - right)
  const [half, spread] = [(sorted.length - 1) / 2, 0.98 * Math.sqrt(sorted.length)]
  const rank = (place: number) => sorted[Math.min(sorted.length - 1, Math.max(0, Math.round(place)))] ?? NaN
  return { at: rank(half), low: rank(half - spread), high: rank(half + spread) }
}

const busy = () => loadavg()[0]?.toFixed(1) ?? ''
console.log(
  `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, load ${busy()}; Node ${process.versions.node}`,
)
console.log(`${turns} turns of 2 × ${milliseconds} ms each, ${connections} connections\n`)

for (let turn = -2; turn < turns; turn++) {
  const round = new Map(served.map((one) => [one, [] as number[]]))
  for (const one of [...served, ...[...served].reverse()]) {
    const result = await load.run({ ...one.asked, connections, milliseconds })
    if (Object.keys(result.statuses).join() !== '200')
      throw new Error(`${one.name}: ${JSON.stringify(result.statuses)}`)
    round.get(one)?.push(result.perSecond)
    if (turn < 0) continue
    one.middles.push(result.p50)
    one.tails.push(result.p99)
  }
  if (turn < 0) continue
  for (const [{ rates }, both] of round) rates.push(both.reduce((sum, each) => sum + each, 0) / both.length)
}

const base = served[0]?.rates ?? []
console.log(`${''.padEnd(26)}  per second  p50       p99       of none  95 % interval  goal`)
for (const { name, goal, rates, middles, tails } of served
  .slice(0)
  .sort((a, b) => Number(b.name === 'none, again') - Number(a.name === 'none, again'))) {
  const ratio = median(rates.map((rate, turn) => rate / (base[turn] ?? NaN)))
  const verdict = goal === undefined ? '' : ratio.at >= goal ? `≥ ${goal}: met` : `≥ ${goal}: MISSED`
  console.log(
    `${name.padEnd(26)}  ${median(rates).at.toFixed(0).padEnd(10)}  ${`${median(middles).at.toFixed(2)} ms`.padEnd(8)}  ${`${median(tails).at.toFixed(2)} ms`.padEnd(8)}  ` +
      `${ratio.at.toFixed(2).padEnd(7)}  ${`${ratio.low.toFixed(2)} – ${ratio.high.toFixed(2)}`.padEnd(13)}  ${verdict}`,
  )
}
console.log(`\nload at the end ${busy()}`)

load.stop()
for (const { server } of served) {
  server.close()
  server.closeAllConnections()
}
await prisma.$disconnect()
await pool.end()
await database.drop()
await stopRun()
