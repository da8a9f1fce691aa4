import { setTimeout as after } from 'node:timers/promises'
import { PrismaPg } from '@prisma/adapter-pg'
import type { Pool } from 'pg'
import { createPool } from '../../src/connections/create-pool.js'
import { PrismaClient } from '../../src/generated/prisma/client.js'
import { failureOf } from '../../src/http/failure-of.js'
import { faultProxy, type FaultProxy } from '../support/fault-proxy.js'
import { createDatabase, type TestDatabase } from '../support/database.js'

let database: TestDatabase
beforeAll(async () => {
  database = await createDatabase()
})
afterAll(() => database.drop())

async function failing(url: string, work: (prisma: PrismaClient, pool: Pool) => Promise<unknown>) {
  const pool = createPool({
    url,
    maxConnections: 1,
    acquireTimeout: 200,
    statementTimeout: 200,
    onError: () => undefined,
  })
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool) })
  const started = performance.now()
  const error: unknown = await work(prisma, pool).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(performance.now() - started).toBeLessThan(3000)
  await prisma.$disconnect()
  if (!pool.ended) await pool.end()
  return failureOf(error)
}

type Inside = Parameters<Parameters<PrismaClient['$transaction']>[0]>[0]

const ended = (tx: Inside) => tx.$queryRaw`SELECT pg_terminate_backend(pg_backend_pid())`

const elsewhere = (change: (url: URL) => void) => {
  const url = new URL(database.url)
  change(url)
  return url.href
}

describe('what the database does to us is 503, never a 500 or a wait', () => {
  test('F03 nobody listens', async () => {
    const url = elsewhere((target) => (target.port = '1'))
    expect(await failing(url, (prisma) => prisma.post.findMany())).toMatchObject({
      code: 'UNAVAILABLE',
      status: 503,
    })
  })

  test('the password is wrong', async () => {
    const url = elsewhere((target) => (target.password = 'wrong'))
    expect(await failing(url, (prisma) => prisma.post.findMany())).toMatchObject({ code: 'UNAVAILABLE' })
  })

  test('F06 every connection is taken', async () => {
    const failure = await failing(database.url, async (prisma, pool) => {
      const client = await pool.connect()
      try {
        await prisma.post.findMany()
      } finally {
        client.release()
      }
    })
    expect(failure).toMatchObject({ code: 'UNAVAILABLE' })
  })

  test('F05 F30 a statement waits for a lock beyond its time', async () => {
    const holder = createPool({ url: database.url, onError: () => undefined })
    const client = await holder.connect()
    try {
      await client.query('BEGIN; LOCK TABLE "Post" IN ACCESS EXCLUSIVE MODE')
      expect(await failing(database.url, (prisma) => prisma.post.findMany())).toMatchObject({
        code: 'UNAVAILABLE',
      })
    } finally {
      await client.query('ROLLBACK')
      client.release()
      await holder.end()
    }
  })

  const endings: readonly (readonly [
    string,
    (prisma: PrismaClient, tx: Inside, proxy: FaultProxy) => Promise<unknown>,
  ])[] = [
    ['ends it at a statement of a model', (_, tx) => ended(tx).catch(() => tx.post.findMany())],
    ['ends it at raw SQL', (_, tx) => ended(tx).catch(() => tx.$queryRaw`SELECT 1`)],
    ['ends it at the end', (_, tx) => ended(tx).catch(() => undefined)],
    [
      'ends it from outside',
      async (prisma, tx) => {
        const [row] = await tx.$queryRaw<{ pid: number }[]>`SELECT pg_backend_pid() AS pid`
        await prisma.$queryRaw`SELECT pg_terminate_backend(${row?.pid}::int)`
        await after(50)
        await tx.$executeRaw`SELECT 1`
      },
    ],
    [
      'resets it before a statement',
      async (_, tx, proxy) => {
        proxy.reset()
        await after(20)
        await tx.post.findMany()
      },
    ],
    [
      'resets it amid one',
      async (_, tx, proxy) => {
        setTimeout(() => proxy.reset(), 50)
        await tx.$executeRaw`SELECT pg_sleep(0.15)`
      },
    ],
    ['resets it before the end', (_, __, proxy) => Promise.resolve().then(() => proxy.reset())],
    [
      'says nothing any more',
      async (_, tx, proxy) => {
        proxy.blackhole(true)
        await tx.post.findMany()
      },
    ],
    [
      'says nothing any more at the end',
      (_, __, proxy) => Promise.resolve().then(() => proxy.blackhole(true)),
    ],
  ]
  test.each(endings)('F02 F10 amid a transaction, the server %s', async (_, ending) => {
    const proxy = await faultProxy(database.url)
    const failure = await failing(proxy.through(database.url), async (broken) => {
      const other = new PrismaClient({ adapter: new PrismaPg(database.url) })
      try {
        await broken.$transaction((tx) => ending(other, tx, proxy))
      } finally {
        await other.$disconnect()
      }
    })
    await proxy.close()
    expect(failure).toMatchObject({ code: 'UNAVAILABLE', status: 503 })
  })

  test('F02 the server ends our connection', async () => {
    const failure = await failing(database.url, async (prisma) => {
      await prisma.$queryRaw`SELECT pg_terminate_backend(pg_backend_pid())`
    })
    expect(failure).toMatchObject({ code: 'UNAVAILABLE' })
  })
})
