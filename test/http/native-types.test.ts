import { rulesOf } from '../../src/rules.js'
import type { catalog } from '../support/unusual/generated/catalog.js'
import { a, defineData } from '../support/unusual/generated/claimstake.js'
import { startUnusualService, type UnusualService } from '../support/unusual/unusual-service.js'

const owned = () => a.model().authorization((allow) => allow.owner())
const data = defineData({ schema: a.schema({ Typed: owned(), Host: owned(), Account: owned() }) })

let service: UnusualService
beforeAll(async () => {
  service = await startUnusualService(data)
})
beforeEach(() => service.database.truncate())
afterAll(() => service.stop())

const ana = () => service.caller('ana')
const at = (path: string, parameters: Readonly<Record<string, string>>) =>
  `${path}?${new URLSearchParams(parameters).toString()}`

type TypedColumn = Exclude<keyof typeof catalog.models.Typed.fields, 'id' | 'owner'>

/** Columns, a value each that it holds, and values that it does not. */
const columns: Readonly<Partial<Record<TypedColumn, { good: unknown; bad: readonly unknown[] }>>> = {
  text: { good: 'longer than the short ones', bad: [] },
  citext: { good: 'a', bad: [] },
  varChar: { good: 'abc', bad: ['abcd'] },
  char: { good: 'abc', bad: ['abcd'] },
  bit: { good: '101', bad: ['12', '1011', '01', 'x1'] },
  // Postgres reads an x in front as hexadecimal, and so makes nothing of it.
  varBit: { good: '10', bad: ['x', 'x1', '1011'] },
  anyBits: { good: '10101', bad: ['x', 'x1F', '2'] },
  oneBit: { good: '1', bad: ['2', '11'] },
  uuid: { good: '0190a001-0000-7000-8000-000000000001', bad: ['x'] },
  inet: {
    good: '10.0.0.1',
    bad: ['nonsense', '999.1.1.1', '10.0.0.0/33', 'fe80::1%eth0', '10.1', '::1/129'],
  },
  integer: { good: 5, bad: [2_147_483_648] },
  smallInt: { good: 5, bad: [40_000] },
  oid: { good: 5, bad: [-1, 4_294_967_296] },
  bigInt: { good: '5', bad: ['9223372036854775808'] },
  double: { good: 1.5, bad: ['NaN'] },
  real: { good: 1.5, bad: [1e39, 1e-50, -1e39] },
  decimal: { good: '1.5', bad: ['1234.5', '1.234'] },
  money: { good: '1.5', bad: ['1.234', '92233720368547758.08', 'x'] },
  stamp: { good: '2026-01-01T00:00:00.000Z', bad: ['x'] },
  stampTz: { good: '2026-01-01T00:00:00.000Z', bad: ['x'] },
  date: { good: '2026-01-01T00:00:00.000Z', bad: ['x'] },
  time: { good: '1970-01-01T10:00:00.000Z', bad: ['x', '10:00'] },
  timeTz: { good: '1970-01-01T10:00:00.000Z', bad: ['x', '10:00'] },
}

describe.each(Object.entries(columns))('%s', (column, { good, bad }) => {
  const isNumber = typeof good === 'number'

  test('takes a value, and finds it', async () => {
    const created = await ana()('POST', '/v1/typeds', { body: { [column]: good } })
    expect([created.status, created.body]).toMatchObject([201, { [column]: good }])
    const found = await ana()('GET', at('/v1/typeds', { [column]: String(good) }))
    expect([found.status, found.body]).toMatchObject([200, { items: [{ [column]: good }] }])
    const others = await ana()('POST', '/v1/typeds/query', { body: { where: { [column]: { ne: good } } } })
    expect([others.status, others.body]).toMatchObject([200, { items: [] }])
  })

  test('refuses others by name, before Postgres is asked', async () => {
    for (const value of bad) await refuses(value)
  })

  const refuses = async (value: unknown) => {
    const created = await ana()('POST', '/v1/typeds', { body: { [column]: value } })
    expect([created.status, created.body]).toMatchObject([422, { errors: [{ pointer: `/${column}` }] }])
    for (const name of [column, `${column}__in`]) {
      const listed = await ana()('GET', at('/v1/typeds', { [name]: String(value) }))
      expect([listed.status, listed.body]).toMatchObject([400, { errors: [{ parameter: name }] }])
    }
    const operand = isNumber || typeof value === 'string' ? value : String(value)
    const asked = await ana()('POST', '/v1/typeds/query', { body: { where: { [column]: { ne: operand } } } })
    expect([asked.status, asked.body]).toMatchObject([400, { errors: [{ pointer: `/where/${column}/ne` }] }])
  }
})

