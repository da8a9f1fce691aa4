import { PrismaPg } from '@prisma/adapter-pg'
import type { Pool } from 'pg'
import { createPool } from '../../src/database/pool.js'
import { PrismaClient } from '../../src/generated/prisma/client.js'
import { failureOf } from '../../src/http/failure-of.js'
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

  test('F02 the server ends our connection', async () => {
    const failure = await failing(database.url, async (prisma) => {
      await prisma.$queryRaw`SELECT pg_terminate_backend(pg_backend_pid())`
    })
    expect(failure).toMatchObject({ code: 'UNAVAILABLE' })
  })
})
