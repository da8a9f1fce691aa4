import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { cpus, loadavg, totalmem } from 'node:os'
import { parseArgs } from 'node:util'
import { PrismaPg } from '@prisma/adapter-pg'
import { pino } from 'pino'
import { createApp } from '../src/app.js'
import { claimstake } from '../src/claimstake.js'
import type { Claims } from '../src/claims/principal.js'
import { createPool } from '../src/connections/create-pool.js'
import { statementNames } from '../src/database/statement-names.js'
import { authenticator } from '../src/identity/authenticator.js'
import type { Data } from '../src/policy/builder.js'
import { createTestIssuer } from '../src/testing.js'
import { createDatabase } from '../test/support/database.js'
import { a, defineData } from '../test/support/rules/generated/claimstake.js'
import { PrismaClient } from '../test/support/rules/generated/prisma/client.js'
import { startRun } from '../test/support/start-run.js'

// `npm run bench:pages`, or with `-- --turns 300` for a longer run. With TEST_DATABASE_URL it takes that server instead
// of an embedded one.
//
// What a page of 20 rows costs a caller who owns 100,000 of 500,000 rows, over HTTP with a real token: at the start of
// the list and behind 1,000 pages; where the scope is one value, three (the default identity `sub::username` and its
// parts, under one or under two of which there are rows), or two rules on two columns. The calls take turns, there and
// back, so that they share the machine's moods: a turn gives one ratio of each pair, and the table has the median with its
// 95 % interval (order statistics). `database` is what Postgres itself takes for the statements of one call, by EXPLAIN
// ANALYZE; `sent` is how many there are.

const { values } = parseArgs({ options: { turns: { type: 'string' } } })
const turns = Number(values.turns ?? 100)
const pageSize = 20
const depth = 1_000
const owned = 100_000

const stopRun = await startRun()
const database = await createDatabase({ tables: 'rules' })
const pool = createPool({ url: database.url, statementTimeout: 60_000, onError: () => undefined })
const issuer = createTestIssuer({ identityClaim: 'sub::username' })

const oneValue = defineData({
  schema: a.schema({ Entry: a.model().authorization((allow) => allow.owner().identityClaim('user_id')) }),
})
const threeValues = defineData({
  schema: a.schema({ Entry: a.model().authorization((allow) => allow.owner()) }),
})
const twoRules = defineData({
  schema: a.schema({
    Entry: a
      .model()
      .authorization((allow) => [
        allow.owner().identityClaim('user_id'),
        allow.ownerDefinedIn('author').identityClaim('user_id'),
      ]),
  }),
})

const client = (log: boolean) =>
  new PrismaClient({
    adapter: new PrismaPg(pool, { statementNameGenerator: statementNames() }),
    errorFormat: 'minimal',
    log: log ? [{ level: 'query', emit: 'event' }] : [],
  })
const prisma = client(false)
const telling = client(true)

