import { PrismaPg } from '@prisma/adapter-pg'
import pg from 'pg'
import { createPool } from '../../src/connections/create-pool.js'
import { PrismaClient } from '../../src/generated/prisma/client.js'
import { faultProxy, type FaultProxy } from '../support/fault-proxy.js'
import { startService, type TestCaller, type TestService } from '../support/service.js'

// One connection, so that what is left on it meets whoever comes next.
const limits = { maxConnections: 1, acquireTimeout: 1_000, statementTimeout: 500 }

let proxy: FaultProxy
let service: TestService
let direct: PrismaClient
let ana: TestCaller
let bo: TestCaller

const start = async (poolOf: (url: string) => pg.Pool, adapter?: (pool: pg.Pool) => PrismaPg) => {
  service = await startService(undefined, undefined, {
    ...(adapter && { adapter }),
    pool: async (url) => {
      proxy = await faultProxy(url)
      return poolOf(proxy.through(url))
    },
  })
  direct = new PrismaClient({ adapter: new PrismaPg(service.database.url) })
  ana = service.caller({ user_id: 'ana' })
  bo = service.caller({ user_id: 'bo' })
  await ana('GET', '/v1/posts')
}
afterEach(async () => {
  await direct.$disconnect()
  await service.stop()
  await proxy.close()
})

const post = (caller: TestCaller, postname: string) =>
  caller('POST', '/v1/posts', { body: { postname } }).then(({ status }) => status)
const batch = (caller: TestCaller, ...names: unknown[]) =>
  caller('POST', '/v1/posts/batchCreate', { body: { items: names.map((postname) => ({ postname })) } })

/** A batch of which one side of the conversation stops once it has begun to write; how it was answered, and how late. */
async function stalledBatch(stall: () => void) {
  proxy.onStatement = (sql) => {
    if (!sql.startsWith('INSERT')) return
    proxy.onStatement = undefined
    stall()
  }
  const started = performance.now()
  const { status, headers } = await batch(ana, 'first of a batch', 'second of it')
  return { status, retryAfter: headers['retry-after'] as unknown, waited: performance.now() - started }
}

/** What was acknowledged and is not there, after a stalled batch and the writes of others behind it. */
async function lostAfter(stall: () => void) {
  const answer = await stalledBatch(stall)
  proxy.release()
  const names = Array.from({ length: 15 }, (_, at) => `bo's number ${at}`)
  const acknowledged: string[] = []
  for (const name of names) if ((await post(bo, name)) === 201) acknowledged.push(name)
  // A refused batch of hers, which rolls back, and one that is committed: neither is to meet the rows of others.
  expect((await batch(ana, 'good', 7)).status).toBe(422)
  const stored = (await direct.post.findMany({ select: { postname: true } })).map(({ postname }) => postname)
  return {
    answer,
    acknowledged: acknowledged.length,
    lost: acknowledged.filter((name) => !stored.includes(name)).length,
    half: stored.filter((name) => name.includes('batch')).length,
  }
}

const stalls = [
  ['F33 the answers', () => proxy.holdAnswers()],
  ['F34 the questions', () => proxy.holdQuestions()],
] as const

test.each(stalls)('%s of a connection held back amid a batch: no later write is lost', async (_, stall) => {
  await start((url) => createPool({ url, ...limits }))
  const { answer, acknowledged, lost, half } = await lostAfter(stall)
  expect(answer).toMatchObject({ status: 503, retryAfter: '1' })
  expect(answer.waited).toBeLessThan(3_000)
  expect(acknowledged).toBeGreaterThan(10)
  expect({ lost, half }).toEqual({ lost: 0, half: 0 })
})

test("F33 and so it is with a pool of the application's own", async () => {
  await start(ownPool)
  const { lost, half } = await lostAfter(() => proxy.holdAnswers())
  expect({ lost, half }).toEqual({ lost: 0, half: 0 })
})

test('F33 and with one that the adapter makes for itself', async () => {
  await start(ownPool, (pool) => new PrismaPg(pool.options))
  const { lost, half } = await lostAfter(() => proxy.holdAnswers())
  expect({ lost, half }).toEqual({ lost: 0, half: 0 })
})

test('F33 without the guard, writes are acknowledged and lost', async () => {
  await start((connectionString) => {
    const pool = ownPool(connectionString)
    // Nobody hears that a connection comes back.
    pool.on = () => pool
    return pool
  })
  const { acknowledged, lost } = await lostAfter(() => proxy.holdAnswers())
  expect(acknowledged).toBeGreaterThan(10)
  expect(lost).toBe(acknowledged)
})

function ownPool(connectionString: string): pg.Pool {
  const pool = new pg.Pool({ connectionString, max: 1, query_timeout: 1_000 })
  pool.on('error', () => undefined)
  return pool
}
