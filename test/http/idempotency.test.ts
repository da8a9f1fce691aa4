import { setTimeout } from 'node:timers/promises'
import { request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import pg from 'pg'
import { PrismaPg } from '@prisma/adapter-pg'
import { claimstake } from '../../src/claimstake.js'
import { data } from '../../src/data/resource.js'
import { PrismaClient } from '../../src/generated/prisma/client.js'
import { a, defineData } from '../../src/generated/claimstake.js'
import { startService, type CallOptions, type TestAnswer, type TestService } from '../support/service.js'
import { startServer } from '../support/test-server.js'
import { runAt } from '../support/test-run.js'

let service: TestService
let other: pg.Client
beforeAll(async () => {
  service = await startService()
})
beforeEach(async () => {
  await service.database.truncate()
  other = new pg.Client({ connectionString: service.database.url })
  await other.connect()
})
afterEach(() => other.end())
afterAll(() => service.stop())

const ana = () => service.caller({ user_id: 'ana' })
const bo = () => service.caller({ user_id: 'bo' })
const key = 'e5c1a1f6-5c0e-4f6e-9a53-0d6f3c1f7a10'

/** A call with a key and a body. */
function keyed(body: unknown, headers: CallOptions['headers'] = {}): CallOptions {
  return { body, headers: { 'Idempotency-Key': key, ...headers } }
}

const create = (caller = ana(), body: unknown = { postname: 'canary name', content: 'canary text' }) =>
  caller('POST', '/v1/posts', keyed(body))
const posts = () => service.unscoped.post.findMany()
const codeOf = ({ body }: TestAnswer) => (body as { code?: string }).code
const idOf = ({ body }: TestAnswer) => (body as { id: string }).id
const isReplayed = ({ headers }: TestAnswer) => headers['idempotency-replayed'] === 'true'

/** Ends when so many statements of the service wait for a lock. */
async function waiting(count = 1): Promise<number[]> {
  for (;;) {
    const { rows } = await other.query<{ pid: number }>(
      `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'claimstake'
         AND wait_event_type = 'Lock'`,
    )
    if (rows.length >= count) return rows.map(({ pid }) => pid)
    await setTimeout(5)
  }
}

describe('a call that is sent again', () => {
  test('is answered as the first time and not done again', async () => {
    const first = await create()
    const again = await create()
    expect([first.status, again.status]).toEqual([201, 201])
    expect(again.text).toBe(first.text)
    expect(isReplayed(first)).toBe(false)
    expect(isReplayed(again)).toBe(true)
    for (const name of ['location', 'etag', 'content-type', 'cache-control'])
      expect(again.headers[name]).toBe(first.headers[name])
    expect(await posts()).toHaveLength(1)
  })

  test('PATCH changes the row once; its If-Match held the first time', async () => {
    const { path, etag } = await anasPost()
    const patch = () => ana()('PATCH', path, keyed({ postname: 'new' }, { 'If-Match': etag }))
    const [first, again] = [await patch(), await patch()]
    expect([first.status, again.status, again.text]).toEqual([200, 200, first.text])
    expect(again.headers['etag']).toBe(first.headers['etag'])
    expect(await posts()).toMatchObject([{ version: 2 }])
  })

  test('says what the row was then, under the tag of what it says', async () => {
    const first = await create()
    await ana()('PATCH', first.headers['location'] ?? '', { body: { postname: 'later' } })
    const again = await create()
    expect([again.status, again.text, again.headers['etag']]).toEqual([
      201,
      first.text,
      first.headers['etag'],
    ])
    const stale = { 'If-Match': again.headers['etag'] ?? '' }
    const late = await ana()('PATCH', first.headers['location'] ?? '', { body: {}, headers: stale })
    expect(late.status).toBe(412)
  })

  test('spaces in the JSON, and members of the token that no rule reads, make no other call of it', async () => {
    const first = await create(service.caller({ user_id: 'ana', user_groups: ['X', 'Y'], jti: '1' }))
    const later = service.caller({ user_id: 'ana', user_groups: ['Y', 'X'], jti: '2' })
    const again = await later(
      'POST',
      '/v1/posts',
      keyed('{ "postname":"canary name", "content":"canary text" }'),
    )
    expect([again.text, isReplayed(again)]).toEqual([first.text, true])
  })

  test('R61 with another body is 422', async () => {
    await create()
    const other = await create(ana(), { postname: 'other' })
    expect([other.status, codeOf(other)]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED'])
    expect(other.text).not.toContain('canary')
    expect(await posts()).toHaveLength(1)
  })

  test('on another path or with another method is another call', async () => {
    const { path } = await anasPost()
    await create()
    const todo = await ana()('POST', '/v1/todos', keyed({ title: 'x' }))
    const patch = await ana()('PATCH', path, keyed({ postname: 'y' }))
    expect([todo.status, patch.status]).toEqual([201, 200])
    expect([isReplayed(todo), isReplayed(patch)]).toEqual([false, false])
  })

  test('every type of column comes back as it was', async () => {
    const body = {
      ...{ name: 'x', sku: 's', price: '12.50', stock: '9007199254740993', weight: 1.5, rating: 3 },
      ...{ attributes: { __proto__: null, deep: [1, { x: null }] }, thumbnail: 'aGk=', tags: ['a', 'b'] },
      releasedAt: '2026-01-01T00:00:00+02:00',
    }
    const send = () => ana()('POST', '/v1/products', keyed(body))
    const [first, again] = [await send(), await send()]
    expect([first.status, again.status, again.text]).toEqual([201, 201, first.text])
    expect(again.headers['etag']).toBe(first.headers['etag'])
  })

  test('a row with an id of two parts comes back too', async () => {
    const moderator = service.caller({ user_id: 'mo', user_groups: ['Moderator'] })
    const send = () => moderator('POST', '/v1/memberships', keyed({ teamId: 'a/b', userId: 'ana' }))
    const [first, again] = [await send(), await send()]
    expect([first.status, again.text, isReplayed(again)]).toEqual([201, first.text, true])
    expect(again.headers['location']).toBe('/v1/memberships/a%2Fb/ana')
  })

  test('after 24 hours it is a new call, and that one is kept', async () => {
    const age = (time: string) =>
      other.query(`UPDATE claimstake.idempotent_answers SET stored_at = now() - interval '${time}'`)
    const first = await create()
    await age('23 hours 59 minutes')
    expect(idOf(await create())).toBe(idOf(first))
    await age('24 hours')
    const second = await create()
    expect(isReplayed(second)).toBe(false)
    expect(idOf(await create())).toBe(idOf(second))
    expect(await posts()).toHaveLength(2)
  })
})

describe('what an answer that was kept may show', () => {
  test("R60 Ana's key from Bo is Bo's own key", async () => {
    await create()
    const his = await create(bo())
    expect(his.body).toMatchObject({ owner: 'bo' })
    expect(isReplayed(his)).toBe(false)
    expect(idOf(await create(bo()))).toBe(idOf(his))
    expect(await posts()).toHaveLength(2)
  })

  test('R60 another subject who owns the same rows has other keys', async () => {
    await create(service.caller({ user_id: 'ana', sub: '1' }))
    expect(isReplayed(await create(service.caller({ user_id: 'ana', sub: '2' })))).toBe(false)
  })

  test('fields that a group opened are left out for a token without it', async () => {
    const { id } = await service.unscoped.employee.create({
      data: { owner: 'bo', name: 'Bo', salary: 4200, notes: 'canary notes' },
    })
    const patch = (user_groups: string[]) =>
      service.caller({ user_id: 'ana', user_groups })(
        'PATCH',
        `/v1/employees/${id}`,
        keyed({ bio: 'plants' }),
      )
    expect((await patch(['HR'])).body).toMatchObject({ salary: '4200', notes: 'canary notes' })
    const again = await patch([])
    expect([again.status, isReplayed(again)]).toEqual([200, true])
    expect(again.body).toMatchObject({ name: 'Bo', bio: 'plants' })
    expect(again.text).not.toMatch(/4200|salary|canary/u)
  })

  test('a row that only a group opened is 404 for a token without it', async () => {
    const { id } = await service.unscoped.post.create({ data: { owner: 'bo', postname: 'x' } })
    const patch = (user_groups: string[]) =>
      service.caller({ user_id: 'ana', user_groups })(
        'PATCH',
        `/v1/posts/${id}`,
        keyed({ postname: 'canary' }),
      )
    expect((await patch(['Moderator'])).status).toBe(200)
    const again = await patch([])
    expect([again.status, codeOf(again)]).toEqual([404, 'NOT_FOUND'])
    expect(again.text).not.toContain('canary')
  })

  test('a row that has another owner now is 404, as one that is gone', async () => {
    const first = await create()
    await service.unscoped.post.update({ where: { id: idOf(first) }, data: { owner: 'bo' } })
    const hidden = await create()
    await service.unscoped.post.delete({ where: { id: idOf(first) } })
    const gone = await create()
    expect([hidden.status, codeOf(hidden), gone.status]).toEqual([404, 'NOT_FOUND', 404])
    expect(`${hidden.text} ${JSON.stringify(hidden.headers)}`).not.toMatch(
      /canary|replayed|"etag"|"location"/u,
    )
    expect(anonymous(hidden)).toBe(anonymous(gone))
    expect(await posts()).toEqual([])
  })

  test('fields that the caller can no longer read are left out, and the tag is of what is left', async () => {
    const { id } = await service.unscoped.employee.create({
      data: { owner: 'ana', name: 'Ana', salary: 4200, notes: 'canary notes' },
    })
    const patch = () => ana()('PATCH', `/v1/employees/${id}`, keyed({ bio: 'plants' }))
    const first = await patch()
    expect(first.body).toMatchObject({ salary: '4200', notes: 'canary notes' })
    await service.unscoped.employee.update({ where: { id }, data: { owner: 'bo', bio: 'canary bio' } })
    const again = await patch()
    expect(again.status).toBe(200)
    expect(again.body).toMatchObject({ name: 'Ana', bio: 'plants', owner: 'ana' })
    expect(again.text).not.toMatch(/4200|salary|canary/u)
    expect(again.headers['etag']).toMatch(/^"2-/u)
    expect(again.headers['etag']).not.toBe(first.headers['etag'])
  })

  test('the table holds nothing to read', async () => {
    await create()
    const { rows } = await other.query<{ text: string }>(
      'SELECT a::text AS text FROM claimstake.idempotent_answers a',
    )
    expect(rows).toHaveLength(1)
    expect(rows[0]?.text).not.toMatch(new RegExp(`canary|ana|${key}`, 'u'))
  })

  test('an answer that was moved to another key is no answer', async () => {
    await create()
    await create(bo())
    await other.query(
      `UPDATE claimstake.idempotent_answers t SET answer = o.answer
       FROM claimstake.idempotent_answers o WHERE o.key <> t.key`,
    )
    const answer = await create()
    expect(answer.status).toBe(500)
    expect(answer.text).not.toContain('canary')
  })
})

describe('a batch', () => {
  const send = (path: string, items: unknown) => ana()('POST', `/v1/posts/${path}`, keyed({ items }))
  const items = ['one', 'two', 'three'].map((postname) => ({ postname }))
  const idsIn = ({ body }: TestAnswer) =>
    (body as { items: { id: string }[] }).items.map(({ id }) => ({ id }))

  test('is created once', async () => {
    const [first, again] = [await send('batchCreate', items), await send('batchCreate', items)]
    expect([first.status, again.status, again.text, isReplayed(again)]).toEqual([200, 200, first.text, true])
    expect(await posts()).toHaveLength(3)
  })

  test('is changed once, and deleted once', async () => {
    const ids = idsIn(await ana()('POST', '/v1/posts/batchCreate', { body: { items } }))
    const sets = ids.map((id) => ({ ...id, set: { content: 'x' } }))
    const [first, again] = [await send('batchUpdate', sets), await send('batchUpdate', sets)]
    expect([first.status, again.text, isReplayed(again)]).toEqual([200, first.text, true])
    expect(new Set((await posts()).map(({ version }) => version))).toEqual(new Set([2]))
    const [gone, replayed] = [await send('batchDelete', ids), await send('batchDelete', ids)]
    expect([gone.status, replayed.status, isReplayed(replayed)]).toEqual([204, 204, true])
  })

  test('is 404 as a whole when one of its rows is hidden', async () => {
    const [, second] = idsIn(await send('batchCreate', items))
    await service.unscoped.post.update({ where: { id: second?.id ?? '' }, data: { owner: 'bo' } })
    const again = await send('batchCreate', items)
    expect([again.status, codeOf(again)]).toEqual([404, 'NOT_FOUND'])
    expect(again.text).not.toMatch(/one|three/u)
  })

  test('that fails leaves nothing and its key free', async () => {
    const product = (sku: string) => ({ name: 'x', price: '1', sku })
    const sendProducts = (skus: string[]) =>
      ana()('POST', '/v1/products/batchCreate', keyed({ items: skus.map(product) }))
    expect((await sendProducts(['a', 'a'])).status).toBe(409)
    expect(await service.unscoped.product.count()).toBe(0)
    expect((await sendProducts(['a', 'b'])).status).toBe(200)
  })
})

describe('who may write and not read', () => {
  let writers: TestService
  beforeAll(async () => {
    const own = (operations: ('create' | 'update' | 'read')[]) =>
      a.model().authorization((allow) => allow.owner().identityClaim('user_id').to(operations))
    writers = await startService(defineData({ schema: a.schema({ Post: own(['create', 'update']) }) }))
  })
  afterAll(() => writers.stop())

  test('is answered the id again, and 204 to a change', async () => {
    const caller = writers.caller({ user_id: 'ana' })
    const send = () => caller('POST', '/v1/posts', keyed({ postname: 'x' }))
    const [first, again] = [await send(), await send()]
    expect(again.body).toEqual({ id: idOf(first) })
    expect([again.status, isReplayed(again)]).toEqual([201, true])
    const patch = () => caller('PATCH', `/v1/posts/${idOf(first)}`, keyed({ postname: 'y' }))
    const [changed, replayed] = [await patch(), await patch()]
    expect([changed.status, replayed.status, isReplayed(replayed)]).toEqual([204, 204, true])
    expect(await writers.unscoped.post.findMany()).toMatchObject([{ postname: 'y', version: 2 }])
  })
})

describe('a call that fails leaves its key free', () => {
  const product = (sku: string) => ({ name: 'x', price: '1', sku })

  test('409: the answer is as without a key', async () => {
    await ana()('POST', '/v1/products', { body: product('taken') })
    const send = (sku: string) => bo()('POST', '/v1/products', keyed(product(sku)))
    const refused = await send('taken')
    expect([refused.status, codeOf(refused)]).toEqual([409, 'CONFLICT'])
    expect(anonymous(refused)).toBe(anonymous(await bo()('POST', '/v1/products', { body: product('taken') })))
    const made = await send('free')
    expect([made.status, isReplayed(made)]).toEqual([201, false])
  })

  test('404, 403 and 412 are as without a key', async () => {
    const { path, etag } = await anasPost()
    const patch = async (caller: typeof bo, headers: CallOptions['headers'] = {}) => {
      const body = { postname: 'z' }
      const answer = await caller()('PATCH', path, keyed(body, headers))
      expect(anonymous(answer)).toBe(anonymous(await caller()('PATCH', path, { body, headers })))
      return codeOf(answer)
    }
    expect(await patch(bo)).toBe('NOT_FOUND')
    expect(await patch(ana, { 'If-Match': etag.replace('"1-', '"7-') })).toBe('PRECONDITION_FAILED')
    const { id } = await service.unscoped.employee.create({ data: { owner: 'ana', name: 'Ana' } })
    const forbidden = await bo()('PATCH', `/v1/employees/${id}`, keyed({ bio: 'x' }))
    expect([forbidden.status, codeOf(forbidden)]).toEqual([403, 'FORBIDDEN_OPERATION'])
    expect((await ana()('PATCH', path, keyed({ postname: 'z' }))).status).toBe(200)
  })

  test('422 for a foreign key', async () => {
    const { id } = await service.unscoped.post.create({ data: { owner: 'bo', postname: 'x' } })
    const send = (caller = ana()) => caller('POST', '/v1/comments', keyed({ postId: id, body: 'x' }))
    expect((await send()).status).toBe(422)
    await service.unscoped.post.update({ where: { id }, data: { owner: 'ana' } })
    expect((await send()).status).toBe(201)
  })
})

describe('calls at the same time', () => {
  test('R61 of 20 equal calls one is done; the others are answered like it or told that it is running', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => create()))
    const done = answers.filter(({ status }) => status === 201)
    const busy = answers.filter(({ status }) => status === 409)
    expect(done.length).toBeGreaterThan(0)
    expect(done.length + busy.length).toBe(20)
    expect(done.filter((answer) => !isReplayed(answer))).toHaveLength(1)
    expect(new Set(done.map(({ text }) => text)).size).toBe(1)
    expect(new Set(busy.map(codeOf))).toEqual(new Set(busy.length > 0 ? ['IDEMPOTENCY_KEY_BUSY'] : []))
    expect(await posts()).toHaveLength(1)
  })

  test('without a key they are 20 rows', async () => {
    const body = { postname: 'x' }
    await Promise.all(Array.from({ length: 20 }, () => ana()('POST', '/v1/posts', { body })))
    expect(await posts()).toHaveLength(20)
  })

  test('R61 20 calls of one key take no connections from others while the first is running', async () => {
    await other.query('BEGIN; LOCK TABLE "Post" IN SHARE MODE')
    const first = create()
    await waiting()
    const answers = await Promise.all([
      ...Array.from({ length: 19 }, () => create()),
      ana()('GET', '/v1/todos'),
    ])
    expect(answers.pop()?.status).toBe(200)
    expect(new Set(answers.map(codeOf))).toEqual(new Set(['IDEMPOTENCY_KEY_BUSY']))
    await other.query('ROLLBACK')
    await first
    expect((await create()).status).toBe(201)
    expect(await posts()).toHaveLength(1)
  })
})

