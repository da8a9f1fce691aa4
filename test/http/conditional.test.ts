import { a, defineData } from '../../src/generated/claimstake.js'
import { comparable } from '../support/comparable.js'
import { startService, type TestService } from '../support/service.js'

let service: TestService
beforeAll(async () => {
  service = await startService()
})
beforeEach(() => service.database.truncate())
afterAll(() => service.stop())

const ana = () => service.caller({ user_id: 'ana' })
const bo = () => service.caller({ user_id: 'bo' })

async function anasPost(): Promise<{ path: string; etag: string }> {
  const { headers } = await ana()('POST', '/v1/posts', { body: { postname: 'x' } })
  return { path: headers['location'] ?? '', etag: headers['etag'] ?? '' }
}

test('a get with the tag it gave is 304 without a body; a weak tag never matches', async () => {
  const { path, etag } = await anasPost()
  const fresh = await ana()('GET', path, { headers: { 'If-None-Match': `"other", ${etag}` } })
  expect([fresh.status, fresh.text, fresh.headers['etag']]).toEqual([304, '', etag])
  expect((await ana()('GET', path, { headers: { 'If-None-Match': `W/${etag}` } })).status).toBe(200)
  expect((await ana()('GET', path, { headers: { 'If-None-Match': '*' } })).status).toBe(304)
})

test("R53 R63 Bo gets no 304 for Ana's tag", async () => {
  const { path, etag } = await anasPost()
  const answer = await bo()('GET', path, { headers: { 'If-None-Match': etag } })
  expect(answer.status).toBe(404)
  expect(answer.headers).not.toHaveProperty('etag')
})

test('R52 a write under If-Match of a hidden row is 404, with any tag', async () => {
  const { path, etag } = await anasPost()
  for (const tag of [etag, '*', '"9-0000000000000000000000"']) {
    const headers = { 'If-Match': tag }
    expect((await bo()('PATCH', path, { body: { postname: 'y' }, headers })).status).toBe(404)
    expect((await bo()('DELETE', path, { headers })).status).toBe(404)
  }
})

test('a write under a stale tag is 412 and writes nothing', async () => {
  const { path, etag } = await anasPost()
  const changed = await ana()('PATCH', path, { body: { postname: 'y' }, headers: { 'If-Match': etag } })
  expect(changed.status).toBe(200)
  const stale = await ana()('PATCH', path, { body: { postname: 'z' }, headers: { 'If-Match': etag } })
  expect([stale.status, (stale.body as { code: string }).code]).toEqual([412, 'PRECONDITION_FAILED'])
  expect((await ana()('DELETE', path, { headers: { 'If-Match': etag } })).status).toBe(412)
  expect(await service.unscoped.post.findMany()).toMatchObject([{ postname: 'y', version: 2 }])
  const current = { 'If-Match': changed.headers['etag'] ?? '' }
  expect((await ana()('DELETE', path, { headers: current })).status).toBe(204)
})

test('R55 of 50 patches with one tag, one is 200 and 49 are 412', async () => {
  const { path, etag } = await anasPost()
  const patch = (postname: string) =>
    ana()('PATCH', path, { body: { postname }, headers: { 'If-Match': etag } })
  const answers = await Promise.all(Array.from({ length: 50 }, (_, at) => patch(`p${at}`)))
  const statuses = answers.map(({ status }) => status)
  expect(statuses.filter((status) => status === 200)).toHaveLength(1)
  expect(statuses.filter((status) => status === 412)).toHaveLength(49)
  expect(await service.unscoped.post.findMany()).toMatchObject([{ version: 2 }])
})

test('an employee that anyone may get but only some may change is 403 before 412', async () => {
  const { id } = await service.unscoped.employee.create({ data: { owner: 'ana', name: 'Ana' } })
  const headers = { 'If-Match': '"9-0000000000000000000000"' }
  expect((await bo()('PATCH', `/v1/employees/${id}`, { body: { bio: 'x' }, headers })).status).toBe(403)
  expect((await ana()('PATCH', `/v1/employees/${id}`, { body: { bio: 'x' }, headers })).status).toBe(412)
})

