import { cpus, totalmem } from 'node:os'
import { parseArgs } from 'node:util'
import { PrismaPg } from '@prisma/adapter-pg'
import type * as Resource from '../src/data/resource.js'
import { createPool } from '../src/connections/create-pool.js'
import { statementNames } from '../src/database/statement-names.js'
import type * as Prisma from '../src/generated/prisma/client.js'
import type * as Library from '../src/index.js'
import { createDatabase } from '../test/support/database.js'
import { startRun } from '../test/support/start-run.js'

// `npm run bench:scoped-client`, or with `-- --turns 400 --batch 20` for a longer run. With TEST_DATABASE_URL it takes
// that server instead of an embedded one.
//
// What a call of the scoped client costs beside the same call of the bare client, whose author wrote the condition on
// the owner by hand. Both run in one process, against one embedded Postgres with the rules of the example, in short
// runs by turns (bare, scoped, scoped, bare), so that they share the machine's moods. Runs, because an application makes
// calls of one kind: one bare and one scoped call in turn would push each other's code out of the processor's caches,
// which costs the second of them some 10 to 20 µs. A turn gives one ratio, that of its medians. The table has the median
// of the ratios with its 95 % interval (order statistics), and what the scoped client takes alone: its call over a
// client that answers at once, less that client's own.
// The first line is the bare client against itself: if its ratio is 1 % off, the machine was too busy and the other
// lines say nothing. The goal is a median ratio of at most 1.05 for findMany, findUnique and update.
//
// What is measured is the library as it is shipped, dist/, which npm builds before: what runs a source file in its
// place gives every inner function its name anew at each call, and that alone costs several microseconds.

const shipped = (file: string) => import(`../dist/${file}`) as Promise<unknown>
const { claimstake, principal } = (await shipped('index.js')) as typeof Library
const { data } = (await shipped('data/resource.js')) as typeof Resource
const { PrismaClient } = (await shipped('generated/prisma/client.js')) as typeof Prisma
type Client = Prisma.PrismaClient

const { values } = parseArgs({ options: { turns: { type: 'string' }, batch: { type: 'string' } } })
const turns = Number(values.turns ?? 200)
const batch = Number(values.batch ?? 10)

const stopRun = await startRun()
const database = await createDatabase()
const pool = createPool({ url: database.url, onError: () => undefined })
const adapter = new PrismaPg(pool, { statementNameGenerator: statementNames() })
const prisma = new PrismaClient({ adapter, errorFormat: 'minimal' })
const ana = principal({ provider: 'oidc', issuer: 'https://id.example.com', claims: { user_id: 'ana' } })
const scoped = claimstake({ prisma, data }).as(ana)
type Posts = Client['post']

const owners = Array.from({ length: 50 }, (_, at) => (at === 0 ? 'ana' : `owner-${at}`))
const rows = owners.flatMap((owner) =>
  Array.from({ length: 100 }, (_, at) => ({ owner, postname: `post ${at}`, content: 'x'.repeat(200) })),
)
await prisma.post.createMany({ data: rows })
const page = await prisma.post.findMany({ where: { owner: 'ana' }, orderBy: { createdAt: 'desc' }, take: 20 })
await prisma.comment.createMany({
  data: page.flatMap(({ id }) => ['ana', 'owner-1'].map((owner) => ({ postId: id, owner, body: 'so' }))),
})
await prisma.$executeRawUnsafe('ANALYZE')
const id = page[0]?.id ?? ''
const latest = { orderBy: { createdAt: 'desc' }, take: 20 } as const

interface Case {
  readonly name: string
  /** The highest median ratio that is good enough; without one, the line is for information. */
  readonly goal?: number
  readonly bare: () => Promise<unknown>
  readonly scoped: () => Promise<unknown>
  /** The scoped call over a client that answers it at once, and that client's own. */
  readonly alone?: { readonly bare: () => Promise<unknown>; readonly scoped: () => Promise<unknown> }
}

const goal = 1.05
const findUnique = () => prisma.post.findUnique({ where: { id, owner: 'ana' } })
const cases: readonly Case[] = [
  { name: 'findUnique, bare and bare', bare: findUnique, scoped: findUnique },
  {
    ...{ name: 'findMany, 20 rows', goal },
    bare: () => prisma.post.findMany({ where: { owner: 'ana' }, ...latest }),
    scoped: () => scoped.post.findMany(latest),
    alone: answeredBy(page, 'findMany', latest),
  },
  {
    ...{ name: 'findUnique', goal },
    bare: findUnique,
    scoped: () => scoped.post.findUnique({ where: { id } }),
    alone: answeredBy(page[0], 'findUnique', { where: { id } }),
  },
  {
    ...{ name: 'update', goal },
    bare: () =>
      prisma.post.update({
        where: { id, owner: 'ana' },
        data: { content: 'changed', version: { increment: 1 } },
      }),
    scoped: () => scoped.post.update({ where: { id }, data: { content: 'changed' } }),
    alone: answeredBy(page[0], 'update', { where: { id }, data: { content: 'changed' } }),
  },
  {
    name: 'create',
    bare: () => prisma.post.create({ data: { owner: 'ana', postname: 'new' } }),
    scoped: () => scoped.post.create({ data: { postname: 'new' } }),
    alone: answeredBy(page[0], 'create', { data: { postname: 'new' } }),
  },
  {
    name: 'findMany, 20 rows, include',
    bare: () =>
      prisma.post.findMany({
        ...{ where: { owner: 'ana' }, include: { comments: { where: { owner: 'ana' } } } },
        ...latest,
      }),
    scoped: () => scoped.post.findMany({ include: { comments: true }, ...latest }),
    alone: answeredBy(
      page.map((row) => ({ ...row, comments: [] })),
      'findMany',
      { include: { comments: true }, ...latest },
    ),
  },
]