describe('F12 a connection that dies', () => {
  test.each([
    ['before the row is written', '"Post"'],
    ['when the row is written and its answer is not kept', 'claimstake.idempotent_answers'],
  ])('%s: 503, nothing is written, and sent again it is one row', async (_, table) => {
    await other.query(`BEGIN; LOCK TABLE ${table} IN SHARE MODE`)
    const cut = create()
    const [pid] = await waiting()
    await other.query('SELECT pg_terminate_backend($1)', [pid])
    expect((await cut).status).toBe(503)
    await other.query('ROLLBACK')
    expect(await posts()).toEqual([])
    const [first, again] = [await create(), await create()]
    expect([first.status, again.status]).toEqual([201, 201])
    expect([isReplayed(first), again.text]).toEqual([false, first.text])
    expect(await posts()).toHaveLength(1)
  })

  test('R67 a caller who hangs up gets the row that was written when he calls again', async () => {
    await other.query('BEGIN; LOCK TABLE "Post" IN SHARE MODE')
    const hungUp = await send([key])
    await waiting()
    hungUp.destroy()
    await other.query('ROLLBACK')
    while ((await posts()).length === 0) await setTimeout(5)
    const again = await create(ana(), { postname: 'raw' })
    expect([again.status, isReplayed(again)]).toEqual([201, true])
    expect(await posts()).toHaveLength(1)
  })
})

