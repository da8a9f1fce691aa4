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

test('a model without a version column refuses If-Match rather than ignoring it', async () => {
  await service.unscoped.membership.create({ data: { teamId: 't', userId: 'ana' } })
  const { headers } = await ana()('GET', '/v1/memberships/t/ana')
  const again = { headers: { 'If-None-Match': headers['etag'] ?? '' } }
  expect((await ana()('GET', '/v1/memberships/t/ana', again)).status).toBe(304)
  const refused = await ana()('DELETE', '/v1/memberships/t/ana', {
    headers: { 'If-Match': headers['etag'] ?? '' },
  })
  expect(refused.status).toBe(400)
  expect((await ana()('DELETE', '/v1/memberships/t/ana')).status).toBe(204)
})