/** The same call, with and without the scoped client, where the client below it has the answer at hand. */
function answeredBy<M extends 'findMany' | 'findUnique' | 'update' | 'create'>(
  answer: unknown,
  method: M,
  args: Parameters<Posts[M]>[0],
): Required<Case>['alone'] {
  const models = ['post', 'comment', 'todo', 'project', 'membership', 'employee', 'product']
  const post = { [method]: () => Promise.resolve(answer) }
  const client = Object.fromEntries(models.map((name) => [name, post])) as unknown as Client
  const own = claimstake({ prisma: client, data }).as(ana) as unknown as Client
  // One method of many signatures: the arguments are checked where this function is called.
  const call = (over: Client) => (over.post[method] as (args: unknown) => Promise<unknown>)(args)
  return { bare: () => call(client), scoped: () => call(own) }
}

/** Microseconds of one call. */
async function timed(call: () => Promise<unknown>): Promise<number> {
  const start = process.hrtime.bigint()
  await call()
  return Number(process.hrtime.bigint() - start) / 1000
}

interface Turn {
  readonly bare: number
  readonly scoped: number
}

/** Turns of a run bare, two scoped, one bare, so many times over. Of a turn the medians count: who is interrupted is chance. */
async function measured(count: number, pair: Pick<Case, 'bare' | 'scoped'>): Promise<Turn[]> {
  const found: Turn[] = []
  const run = async (call: () => Promise<unknown>) => {
    const times: number[] = []
    for (let at = 0; at < batch; at++) times.push(await timed(call))
    return times
  }
  for (let turn = 0; turn < count; turn++) {
    const before = await run(pair.bare)
    const scoped = [...(await run(pair.scoped)), ...(await run(pair.scoped))]
    const bare = [...before, ...(await run(pair.bare))]
    found.push({ bare: median(bare).at, scoped: median(scoped).at })
  }
  return found
}

/** The median with its distribution-free 95 % interval. */
function median(numbers: readonly number[]): { at: number; low: number; high: number } {
  const sorted = [...numbers].sort((a, b) => a - b)
  const [half, spread] = [(sorted.length - 1) / 2, 0.98 * Math.sqrt(sorted.length)]
  const rank = (place: number) => sorted[Math.min(sorted.length - 1, Math.max(0, Math.round(place)))] ?? NaN
  return { at: rank(half), low: rank(half - spread), high: rank(half + spread) }
}

const [server] = await prisma.$queryRawUnsafe<{ version: string }[]>('SELECT version()')
const memory = (totalmem() / 2 ** 30).toFixed(0)
console.log(
  `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, ${memory} GiB; Node ${process.versions.node}`,
)
console.log(
  `${server?.version.split(' on ')[0] ?? ''}; ${turns} turns of 4 × ${batch} calls, one at a time\n`,
)
// Warm: every call has been compiled, prepared and planned before the first that counts.
for (const pair of cases) await measured(50, pair)
const found = new Map<Case, Turn[]>()
for (const pair of cases) found.set(pair, await measured(turns, pair))
// Only now, because a second client in one process makes the code slower for both; an application has one.
console.log(`${''.padEnd(28)}  bare      scoped    ratio  95 % interval  alone    goal`)
for (const [{ name, goal: at, alone }, times] of found) {
  const ratio = median(times.map((turn) => turn.scoped / turn.bare))
  const own = alone && (await measured(turns, alone))
  const more = own && median(own.map((turn) => turn.scoped - turn.bare)).at
  const [bare, guarded] = [times.map((turn) => turn.bare), times.map((turn) => turn.scoped)]
  const time = (numbers: readonly number[]) => `${median(numbers).at.toFixed(0)} µs`.padEnd(10)
  console.log(
    `${name.padEnd(28)}  ${time(bare)}${time(guarded)}${ratio.at.toFixed(3)}  ${ratio.low.toFixed(3)} – ${ratio.high.toFixed(3)}  ` +
      `${more === undefined ? ''.padEnd(9) : `${more.toFixed(1)} µs`.padEnd(9)}${at === undefined ? '' : ratio.at <= at ? `≤ ${at}: met` : `≤ ${at}: MISSED`}`,
  )
}

await prisma.$disconnect()
await pool.end()
await database.drop()
await stopRun()