test('a call without the header is one statement; with it the row and its answer are written in one transaction', async () => {
  const unscoped = new PrismaClient({
    adapter: new PrismaPg({ connectionString: service.database.url }),
    log: [{ level: 'query', emit: 'event' }],
  })
  const sent: string[] = []
  unscoped.$on('query', ({ query }) => sent.push(query))
  const server = await startServer({
    db: claimstake({ prisma: unscoped, data }),
    authenticate: () => Promise.resolve(service.principal({ user_id: 'ana' })),
  })
  const caller = server.caller()
  await caller('POST', '/v1/posts', { body: { postname: 'x' } })
  expect(sent.splice(0)).toEqual([expect.stringMatching(/^INSERT INTO "public"."Post"/u)])
  await caller('POST', '/v1/posts', keyed({ postname: 'x' }))
  const steps = ['pg_try_advisory', 'SELECT', 'INSERT INTO "public"."Post"', 'INSERT INTO claim', 'COMMIT']
  expect(sent.splice(0).slice(0, steps.length)).toEqual(
    steps.map((step) => expect.stringContaining(step) as unknown as string),
  )
  await server.stop()
  await unscoped.$disconnect()
})

describe('the header', () => {
  test.each([
    ['the text null', 'null'],
    ['nothing', ''],
    ['a space', 'a b'],
    ['256 characters', 'x'.repeat(256)],
    ['a letter beyond ASCII', 'caf\u00e9'],
  ])('%s is 400', async (_, value) => {
    const options = { body: { postname: 'x' }, headers: { 'Idempotency-Key': value } }
    const answer = await ana()('POST', '/v1/posts', options)
    expect([answer.status, codeOf(answer)]).toEqual([400, 'MALFORMED_REQUEST'])
    expect(await posts()).toEqual([])
  })

  test('255 characters of any kind are taken, quotes and commas too', async () => {
    const headers = { 'Idempotency-Key': `"a,b"${'~'.repeat(250)}` }
    const answer = await ana()('POST', '/v1/posts', { body: { postname: 'x' }, headers })
    expect(answer.status).toBe(201)
  })

  test('twice is 400', async () => {
    const request = await send(['a', 'b'])
    const status = await new Promise((done) =>
      request.on('response', (response) => {
        response.resume()
        done(response.statusCode)
      }),
    )
    expect(status).toBe(400)
    expect(await posts()).toEqual([])
  })

  test('is not looked at where nothing is written, or where a row is gone either way', async () => {
    const { path } = await anasPost()
    const headers = { 'Idempotency-Key': 'null' }
    expect((await ana()('GET', path, { headers })).status).toBe(200)
    expect((await ana()('GET', '/v1/posts', { headers })).status).toBe(200)
    expect((await ana()('DELETE', path, { headers })).status).toBe(204)
  })

  test('a caller without any identity may not send it: he could be anybody', async () => {
    const nobody = service.caller({ user_groups: ['Moderator'] })
    const answer = await create(nobody)
    expect([answer.status, codeOf(answer)]).toEqual([400, 'MALFORMED_REQUEST'])
    expect((await nobody('POST', '/v1/posts', { body: { postname: 'x' } })).status).toBe(201)
  })

  test('nor may a guest', async () => {
    const schema = a.schema({
      Post: a.model().authorization((allow) => allow.guest().to(['create', 'read'])),
    })
    const open = await startService(defineData({ schema }))
    const guest = open.caller()
    const answer = await guest('POST', '/v1/posts', keyed({ postname: 'x' }))
    const without = await guest('POST', '/v1/posts', { body: { postname: 'x' } })
    await open.stop()
    expect([answer.status, without.status]).toEqual([400, 201])
  })
})

