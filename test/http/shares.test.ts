import { setTimeout as after } from 'node:timers/promises'
import { PrismaPg } from '@prisma/adapter-pg'
import type pg from 'pg'
import { claimstake, type Claimstake, type Sharing } from '../../src/claimstake.js'
import type { Claims } from '../../src/claims/principal.js'
import { principal } from '../../src/claims/principal.js'
import { createPool } from '../../src/connections/create-pool.js'
import type { Data } from '../../src/policy/builder.js'
import { data } from '../../src/data/resource.js'
import { PrismaClient } from '../../src/generated/prisma/client.js'
import { authenticator } from '../../src/identity/authenticator.js'
import { a, defineData } from '../../src/generated/claimstake.js'
import { createTestIssuer } from '../../src/testing.js'
import { createDatabase, type TestDatabase } from '../support/database.js'
import { startServer, type TestAnswer, type TestServer } from '../support/test-server.js'

// SECURITY R91, F06: one caller's calls hang in the database, as they do behind a lock or with a filter over everything. A
// lock is what makes them hang here, so that nothing depends on how quick the machine is.

const issuer = createTestIssuer()
const { enrichment: _, ...rules } = data
const openRules = defineData({
  schema: a.schema({
    Post: a.model().authorization((allow) => [allow.owner().identityClaim('user_id'), allow.guest()]),
    Comment: a.model().authorization((allow) => [allow.owner().identityClaim('user_id'), allow.guest()]),
  }),
})

let database: TestDatabase
let pool: pg.Pool
let prisma: PrismaClient
let holder: pg.PoolClient
let holders: pg.Pool
const servers: TestServer[] = []
beforeAll(async () => {
  database = await createDatabase()
  holders = createPool({ url: database.url, statementTimeout: 60_000, onError: () => undefined })
  pool = createPool({
    ...{ url: database.url, maxConnections: 10, acquireTimeout: 1000, statementTimeout: 6000 },
    onError: () => undefined,
  })
  prisma = new PrismaClient({ adapter: new PrismaPg(pool), errorFormat: 'minimal' })
  for (const owner of ['ana', 'bo']) {
    const post = await prisma.post.create({ data: { owner, postname: owner } })
    await prisma.comment.create({ data: { owner, body: owner, postId: post.id } })
  }
})
beforeEach(async () => {
  holder = await holders.connect()
  await holder.query('BEGIN; LOCK TABLE "Comment" IN ACCESS EXCLUSIVE MODE')
})
afterEach(async () => {
  await holder.query('ROLLBACK')
  holder.release()
  for (const server of servers.splice(0)) await server.stop()
})
afterAll(async () => {
  await prisma.$disconnect()
  if (!pool.ended) await pool.end()
  await holders.end()
  await database.drop()
})

interface Started {
  readonly db: Claimstake<PrismaClient>
  readonly as: (claims?: Claims, headers?: Record<string, string>) => (path: string) => Promise<TestAnswer>
}

async function start(shares: Sharing, given: Data = rules): Promise<Started> {
  const db = claimstake({ prisma, data: given, shares: { lateness: 60_000, ...shares } })
  const server = await startServer({
    db,
    authenticate: authenticator({ issuers: [issuer.settings] }),
    trustProxy: 1,
    metrics: { pool },
  })
  servers.push(server)
  return {
    db,
    as: (claims, headers = {}) => {
      const call = server.caller(claims && (() => issuer.token(claims)))
      return (path) => call('GET', path, { headers })
    },
  }
}

const flood = (call: (path: string) => Promise<TestAnswer>, count: number) => {
  const answers = Array.from({ length: count }, () => call('/v1/comments'))
  return Promise.all(answers)
}
const counts = (answers: readonly TestAnswer[]) =>
  Object.fromEntries(
    [...new Set(answers.map(({ status }) => status))].map((status) => [
      status,
      answers.filter((answer) => answer.status === status).length,
    ]),
  )

/** How one caller fares while the calls of another hang. */
async function beside(
  shares: Sharing,
): Promise<{ statuses: number[]; longest: number; flooded: TestAnswer[] }> {
  const { as } = await start(shares)
  const [ana, bo] = [as({ user_id: 'ana' }), as({ user_id: 'bo' })]
  const hanging = flood(ana, 30)
  await after(300)
  const statuses: number[] = []
  let longest = 0
  for (let at = 0; at < 10; at++) {
    const began = performance.now()
    statuses.push((await bo('/v1/posts')).status)
    longest = Math.max(longest, performance.now() - began)
  }
  await holder.query('ROLLBACK; BEGIN')
  return { statuses, longest, flooded: await hanging }
}

test('R91 thirty calls of one caller hang: another caller is served at once', async () => {
  const { statuses, longest } = await beside({ connections: 10, patience: 5000 })
  expect(statuses).toEqual(Array(10).fill(200))
  expect(longest).toBeLessThan(1000)
})

test('R91 without shares the same thirty calls shut the other one out', async () => {
  const { statuses } = await beside({ connections: 1000 })
  expect(statuses).toContain(503)
})

