import { principal } from '../../src/claims/principal.js'
import { builder } from '../../src/policy/builder.js'
import { rulesOf } from '../../src/rules.js'
import { catalog } from '../support/unusual/generated/catalog.js'
import { a, defineData } from '../support/unusual/generated/claimstake.js'
import { startUnusualService, type UnusualService } from '../support/unusual/unusual-service.js'

const owned = () => a.model().authorization((allow) => allow.owner())
const data = defineData({
  schema: a.schema({
    Shelf: owned(),
    Book: owned(),
    ShelfSize: owned(),
    Remark: owned(),
    Host: owned(),
    Login: owned(),
    Room: owned(),
    Place: owned(),
    Badge: owned(),
    Seat: owned(),
  }),
})

let service: UnusualService
beforeAll(async () => {
  service = await startUnusualService(data)
})
beforeEach(() => service.database.truncate())
afterAll(() => service.stop())

const ana = () => service.caller('ana')
const idOf = (body: unknown) => (body as { id: number }).id

/** What the document offers below a path, such as `get /shelf-sizes/{shelfSizeId}`. */
const offered = (segment: string) =>
  Object.entries(service.db.openApi().paths).flatMap(([path, item]) =>
    path.startsWith(`/v1/${segment}`) || path.startsWith(`/${segment}`)
      ? Object.keys(item as object)
          .filter((key) => ['get', 'post', 'patch', 'delete'].includes(key))
          .map((method) => `${method} ${path.replace(/^\/v1/u, '')}`)
      : [],
  )

describe('foreign keys that only Prisma keeps', () => {
  test('a row that others refer to is not deleted: 409, alone and in a batch', async () => {
    const shelf = idOf((await ana()('POST', '/v1/shelves', { body: {} })).body)
    const empty = idOf((await ana()('POST', '/v1/shelves', { body: {} })).body)
    await ana()('POST', '/v1/books', { body: { shelfId: shelf } })

    const alone = await ana()('DELETE', `/v1/shelves/${shelf}`)
    expect([alone.status, alone.body]).toMatchObject([409, { code: 'CONFLICT' }])
    const batch = await ana()('POST', '/v1/shelves/batchDelete', {
      body: { items: [{ id: empty }, { id: shelf }] },
    })
    expect([batch.status, batch.body]).toMatchObject([409, { code: 'CONFLICT' }])
    expect(await service.unscoped.shelf.count()).toBe(2)
  })
})

describe('a view', () => {
  test('is read, and nothing else is offered', async () => {
    const shelf = idOf((await ana()('POST', '/v1/shelves', { body: {} })).body)
    await ana()('POST', '/v1/books', { body: { shelfId: shelf } })
    expect(offered('shelf-sizes').sort()).toEqual([
      'get /shelf-sizes',
      'get /shelf-sizes/{shelfSizeId}',
      'get /shelf-sizes/{shelfSizeId}/notes',
      'post /shelf-sizes/query',
    ])

    expect((await ana()('GET', `/v1/shelf-sizes?include=shelf`)).body).toMatchObject({
      items: [{ id: shelf, books: 1, shelf: { id: shelf } }],
    })
    expect((await ana()('GET', `/v1/shelf-sizes/${shelf}`)).body).toMatchObject({ books: 1 })
    expect((await service.caller('bo')('GET', `/v1/shelf-sizes/${shelf}`)).status).toBe(404)
    expect((await ana()('GET', `/v1/shelves/${shelf}/sizes`)).body).toMatchObject({ items: [{ books: 1 }] })

    const created = await ana()('POST', '/v1/shelf-sizes', { body: { books: 1 } })
    expect([created.status, created.headers['allow']]).toEqual([405, 'GET, HEAD, OPTIONS'])
    const deleted = await ana()('DELETE', `/v1/shelf-sizes/${shelf}`)
    expect([deleted.status, deleted.headers['allow']]).toEqual([405, 'GET, HEAD, OPTIONS'])
    const changed = await ana()('PATCH', `/v1/shelf-sizes/${shelf}`, { body: { books: 2 } })
    expect(changed.status).toBe(405)
    for (const batch of ['batchCreate', 'batchUpdate', 'batchDelete'])
      expect((await ana()('POST', `/v1/shelf-sizes/${batch}`, { body: { items: [] } })).status).toBe(405)
  })

  test('is referred to', async () => {
    const sizeId = idOf((await ana()('POST', '/v1/shelves', { body: {} })).body)
    const created = await ana()('POST', '/v1/remarks', { body: { sizeId } })
    expect([created.status, created.body]).toMatchObject([201, { sizeId }])
    expect((await service.caller('bo')('POST', '/v1/remarks', { body: { sizeId } })).status).toBe(422)
  })

  test('a note says so, and the rules grant none of it', async () => {
    expect(rulesOf(data).notes).toContain(
      'ShelfSize: nobody can create, update, delete a row, whatever its rules say: it is a view',
    )
    expect(rulesOf(data).notes.join()).not.toContain('ShelfSize.owner')
    const { body } = await ana()('GET', '/v1/me')
    expect(body).toMatchObject({
      operations: expect.arrayContaining([{ model: 'ShelfSize', operations: ['get', 'list'] }]) as unknown,
    })
  })

  test('without a note where its rules only read', () => {
    const read = a.schema({ ShelfSize: a.model().authorization((allow) => allow.owner().to(['read'])) })
    expect(rulesOf(defineData({ schema: read })).notes.join()).not.toContain('view')
  })

  test('without a unique field is no model, and rules for it say why', () => {
    const { a, defineData } = builder({
      ...catalog,
      models: { ...catalog.models, Total: catalog.models.Shelf },
    })
    const schema = a.schema({ Total: a.model().authorization((allow) => allow.owner()) })
    const written = defineData({ schema })
    expect(() => rulesOf({ ...written, catalog })).toThrow(/Total: nothing tells its rows apart.*@unique/u)
  })
})