test.each(['::1', '10.0.0.1/8', '2001:db8::1', '::ffff:1.2.3.4', '2001:db8::/32'])(
  '%s is an address',
  async (inet) => {
    const created = await ana()('POST', '/v1/typeds', { body: { inet, inets: [inet] } })
    expect([created.status, created.body]).toMatchObject([201, { inet, inets: [inet] }])
    const found = await ana()('GET', at('/v1/typeds', { inets__has: inet }))
    expect(found.body).toMatchObject({ items: [{ inet }] })
  },
)

test('what is in a list is checked like a single value', async () => {
  const created = await ana()('POST', '/v1/typeds', { body: { inets: ['::1', 'nonsense'] } })
  expect([created.status, created.body]).toMatchObject([422, { errors: [{ pointer: '/inets/1' }] }])
  const listed = await ana()('GET', at('/v1/typeds', { inets__has: 'nonsense' }))
  expect([listed.status, listed.body]).toMatchObject([400, { errors: [{ parameter: 'inets__has' }] }])
})

test('an id of such a type is one in a path, too', async () => {
  expect((await ana()('POST', '/v1/hosts', { body: { ip: '10.0.0.1' } })).status).toBe(201)
  expect((await ana()('GET', '/v1/hosts/10.0.0.1')).status).toBe(200)
  expect((await ana()('GET', '/v1/hosts/nonsense')).status).toBe(404)
})

test('XML is stored and shown; Postgres compares none, so neither does a list', async () => {
  const created = await ana()('POST', '/v1/typeds', { body: { xml: '<a/>' } })
  expect(created.body).toMatchObject({ xml: '<a/>' })
  await ana()('POST', '/v1/typeds', { body: {} })
  expect((await ana()('GET', '/v1/typeds?xml__null=false')).body).toMatchObject({ items: [{ xml: '<a/>' }] })
  for (const query of ['xml=%3Ca%2F%3E', 'xml__in=a', 'sort=xml'])
    expect((await ana()('GET', `/v1/typeds?${query}`)).status).toBe(400)
  const parameters = JSON.stringify(service.db.openApi())
  expect(parameters).toContain('"xml__null"')
  expect(parameters).not.toContain('"xml__in"')
})

const unequal = /takes different texts for equal/u
test.each([
  ['citext', unequal],
  ['bit', unequal],
  ['xml', unequal],
  ['inet', unequal],
  ['oid', /owners and groups are kept in/u],
] as const)('%s holds no owner: it does not keep every name as it is', (column, fault) => {
  const schema = a.schema({
    Typed: a.model().authorization((allow) => allow.ownerDefinedIn(column as 'text')),
  })
  expect(() => rulesOf(defineData({ schema }))).toThrow(fault)
})

describe('a column by the name that a token has in a URL (RFC 6750)', () => {
  test('is written and shown, and filtered in a body', async () => {
    const created = await ana()('POST', '/v1/accounts', {
      body: { access_token: 'secret', refresh_token: 'r' },
    })
    expect(created.body).toMatchObject({ access_token: 'secret' })
    const where = { access_token: 'secret' }
    expect(
      (
        await ana()('POST', '/v1/accounts/query', {
          body: { where: { access_token: { eq: where.access_token } } },
        })
      ).body,
    ).toMatchObject({
      items: [{ access_token: 'secret' }],
    })
    expect((await ana()('GET', '/v1/accounts?refresh_token=r&sort=access_token')).body).toMatchObject({
      items: [{ access_token: 'secret' }],
    })
  })

  test('is no parameter, also in the document, and stays a second credential', async () => {
    expect(JSON.stringify(service.db.openApi().paths)).not.toMatch(/"name":"access_token/u)
    expect(JSON.stringify(service.db.openApi().paths)).toContain('"name":"refresh_token"')
    const answer = await ana()('GET', '/v1/accounts?access_token=secret')
    expect([answer.status, answer.body]).toMatchObject([400, { code: 'MALFORMED_CREDENTIALS' }])
    const other = await ana()('GET', '/v1/accounts?access_token__in=secret')
    expect([other.status, other.body]).toMatchObject([400, { code: 'UNKNOWN_PARAMETER' }])
  })

  test('a note says so', () => {
    expect(rulesOf(data).notes).toContain(
      'Account.access_token is filtered in the body of query only: in a URL, access_token means something else',
    )
  })
})