describe('a model without a version column', () => {
  const path = '/v1/memberships/t/ana'
  const moderator = () => service.caller({ user_groups: ['Moderator'] })
  const etagOf = async (caller = moderator()) => (await caller('GET', path)).headers['etag'] ?? ''
  beforeEach(async () => {
    await service.unscoped.membership.create({ data: { teamId: 't', userId: 'ana' } })
  })

  test('tells its state by a digest: 304 for the whole tag, 200 and 204 under the current one', async () => {
    const etag = await etagOf()
    expect(etag).toMatch(/^"[\w-]{22}-[\w-]{22}"$/u)
    const again = await moderator()('GET', path, { headers: { 'If-None-Match': etag } })
    expect([again.status, again.headers['etag']]).toEqual([304, etag])
    const otherView = `"${'x'.repeat(22)}${etag.slice(23)}`
    const differs = await moderator()('GET', path, { headers: { 'If-None-Match': otherView } })
    expect(differs.status).toBe(200)
    const patch = (tag: string, role: string) =>
      moderator()('PATCH', path, { body: { role }, headers: { 'If-Match': tag } })
    const changed = await patch(`W/"a,b" , "no-tag", ${etag}`, 'lead')
    expect([changed.status, changed.headers['etag']]).toEqual([200, await etagOf()])
    expect((await patch(etag, 'late')).status).toBe(412)
    expect((await patch(`W/${changed.headers['etag'] ?? ''}`, 'weak')).status).toBe(412)
    expect((await patch('*', 'any')).status).toBe(200)
    expect(await service.unscoped.membership.findMany()).toMatchObject([{ role: 'any' }])
    expect((await moderator()('DELETE', path, { headers: { 'If-Match': etag } })).status).toBe(412)
    const current = { 'If-Match': await etagOf() }
    expect((await moderator()('DELETE', path, { headers: current })).status).toBe(204)
    expect((await moderator()('DELETE', path, { headers: current })).status).toBe(404)
  })

  test('compares the state alone, not the view', async () => {
    const state = (await etagOf()).slice(0, 24)
    const headers = { 'If-Match': `${state}${'x'.repeat(22)}"` }
    expect((await moderator()('PATCH', path, { body: { role: 'x' }, headers })).status).toBe(200)
  })

  test('R52 a hidden row is 404 with any tag, and 403 comes before 412', async () => {
    for (const tag of [await etagOf(), '*', '"9-0000000000000000000000"']) {
      const headers = { 'If-Match': tag }
      expect((await bo()('DELETE', path, { headers })).status).toBe(404)
      expect((await ana()('PATCH', path, { body: { role: 'x' }, headers })).status).toBe(403)
    }
    expect(await service.unscoped.membership.count()).toBe(1)
  })

  test('R55 of 50 patches with one tag, one is 200 and 49 are 412', async () => {
    const headers = { 'If-Match': await etagOf() }
    const statuses = await fifty((at) => moderator()('PATCH', path, { body: { role: `r${at}` }, headers }))
    expect(statuses).toEqual({ 200: 1, 412: 49 })
  })

  test('of 50 deletes with one tag, one is 204 and 49 are 404', async () => {
    const headers = { 'If-Match': await etagOf() }
    expect(await fifty(() => moderator()('DELETE', path, { headers }))).toEqual({ 204: 1, 404: 49 })
  })

  test('a delete against 49 patches under one tag: one of them wins', async () => {
    const headers = { 'If-Match': await etagOf() }
    const statuses = await fifty((at) =>
      at === 25
        ? moderator()('DELETE', path, { headers })
        : moderator()('PATCH', path, { body: { role: `r${at}` }, headers }),
    )
    expect((statuses[200] ?? 0) + (statuses[204] ?? 0)).toBe(1)
    expect((statuses[412] ?? 0) + (statuses[404] ?? 0)).toBe(49)
  })

  test('control: to compare first and write then lets several through', async () => {
    const { unscoped } = service
    const where = { teamId_userId: { teamId: 't', userId: 'ana' } }
    const checkThenWrite = async (at: number) => {
      const row = await unscoped.membership.findUnique({ where })
      if (row?.role !== 'member') return { status: 412 }
      await unscoped.membership.update({ where, data: { role: `r${at}` } })
      return { status: 200 }
    }
    expect((await fifty(checkThenWrite))[200]).toBeGreaterThan(1)
  })
})