describe.each([
  {
    model: 'Place',
    segment: 'places',
    make: `INSERT INTO "Place" (owner, spot) VALUES ('ana', point(1, 2))`,
  },
  { model: 'Badge', segment: 'badges', make: `INSERT INTO "Badge" (owner, code) VALUES ('ana', 'x')` },
])('a required column that Prisma cannot write, in $model', ({ model, segment, make }) => {
  test('is created by nobody, and else as any other', async () => {
    expect(offered(segment)).not.toContain(`post /${segment}`)
    expect(offered(segment)).not.toContain(`post /${segment}/batchCreate`)
    expect(offered(segment)).toContain(`delete /${segment}/{${model.toLowerCase()}Id}`)

    const created = await ana()('POST', `/v1/${segment}`, { body: { name: 'mine' } })
    expect([created.status, created.headers['allow']]).toEqual([405, 'GET, HEAD, OPTIONS'])
    expect((await ana()('POST', `/v1/${segment}/batchCreate`, { body: { items: [] } })).status).toBe(405)

    await service.unscoped.$executeRawUnsafe(make)
    const { body } = await ana()('GET', `/v1/${segment}`)
    const id = idOf((body as { items: unknown[] }).items[0])
    expect((await ana()('PATCH', `/v1/${segment}/${id}`, { body: { name: 'new' } })).body).toMatchObject({
      name: 'new',
    })
    expect((await ana()('DELETE', `/v1/${segment}/${id}`)).status).toBe(204)
  })

  test('a note says why', () => {
    expect(rulesOf(data).notes).toContain(
      `${model}: nobody can create a row, whatever its rules say: it has a required column without a default ` +
        'that is Unsupported(…) or @ignore, so Prisma has no value for it',
    )
  })

  test('the scoped client creates none either', async () => {
    const mine = service.db.as(
      principal({ provider: 'oidc', issuer: 'https://x.example', claims: { sub: 'ana' } }),
    )
    const delegate = mine[model.toLowerCase() as 'seat']
    await expect(delegate.create({ data: { owner: 'ana' } })).rejects.toMatchObject({
      code: 'FORBIDDEN_OPERATION',
    })
  })
})

test('with a default in the database such a column stands in nobody’s way', async () => {
  const created = await ana()('POST', '/v1/seats', { body: { name: 'mine' } })
  expect([created.status, created.body]).toMatchObject([201, { owner: 'ana', name: 'mine' }])
  expect(rulesOf(data).notes.join()).not.toContain('Seat: nobody')
})

test('ids and foreign keys of any type are locked and looked up as what they are', async () => {
  expect((await ana()('POST', '/v1/hosts', { body: { ip: '10.0.0.1' } })).status).toBe(201)
  const created = await ana()('POST', '/v1/logins', { body: { name: 'Kim', hostIp: '10.0.0.1' } })
  expect([created.status, created.body]).toMatchObject([201, { name: 'Kim', hostIp: '10.0.0.1' }])
  expect(
    (await service.caller('bo')('POST', '/v1/logins', { body: { name: 'Bo', hostIp: '10.0.0.1' } })).status,
  ).toBe(422)
  // Models without a version lock the row under If-Match.
  const headers = { 'If-Match': created.headers['etag'] ?? '' }
  expect((await ana()('DELETE', '/v1/logins/Kim', { headers })).status).toBe(204)

  const room = await ana()('POST', '/v1/rooms', { body: { wing: 'south', number: 1 } })
  const known = { 'If-Match': room.headers['etag'] ?? '' }
  const changed = await ana()('PATCH', '/v1/rooms/south/1', { body: { name: 'Hall' }, headers: known })
  expect([changed.status, changed.body]).toMatchObject([200, { name: 'Hall' }])
})