/** Serves the rules on a port of its own. */
async function serve(data: Data, unscoped: PrismaClient) {
  const app = createApp({
    db: claimstake({ prisma: unscoped, data, secret: 'a secret of the bench of pages, 32' }),
    authenticate: authenticator({ issuers: [issuer.settings] }),
    log: pino({ level: 'silent' }),
    isReady: () => Promise.resolve(true),
  })
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/entries` }
}

interface Page {
  readonly items: readonly unknown[]
  readonly nextCursor: string | null
}

async function read(url: string, token: string, query: Readonly<Record<string, string>>): Promise<Page> {
  const answer = await fetch(`${url}?${new URLSearchParams(query).toString()}`, {
    headers: { Authorization: `Bearer ${token}` },
  })
  if (answer.status !== 200) throw new Error(`${answer.status} ${await answer.text()}`)
  return (await answer.json()) as Page
}

// Rows of all owners lie mixed in time; those of others are half the table's.
const rowsOf = (owner: string, author: string, count: number) =>
  prisma.$executeRawUnsafe(
    `INSERT INTO "Entry" (id, owner, author, title, rank, "createdAt")
     SELECT gen_random_uuid(), ${owner}, ${author}, md5(n::text), CASE WHEN n % 5 > 0 THEN n % 1000 END,
            timestamp '2020-01-01' + n * ${3_000_000 / count} * interval '1 minute' FROM generate_series(1, ${count}) n`,
  )
const half = (name: string) => `CASE WHEN n % 2 = 0 THEN '${name}' ELSE 'other-' || n % 100 END`
await rowsOf("'ana'", 'NULL', owned)
await rowsOf("'s-bo::bo'", 'NULL', owned)
await rowsOf("CASE WHEN n % 2 = 0 THEN 's-cy::cy' ELSE 'cy' END", 'NULL', owned)
await rowsOf(half('di'), "CASE WHEN n % 2 = 1 THEN 'di' END", owned)
await rowsOf("'other-' || n % 100", "'other-' || n % 90", owned)
await rowsOf("'eve'", 'NULL', 200)
await rowsOf("'s-flo::flo'", 'NULL', 200)
await prisma.$executeRawUnsafe('VACUUM ANALYZE "Entry"')

interface Case {
  readonly name: string
  readonly data: Data
  readonly claims: Claims
  /** A list that is walked to before; else its start. */
  readonly deep?: boolean
  readonly query?: Readonly<Record<string, string>>
  readonly beside: string
  /** The highest median ratio that is good enough; without one, the line is for information. */
  readonly goal?: number
}

const byUser = (user_id: string) => ({ user_id })
const bySub = (username: string) => ({ sub: `s-${username}`, username })
const [first, deep] = ['one value', 'one value, page 1,000']
const cases: readonly Case[] = [
  { name: first, data: oneValue, claims: byUser('ana'), beside: first },
  { name: 'the same again', data: oneValue, claims: byUser('ana'), beside: first },
  { name: deep, data: oneValue, claims: byUser('ana'), deep: true, beside: first, goal: 1.5 },
  { name: 'sub::username', data: threeValues, claims: bySub('bo'), beside: first, goal: 3 },
  ...[{ name: '… page 1,000', data: threeValues, claims: bySub('bo'), deep: true, beside: deep, goal: 3 }],
  { name: '… rows under two values', data: threeValues, claims: bySub('cy'), beside: first, goal: 3 },
  ...[{ name: '… page 1,000', data: threeValues, claims: bySub('cy'), deep: true, beside: deep, goal: 3 }],
  { name: 'two rules', data: twoRules, claims: byUser('di'), beside: first, goal: 3 },
  ...[{ name: '… page 1,000', data: twoRules, claims: byUser('di'), deep: true, beside: deep, goal: 3 }],
  { name: '200 rows, one value', data: oneValue, claims: byUser('eve'), beside: first },
  ...[
    {
      name: '200 rows, sub::username',
      data: threeValues,
      claims: bySub('flo'),
      beside: '200 rows, one value',
    },
  ],
  ...['title', 'rank', 'rank_desc', 'rank,title'].flatMap((sort) => [
    { name: `by ${sort}`, data: oneValue, claims: byUser('ana'), query: { sort }, beside: first },
    {
      name: '… page 1,000',
      data: oneValue,
      claims: byUser('ana'),
      query: { sort },
      deep: true,
      beside: `by ${sort}`,
      goal: 1.5,
    },
    {
      name: '… two rules',
      data: twoRules,
      claims: byUser('di'),
      query: { sort },
      beside: `by ${sort}`,
      goal: 3,
    },
  ]),
]

const services = new Map<Data, string>()
const tellers = new Map<Data, string>()
const servers = []
for (const data of [oneValue, threeValues, twoRules]) {
  const [plain, telltale] = [await serve(data, prisma), await serve(data, telling)]
  services.set(data, plain.url)
  tellers.set(data, telltale.url)
  servers.push(plain.server, telltale.server)
}

/** The call of a case; a deep one has walked there by cursor. */
async function callOf({ name, data, claims, deep: isDeep, query }: Case) {
  const token = await issuer.token(claims)
  const url = services.get(data) ?? ''
  let cursor: string | null = null
  for (let walked = 0; isDeep && walked < depth * pageSize; walked += 100) {
    const page = await read(url, token, { ...query, limit: '100', ...(cursor !== null && { cursor }) })
    cursor = page.nextCursor
    if (cursor === null) throw new Error(`the list ${name} ends after ${walked} rows`)
  }
  const asked = { ...query, limit: String(pageSize), ...(cursor !== null && { cursor }) }
  const call = async (over = services) => {
    const { items } = await read(over.get(data) ?? '', token, asked)
    if (items.length !== pageSize) throw new Error(`${items.length} rows`)
  }
  return call
}

/** Milliseconds that Postgres takes for the statements of one call, and how many they are. */
async function inDatabase(call: (over: typeof tellers) => Promise<void>) {
  sent = []
  await call(tellers)
  let time = 0
  const statements = sent
  for (const { query, params } of statements) {
    const values = JSON.parse(params) as unknown[]
    const once = async () => {
      const { rows } = await pool.query<Record<'QUERY PLAN', readonly { 'Execution Time': number }[]>>(
        `EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) ${query}`,
        values,
      )
      return rows[0]?.['QUERY PLAN'][0]?.['Execution Time'] ?? NaN
    }
    const times = []
    for (let at = 0; at < 5; at++) times.push(await once())
    time += median(times).at
  }
  return { time, count: statements.length }
}
let sent: { readonly query: string; readonly params: string }[] = []
telling.$on('query', (event) => sent.push(event))

/** The median with its distribution-free 95 % interval. */
function median(numbers: readonly number[]): { at: number; low: number; high: number } {
  const sorted = [...numbers].sort((a, b) => a - b)
  const [half, spread] = [(sorted.length - 1) / 2, 0.98 * Math.sqrt(sorted.length)]
  const rank = (place: number) => sorted[Math.min(sorted.length - 1, Math.max(0, Math.round(place)))] ?? NaN
  return { at: rank(half), low: rank(half - spread), high: rank(half + spread) }
}

const load = () => loadavg()[0]?.toFixed(1) ?? ''
const [server] = await prisma.$queryRawUnsafe<{ version: string }[]>('SELECT version()')
console.log(
  `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, load ${load()}; Node ${process.versions.node}`,
)
console.log(`${server?.version.split(' on ')[0] ?? ''}; ${turns} turns of 2 calls each, one at a time\n`)

const calls = []
for (const one of cases) calls.push({ ...one, call: await callOf(one), times: [] as number[] })
for (let turn = -6; turn < turns; turn++) {
  const round = new Map(calls.map((one) => [one, [] as number[]]))
  for (const one of [...calls, ...[...calls].reverse()]) {
    // What no index keeps in order would take all the time there is.
    if (turn > 5 && (one.times[0] ?? 0) > 20) continue
    const start = process.hrtime.bigint()
    await one.call()
    round.get(one)?.push(Number(process.hrtime.bigint() - start) / 1e6)
  }
  for (const [{ times }, both] of round) if (turn >= 0 && both.length > 0) times.push(Math.min(...both))
}
console.log(`${''.padEnd(26)}  sent  database   call       ratio  95 % interval  goal`)
for (const { name, beside, goal, times, call } of calls) {
  const base = calls.find((other) => other.name === beside)?.times ?? []
  const ratio = median(times.map((time, turn) => time / (base[turn] ?? NaN)))
  const { time, count } = await inDatabase(call)
  const verdict = goal === undefined ? '' : ratio.at <= goal ? `≤ ${goal}: met` : `≤ ${goal}: MISSED`
  console.log(
    `${name.padEnd(26)}  ${String(count).padEnd(4)}  ${`${time.toFixed(2)} ms`.padEnd(9)}  ${`${median(times).at.toFixed(2)} ms`.padEnd(9)}  ` +
      `${ratio.at.toFixed(2).padEnd(5)}  ${`${ratio.low.toFixed(2)} – ${ratio.high.toFixed(2)}`.padEnd(13)}  ${verdict}`,
  )
}
console.log(`\nload at the end ${load()}`)

for (const each of servers) each.close()
for (const each of servers) each.closeAllConnections()
await prisma.$disconnect()
await telling.$disconnect()
await pool.end()
await database.drop()
await stopRun()