/** How often each status is the answer to 50 calls at once. */
async function fifty(call: (at: number) => Promise<{ status: number }>): Promise<Record<number, number>> {
  const answers = await Promise.all(Array.from({ length: 50 }, (_, at) => call(at)))
  const counts: Record<number, number> = {}
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1
  return counts
}

test('of 50 deletes with one tag of a version, one is 204 and 49 are 404', async () => {
  const { path, etag } = await anasPost()
  expect(await fifty(() => ana()('DELETE', path, { headers: { 'If-Match': etag } }))).toEqual({
    204: 1,
    404: 49,
  })
})

test.each(['null', 'x', '"a', 'W/x', '"a" "b"', '', '*, "a"', ' , '])('If-Match: %j is 400', async (tag) => {
  const { path } = await anasPost()
  for (const method of ['PATCH', 'DELETE'] as const) {
    const answer = await ana()(method, path, { body: {}, headers: { 'If-Match': tag } })
    expect([answer.status, (answer.body as { code: string }).code]).toEqual([400, 'MALFORMED_REQUEST'])
  }
})

test('If-None-Match: null, as old clients send it, matches nothing', async () => {
  const { path } = await anasPost()
  expect((await ana()('GET', path, { headers: { 'If-None-Match': 'null' } })).status).toBe(200)
})