test('whoever has half of all places to wait in is refused at once, by a code of its own, and told when to come again', async () => {
  const { as, db } = await start({ connections: 10, waiting: 20, patience: 1000 })
  const ana = as({ user_id: 'ana' })
  const began = performance.now()
  const times: number[] = []
  const hanging = Array.from({ length: 30 }, async () => {
    const answer = await ana('/v1/comments')
    times.push(performance.now() - began)
    return answer
  })
  const answers = await Promise.all(hanging)
  const refused = answers.filter(({ status }) => status === 503)
  expect(refused).toHaveLength(30)
  for (const { headers, body } of refused) {
    expect(headers['retry-after']).toBe('1')
    expect(['OVERLOADED', 'UNAVAILABLE']).toContain((body as { code: string }).code)
  }
  const details = refused.map(({ body }) => (body as { detail?: string }).detail)
  // Five hang, ten wait, fifteen are one too many.
  expect(
    details.filter((detail) => detail === 'You have as many calls waiting as one caller may.'),
  ).toHaveLength(15)
  expect(details.filter((detail) => detail === 'Too many calls came before this one.')).toHaveLength(10)
  expect(times.filter((time) => time < 900)).toHaveLength(15)
  expect(db.load()).toMatchObject({ waiting: 0, refused: { share: 15, patience: 10, room: 0, late: 0 } })
  const metrics = (await as()('/metrics')).text
  expect(metrics).toContain('claimstake_shares_refused_total{reason="share"} 15')
  expect(metrics).toContain('claimstake_shares{state="running"} 0')
})

test('guests are strangers to each other: of each address the calls delay only each other', async () => {
  const { as } = await start({ connections: 10, patience: 5000 }, openRules)
  const from = (address: string) => as(undefined, { 'X-Forwarded-For': address })
  const hanging = flood(from('203.0.113.1'), 30)
  await after(300)
  expect((await from('203.0.113.2')('/v1/posts')).status).toBe(200)
  await holder.query('ROLLBACK; BEGIN')
  expect(counts(await hanging)).toEqual({ 200: 30 })
})

describe('the scoped client', () => {
  const caller = (user: string) =>
    principal({ provider: 'oidc', issuer: issuer.settings.issuer, claims: { user_id: user } })
  const scoped = (shares: Sharing, user = 'ana') =>
    claimstake({ prisma, data: rules, shares }).as(caller(user))

  test('R91 has the same shares as the routes', async () => {
    const db = claimstake({ prisma, data: rules, shares: { connections: 10, patience: 5000 } })
    const hanging = Array.from({ length: 30 }, () =>
      db.as(caller('ana')).comment.findMany().then(Object.keys),
    )
    await after(200)
    await expect(db.as(caller('bo')).post.findMany()).resolves.toHaveLength(1)
    expect(db.load()).toMatchObject({ running: 5, waiting: 25 })
    await holder.query('ROLLBACK; BEGIN')
    await Promise.all(hanging)
    expect(db.load()).toMatchObject({ running: 0, waiting: 0 })
  })

  test('a transaction takes one place, and what runs in it waits for no other', async () => {
    const ana = scoped({ connections: 1, patience: 1000 })
    const made = await ana.$transaction(async (tx) => {
      const post = await tx.post.create({ data: { postname: 'one' } })
      await tx.post.update({ where: { id: post.id }, data: { postname: 'two' } })
      return tx.post.findUnique({ where: { id: post.id } })
    })
    expect(made).toMatchObject({ postname: 'two' })
    const list = await ana.$transaction([ana.post.count(), ana.post.findMany({ take: 1 })])
    expect(list[1]).toHaveLength(1)
  })

  test('a place is given back by whatever ends: a refusal, a unique conflict, a transaction that throws', async () => {
    const db = claimstake({ prisma, data: rules, shares: { connections: 1, patience: 1000 } })
    const ana = db.as(caller('ana'))
    const broken = ana.$transaction(async (tx) => {
      await tx.post.create({ data: { postname: 'gone' } })
      throw new Error('mine')
    })
    await expect(broken).rejects.toThrow('mine')
    await expect(
      ana.post.delete({ where: { id: '0190a001-0000-7000-8000-00000000dead' } }),
    ).rejects.toMatchObject({
      code: 'P2025',
    })
    await expect(ana.post.create({ data: { postname: 'x', owner: 'bo' } })).rejects.toMatchObject({
      status: 403,
    })
    expect(db.load()).toMatchObject({ running: 0, waiting: 0 })
    await expect(ana.post.count({ where: { postname: 'gone' } })).resolves.toBe(0)
  })

  test('a transaction that is given up before it begins writes nothing, whenever it begins', async () => {
    const db = claimstake({ prisma, data: rules, shares: { connections: 1, patience: 300 } })
    const ana = db.as(caller('ana'))
    const first = ana.comment.findMany().then(Object.keys)
    await after(50)
    const write = ana.$transaction((tx) => tx.post.create({ data: { postname: 'late' } }))
    const others = await Promise.all(Array.from({ length: 9 }, () => pool.connect()))
    const last = pool.connect()
    await holder.query('ROLLBACK; BEGIN')
    await first
    // It has its turn, and no connection until it is given up.
    await expect(write).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    expect(db.load()).toMatchObject({ running: 1 })
    for (const client of [...others, await last]) client.release()
    while (db.load().running > 0) await after(20)
    await expect(ana.post.count({ where: { postname: 'late' } })).resolves.toBe(0)
  })
})
