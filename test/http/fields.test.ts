import { startService, type TestService } from '../support/service.js'

let service: TestService
let id: string
beforeAll(async () => {
  service = await startService()
})
beforeEach(async () => {
  await service.database.truncate()
  const row = { owner: 'ana', name: 'Ana', bio: 'plants', salary: '4200.50', notes: 'canary notes' }
  id = (await service.unscoped.employee.create({ data: row })).id
  await service.unscoped.employee.create({
    data: { owner: 'bo', name: 'Bo', bio: 'chess', salary: '3900', notes: 'canary' },
  })
})
afterAll(() => service.stop())

const hr = () => service.caller({ user_groups: ['HR'] })
const ana = () => service.caller({ user_id: 'ana' })
const other = () => service.caller({ sub: 'somebody' })
const stored = () => service.unscoped.employee.findUnique({ where: { id } })

interface Page {
  items: Record<string, unknown>[]
}

describe('fields with rules of their own (RULES section 8)', () => {
  test('F1 HR creates with salary and notes, and reads both back', async () => {
    const body = { name: 'Cy', salary: '5000.00', notes: 'new' }
    const created = await hr()('POST', '/v1/employees', { body })
    expect(created.status).toBe(201)
    expect(created.body).toMatchObject({ name: 'Cy', salary: '5000', notes: 'new', owner: null })
  })

  test('F2 the owner may not raise her own salary', async () => {
    const answer = await ana()('PATCH', `/v1/employees/${id}`, { body: { salary: '9999' } })
    expect(answer.status).toBe(403)
    expect(answer.body).toMatchObject({ code: 'FORBIDDEN_FIELD', errors: [{ pointer: '/salary' }] })
    expect(await stored()).toMatchObject({ version: 1 })
    expect(String((await stored())?.salary)).toBe('4200.5')
  })

  test.each([[{ bio: 'x' }], [{ notes: 'x' }], [{ notes: null }]])('F3 the owner writes %j', async (body) => {
    const answer = await ana()('PATCH', `/v1/employees/${id}`, { body })
    expect(answer.status).toBe(200)
    expect(answer.body).toMatchObject(body)
  })

  test('F4 HR may not change notes', async () => {
    const answer = await hr()('PATCH', `/v1/employees/${id}`, { body: { notes: 'x' } })
    expect(answer.status).toBe(403)
    expect(answer.body).toMatchObject({ code: 'FORBIDDEN_FIELD', errors: [{ pointer: '/notes' }] })
    expect(await stored()).toMatchObject({ notes: 'canary notes' })
  })

  test('F5 anybody else sees the row without salary and notes', async () => {
    const got = await other()('GET', `/v1/employees/${id}`)
    expect(got.status).toBe(200)
    expect(got.body).toMatchObject({ name: 'Ana', bio: 'plants' })
    expect(got.body).not.toHaveProperty('salary')
    expect(got.body).not.toHaveProperty('notes')
    const listed = await other()('GET', '/v1/employees')
    expect((listed.body as Page).items).toHaveLength(2)
    expect(`${got.text} ${listed.text}`).not.toMatch(/canary|4200|3900/u)
  })

  test('F6 the owner sees both on her own row only', async () => {
    const { items } = (await ana()('GET', '/v1/employees?sort=name')).body as Page
    expect(items[0]).toMatchObject({ name: 'Ana', salary: '4200.5', notes: 'canary notes' })
    expect(items[1]).toMatchObject({ name: 'Bo' })
    expect(items[1]).not.toHaveProperty('salary')
    expect(items[1]).not.toHaveProperty('notes')
  })

  test('F7 a filter on salary finds own rows only', async () => {
    const found = async (salary: string) =>
      ((await ana()('GET', `/v1/employees?salary=${salary}`)).body as Page).items
    expect(await found('4200.50')).toMatchObject([{ name: 'Ana' }])
    expect(await found('3900')).toEqual([])
  })

  test('F7 in the client too, in both polarities', async () => {
    const client = service.db.as(service.principal({ user_id: 'ana' }))
    for (const where of [
      { salary: { lt: 4000 } },
      { NOT: { salary: { gt: 4000 } } },
      { salary: { not: 4200.5 } },
    ]) {
      expect(await client.employee.findMany({ where })).toEqual([])
    }
    expect(await client.employee.count({ where: { NOT: { salary: 1 } } })).toBe(1)
  })

  test('F8 nobody but HR sorts by salary', async () => {
    expect((await other()('GET', '/v1/employees?sort=salary')).status).toBe(400)
    expect((await ana()('GET', '/v1/employees?sort=salary')).status).toBe(400)
    const sorted = await hr()('GET', '/v1/employees?sort=salary')
    expect((sorted.body as Page).items.map((row) => row['name'])).toEqual(['Bo', 'Ana'])
  })

  test('F9 HR that is the owner as well has the rights of both', async () => {
    const both = service.caller({ user_id: 'ana', user_groups: ['HR'] })
    const answer = await both('PATCH', `/v1/employees/${id}`, { body: { salary: '1', notes: 'x' } })
    expect(answer.body).toMatchObject({ salary: '1', notes: 'x' })
  })

  test('T1 R13 a field that is hidden on every row answers as one that does not exist', async () => {
    const hidden = await other()('GET', '/v1/employees?salary=not-a-number')
    const unknown = await other()('GET', '/v1/employees?sallry=not-a-number')
    expect(hidden.status).toBe(400)
    const anonymised = (text = '') => text.replace(/"requestId":"[^"]*"/u, '').replaceAll('sallry', 'salary')
    expect(anonymised(hidden.text)).toBe(anonymised(unknown.text))
  })
})