describe('under rules of its own', () => {
  let own: TestService
  beforeAll(async () => {
    own = await startService(
      defineData({
        schema: a.schema({
          Post: a
            .model({
              version: a.field().authorization((allow) => allow.owner().identityClaim('user_id')),
            })
            .requireIfMatch()
            .authorization((allow) => [allow.owner().identityClaim('user_id'), allow.group('Editor')]),
          Todo: a
            .model()
            .authorization((allow) => [
              allow.owner().identityClaim('user_id').to(['read']),
              allow.authenticated().to(['update', 'delete']),
            ]),
          Employee: a
            .model({ version: a.field().authorization((allow) => allow.group('HR')) })
            .authorization((allow) => allow.owner().identityClaim('user_id')),
          Product: a.model().authorization((allow) => allow.authenticated().to(['update', 'delete'])),
        }),
      }),
    )
  })
  beforeEach(() => own.database.truncate())
  afterAll(() => own.stop())

  const owner = () => own.caller({ user_id: 'ana' })
  const editor = () => own.caller({ user_id: 'ed', 'cognito:groups': ['Editor'], groups: ['Editor'] })
  const make = async () => {
    const { headers } = await owner()('POST', '/v1/posts', { body: { postname: 'x' } })
    return { path: headers['location'] ?? '', etag: headers['etag'] ?? '' }
  }

  test('R56 a write without If-Match is 428 where the model demands it; a create needs none', async () => {
    const { path, etag } = await make()
    for (const call of [
      await owner()('PATCH', path, { body: { postname: 'y' } }),
      await owner()('DELETE', path),
    ])
      expect([call.status, (call.body as { code: string }).code]).toEqual([428, 'PRECONDITION_REQUIRED'])
    expect(await own.unscoped.post.findMany()).toMatchObject([{ postname: 'x', version: 1 }])
    const write = (tag: string) =>
      owner()('PATCH', path, { body: { postname: 'y' }, headers: { 'If-Match': tag } })
    expect((await write('*')).status).toBe(200)
    expect((await write(etag)).status).toBe(412)
    expect((await owner()('DELETE', path, { headers: { 'If-Match': '*' } })).status).toBe(204)
  })

  test('R56 it is said of missing and hidden rows alike', async () => {
    const { path } = await make()
    const missing = '/v1/posts/0199ffff-0000-7000-8000-00000000ffff'
    for (const method of ['PATCH', 'DELETE'] as const) {
      const stranger = own.caller({ user_id: 'bo' })
      const [hidden, gone] = [
        await stranger(method, path, { body: {} }),
        await stranger(method, missing, { body: {} }),
      ]
      expect(hidden.status).toBe(428)
      expect(comparable(hidden)).toEqual(comparable(gone))
    }
  })

  test('a caller who cannot read the version matches by a digest of what he reads', async () => {
    const { path, etag } = await make()
    const seen = await editor()('GET', path)
    expect(seen.body).not.toHaveProperty('version')
    const digest = seen.headers['etag'] ?? ''
    expect(digest).toMatch(/^"[\w-]{22}-[\w-]{22}"$/u)
    const patch = (tag: string) =>
      editor()('PATCH', path, { body: { content: 'x' }, headers: { 'If-Match': tag } })
    // The version itself is no tag of his: he would learn it by trying.
    expect((await patch(etag)).status).toBe(412)
    expect((await patch(digest)).status).toBe(200)
    expect((await patch(digest)).status).toBe(412)
    const mine = (await owner()('GET', path)).headers['etag'] ?? ''
    expect(mine).toMatch(/^"2-/u)
    const headers = { 'If-Match': mine }
    expect((await owner()('PATCH', path, { body: { content: 'y' }, headers })).status).toBe(200)
  })

  test('a writer who cannot get the row has no tag for it, and one who can get none at all is told so', async () => {
    const { id } = await own.unscoped.todo.create({ data: { owner: 'ana', title: 'x' } })
    const { id: product } = await own.unscoped.product.create({ data: { name: 'x', sku: 'x', price: 1 } })
    const stranger = own.caller({ user_id: 'bo' })
    const patch = (path: string, tag: string) =>
      stranger('PATCH', path, { body: {}, headers: { 'If-Match': tag } })
    expect((await patch(`/v1/todos/${id}`, '"1-0000000000000000000000"')).status).toBe(404)
    expect((await patch(`/v1/todos/${id}`, '*')).status).toBe(204)
    expect((await patch(`/v1/products/${product}`, '"1-0000000000000000000000"')).status).toBe(400)
    expect((await patch(`/v1/products/${product}`, '*')).status).toBe(204)
  })

  describe('R57 a row that changes hands is not written by its former owner', () => {
    const run = (text: string) => own.unscoped.$executeRawUnsafe(text)
    const late = () => own.unscoped.$queryRawUnsafe('SELECT * FROM late')
    beforeAll(async () => {
      await run('CREATE TABLE late (id text)')
      await run(`CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF OLD.owner = 'bo' THEN INSERT INTO late VALUES (OLD.id::text); END IF;
        IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END $$`)
      for (const table of ['"Post"', '"Employee"'])
        await run(
          `CREATE TRIGGER noted BEFORE UPDATE OR DELETE ON ${table} FOR EACH ROW EXECUTE FUNCTION note()`,
        )
    })

    test.each([
      ['a version', '/v1/posts', { postname: 'x' }, { content: 'late' }],
      ['a digest', '/v1/employees', { name: 'x' }, { bio: 'late' }],
    ])('under If-Match with %s', async (_, collection, row, body) => {
      for (let round = 0; round < 40; round++) {
        const made = await owner()('POST', collection, { body: row })
        const path = made.headers['location'] ?? ''
        const id = path.split('/').at(-1) ?? ''
        const headers = { 'If-Match': made.headers['etag'] ?? '' }
        const table = collection === '/v1/posts' ? '"Post"' : '"Employee"'
        const [answer] = await Promise.all([
          round % 2 === 0 ? owner()('PATCH', path, { body, headers }) : owner()('DELETE', path, { headers }),
          run(`UPDATE ${table} SET owner = 'bo' WHERE id = '${id}'`),
        ])
        expect([200, 204, 404]).toContain(answer.status)
      }
      expect(await late()).toEqual([])
    })

    test('control: a write after a look, without lock and without the owner in it, is late', async () => {
      const { unscoped } = own
      const { id } = await unscoped.post.create({ data: { owner: 'ana', postname: 'x' } })
      const seen = await unscoped.post.findFirst({ where: { id, owner: 'ana', version: 1 } })
      await unscoped.post.update({ where: { id }, data: { owner: 'bo' } })
      if (seen) await unscoped.post.update({ where: { id }, data: { content: 'late' } })
      expect(await late()).toEqual([{ id }])
    })
  })
})
