import { setTimeout as after } from 'node:timers/promises'
import { startLoad, type LoadGenerator } from '../../bench/start-load.js'
import { createTestIssuer } from '../../src/testing.js'
import { createDatabase, type TestDatabase } from '../support/database.js'
import { runAt } from '../support/test-run.js'
import { startServiceProcess, type ServiceProcess } from './service-process.js'

// SECURITY R91, F06, F21, F22: what one caller's calls cost the others. The service and each load are processes of their
// own, beside a real Postgres; the caller who is watched is in this one.

const issuer = createTestIssuer()
const bearer = async (id: string) => ({ authorization: `Bearer ${await issuer.token({ user_id: id })}` })

let database: TestDatabase
let service: ServiceProcess
let flood: LoadGenerator
beforeAll(async () => {
  database = await createDatabase()
  await runAt(
    database.url,
    `INSERT INTO "Post" (id, owner, postname, content, "createdAt", "updatedAt")
     SELECT gen_random_uuid(), 'heavy', 'post ' || at, repeat(md5(at::text), 6), now() - at * interval '1 s', now()
     FROM generate_series(1, 150000) AS at`,
    `INSERT INTO "Post" (id, owner, postname, content, "createdAt", "updatedAt")
     SELECT gen_random_uuid(), 'user-' || who, 'post ' || at, repeat('x', 200), now() - at * interval '1 s', now()
     FROM generate_series(1, 1000) AS who, generate_series(1, 20) AS at`,
    'VACUUM ANALYZE "Post"',
  )
  service = await startServiceProcess(database.url, issuer)
  flood = startLoad()
})
afterAll(async () => {
  flood.stop()
  await service.stop()
  await database.drop()
})

/** What 46 searches in 150,000 texts cost is up to the machine: half a second and more. */
const heaviest = {
  where: { or: Array.from({ length: 46 }, (_, at) => ({ content: { contains__i: `nothing ${at}` } })) },
  sort: ['postname_desc'],
  count: 'exact',
}
/** About 90 ms. */
const heavy = { where: { or: [{ content: { contains__i: 'nothing' } }] }, limit: 1 }

interface Watched {
  readonly statuses: Readonly<Record<number, number>>
  readonly p50: number
  readonly p99: number
}

/** Asks again and again, one call after the other, and says how long the answers took, in milliseconds. */
async function watch(path: string, times: number, headers: Record<string, string> = {}): Promise<Watched> {
  const statuses: Record<number, number> = {}
  const took: number[] = []
  for (let at = 0; at < times; at++) {
    const began = performance.now()
    const answer = await fetch(service.url + path, { headers })
    await answer.arrayBuffer()
    took.push(performance.now() - began)
    statuses[answer.status] = (statuses[answer.status] ?? 0) + 1
  }
  took.sort((one, other) => one - other)
  const share = (part: number) => took[Math.min(took.length - 1, Math.floor(took.length * part))] ?? NaN
  return { statuses, p50: share(0.5), p99: share(0.99) }
}

/** What the service says it refused, by reason; since its start. */
async function refused(): Promise<Record<string, number>> {
  const text = await (await fetch(`${service.url}/metrics`)).text()
  const lines = text.matchAll(/^claimstake_shares_refused_total\{reason="(?<why>\w+)"\} (?<count>\d+)$/gmu)
  return Object.fromEntries(
    [...lines].map(({ groups }) => [groups?.['why'] ?? '', Number(groups?.['count'])]),
  )
}

const told = (name: string, facts: object) => process.stdout.write(`${name} ${JSON.stringify(facts)}\n`)

test.each([
  ['10 calls of 46 searches each', heaviest, 10],
  ['100 calls of 46 searches each', heaviest, 100],
  ['100 calls of one search each', heavy, 100],
])('R91 beside %s at once, of one caller, others are served', async (name, body, connections) => {
  const [mine, theirs] = [await bearer('user-1'), await bearer('heavy')]
  await watch('/v1/posts', 50, mine)
  const alone = await watch('/v1/posts', 50, mine)
  const flooding = flood.run({
    ...{ port: service.port, path: '/v1/posts/query', body, connections, milliseconds: 8000 },
    headers: [{ ...theirs, 'content-type': 'application/json' }],
  })
  await after(1000)
  const [beside, ready] = await Promise.all([watch('/v1/posts', 50, mine), watch('/readyz', 20)])
  const result = await flooding
  told(`R91 ${name}:`, {
    ...{ alone, beside, ready, flood: { ...result, times: undefined } },
    refused: await refused(),
  })
  expect(beside.statuses).toEqual({ 200: 50 })
  expect(ready.statuses).toEqual({ 200: 20 })
  expect(beside.p99).toBeLessThanOrEqual(Math.min(500, 10 * alone.p99))
  expect(ready.p99).toBeLessThan(1000)
})

test.each([
  ['of 1,000 callers', 1000],
  ['of one caller', 1],
])(
  'F22 1,000 connections %s, which each wait for their answer before they ask again: no errors',
  async (name, callers) => {
    const headers = await Promise.all(Array.from({ length: callers }, (_, at) => bearer(`user-${at + 1}`)))
    // They did not all come in the same moment: of as many new tokens at once most wait for the claims enrichment.
    await flood.run({
      ...{ port: service.port, path: '/v1/posts', headers },
      ...{ connections: 20, milliseconds: 60_000, count: callers },
    })
    const loading = flood.run({
      ...{ port: service.port, path: '/v1/posts', headers, connections: 1000, milliseconds: 10_000 },
    })
    await after(1000)
    const ready = await watch('/readyz', 20)
    const result = await loading
    told(`F22 1,000 connections ${name}:`, { ...result, times: undefined, ready, refused: await refused() })
    expect(Object.keys(result.statuses)).toEqual(['200'])
    expect(result.p99).toBeLessThanOrEqual(3000)
    expect(ready.statuses).toEqual({ 200: 20 })
  },
)