describe('the table', () => {
  test('is cleared of answers older than 24 hours, all of them, by a call with a key', async () => {
    const fresh = await startService()
    await runAt(
      fresh.database.url,
      `INSERT INTO claimstake.idempotent_answers (key, fingerprint, answer, stored_at)
       SELECT lpad(n::text, 22, '0'), repeat('f', 22), '', now() - interval '1 hour' * (24 - sign(n - 2500))
       FROM generate_series(1, 2510) n`,
    )
    await fresh.caller({ user_id: 'ana' })('POST', '/v1/posts', keyed({ postname: 'x' }))
    const count = async () => {
      const rows = await fresh.unscoped.$queryRaw<
        { count: number }[]
      >`SELECT count(*)::int AS count FROM claimstake.idempotent_answers`
      return rows[0]?.count
    }
    while (((await count()) ?? 0) > 11) await setTimeout(10)
    expect(await count()).toBe(11)
    await fresh.stop()
  })

  test('where it is missing the log says what to do, and calls without a key are fine', async () => {
    const bare = await startService()
    await runAt(bare.database.url, 'DROP SCHEMA claimstake CASCADE')
    const caller = bare.caller({ user_id: 'ana' })
    const answer = await caller('POST', '/v1/posts', keyed({ postname: 'x' }))
    const without = await caller('POST', '/v1/posts', { body: { postname: 'x' } })
    const rows = await bare.unscoped.post.count()
    await bare.stop()
    expect([answer.status, codeOf(answer), without.status, rows]).toEqual([500, 'INTERNAL', 201, 1])
    expect(bare.log.join('\n')).toContain('call await migrate(pool) first')
    expect(answer.text).not.toMatch(/migrate|idempotent/u)
  })
})

async function anasPost(): Promise<{ path: string; etag: string }> {
  const { headers } = await ana()('POST', '/v1/posts', { body: { postname: 'x' } })
  return { path: headers['location'] ?? '', etag: headers['etag'] ?? '' }
}

/** A problem without what is of one request alone. */
function anonymous({ text = '' }: TestAnswer): string {
  return text.replace(/"requestId":"[^"]*"/u, '')
}

/** Ana's call with these values of the header, as Node sends them. */
async function send(keys: readonly string[]): Promise<ReturnType<typeof httpRequest>> {
  const { port } = service.address as AddressInfo
  const request = httpRequest({
    ...{ port, host: '127.0.0.1', method: 'POST', path: '/v1/posts', agent: false },
    headers: {
      Authorization: `Bearer ${await service.issuer.token({ user_id: 'ana' })}`,
      'Content-Type': 'application/json',
      'Idempotency-Key': [...keys],
    },
  })
  request.on('error', () => undefined)
  request.end(JSON.stringify({ postname: 'raw' }))
  return request
}
