import type { Claims } from '../../src/claims/principal.js'
import { startService, type TestService } from '../support/service.js'
import type { Answer, Connect, ListQuery, NewProduct, Page, ProductClient, Query } from './product-client.js'
import { tapWire, type Exchange, type Wire } from './wire.js'

const ana: Claims = { sub: 's-ana', user_id: 'ana' }

/** What a generator's clients cannot do, and docs/clients.md says so. */
export interface Limits {
  /** Sends a list as one value with commas, which is a list only where no value can hold one. */
  readonly joinsLists?: boolean
}

/**
 * The tests every generated client passes: the same calls, each with what goes over the wire and what is in the
 * database afterwards. They build on one another.
 */
export function roundTripOf(connect: () => Promise<Connect>, { joinsLists = false }: Limits = {}): void {
  let service: TestService
  let wire: Wire
  let client: ProductClient
  let token: string
  let connected = false
  beforeAll(async () => {
    service = await startService()
    const { port } = service.address as { port: number }
    wire = await tapWire(port, service.db.openApi())
    token = await service.issuer.token(ana)
    client = await (await connect())({ baseUrl: `${wire.url}/v1`, token })
    connected = true
    // Some compile what they have generated first.
  }, 900_000)
  afterAll(async () => {
    if (connected) client.close?.()
    await wire.stop()
    await service.stop()
  })
  afterEach(() => {
    expect(wire.faults).toEqual([])
  })

  const sent = (): Exchange => wire.exchanges.at(-1) ?? fail('nothing was sent')
  const stored = (id: string) => service.unscoped.product.findUniqueOrThrow({ where: { id } })
  let id = ''
  let etag = ''

  test('creates rows with every kind of column', async () => {
    for (const product of products) {
      const { status, data, ...answer } = await client.create(product)
      expect({ status, data: normal(data) }).toMatchObject({ status: 201, data: visible(product) })
      expect(normal(JSON.parse(sent().body) as NewProduct)).toEqual(product)
      id = data?.id ?? ''
      etag = answer.etag ?? ''
    }
    expect(await stored(id)).toMatchObject({ owner: 'ana', name: 'Lamp', attributes: { colour: 'red' } })
    expect((await stored(id)).thumbnail).toEqual(Uint8Array.from([0, 1, 2]))
    expect(sent().headers['authorization']).toBe(`Bearer ${token}`)
  })

  test('lists with filters and repeated keys, page by page', async () => {
    const query: ListQuery = {
      listed: true,
      status__in: ['draft', 'retired', 'active'],
      rating__gte: 4,
      releasedAt__lt: '2026-02-01T00:00:00.000Z',
      attributes__null: false,
      tags__has: 'a,b',
      sort: ['rating_desc', 'name'],
      limit: 2,
    }
    const first = await client.list(query)
    expect(namesIn(first)).toEqual(['Chair', 'Lamp'])
    expect(parametersOf(sent())).toEqual(Object.keys(query).sort())
    const second = await client.list({ ...query, cursor: first.data?.nextCursor ?? '' })
    expect(namesIn(second)).toEqual(['Table'])
    expect(second.data?.nextCursor).toBeFalsy()
  })

  test('asks for texts in a list, a part of a text and no row at all', async () => {
    const names = namesIn(await client.list({ name__in: ['Lamp', 'Table'], sort: ['name'] }))
    expect(names).toEqual(joinsLists ? [] : ['Lamp', 'Table'])
    expect(namesIn(await client.list({ name__in: ['Lamp'] }))).toEqual(['Lamp'])
    expect(namesIn(await client.list({ name__contains__i: 'SECR' }))).toEqual(['Secret'])
    expect(namesIn(await client.list({ name__contains__i: '%' }))).toEqual([])
  })

  test('asks by a tree of conditions in a body, page by page', async () => {
    const first = await client.query(query)
    expect(namesIn(first)).toEqual(['Chair'])
    expect(sent()).toMatchObject({ method: 'POST', path: '/v1/products/query' })
    expect(JSON.parse(sent().body)).toEqual(query)
    const second = await client.query({ ...query, cursor: first.data?.nextCursor ?? '' })
    expect(namesIn(second)).toEqual(['Lamp'])
    expect(second.data?.nextCursor).toBeFalsy()
  })

  test('gets a row together with those related to it', async () => {
    const post = await service.unscoped.post.create({ data: { owner: 'ana', postname: 'Lamps' } })
    await service.unscoped.comment.createMany({
      data: ['ana', 'ben'].map((owner) => ({ owner, postId: post.id, body: `by ${owner}` })),
    })
    const { status, data } = await client.getPost(post.id, ['comments'])
    expect({ status, data }).toMatchObject({
      status: 200,
      data: { postname: 'Lamps', comments: [{ body: 'by ana' }] },
    })
    expect(data?.comments).toHaveLength(1)
    expect(parametersOf(sent())).toEqual(['include'])
  })

  test('gets a row with its ETag, and again only if it has changed', async () => {
    const { status, data, ...answer } = await client.get(id)
    expect({ status, data: normal(data) }).toMatchObject({ status: 200, data: visible(lamp) })
    expect(answer.etag).toBe(etag)
    expect(await client.get(id, { ifNoneMatch: etag })).toMatchObject({ status: 304, etag })
  })

  test('changes one field and leaves all others as they were', async () => {
    const { version, updatedAt, ...before } = await stored(id)
    const { status, data, ...answer } = await client.update(id, { name: 'Lantern' }, { ifMatch: etag })
    expect({ status, data: normal(data) }).toMatchObject({
      status: 200,
      data: { ...visible(lamp), name: 'Lantern' },
    })
    expect(JSON.parse(sent().body)).toEqual({ name: 'Lantern' })
    const after = await stored(id)
    expect(after).toEqual({ ...before, name: 'Lantern', version: version + 1n, updatedAt: after.updatedAt })
    expect(after.updatedAt.getTime()).toBeGreaterThanOrEqual(updatedAt.getTime())
    expect(answer.etag).not.toBe(etag)
  })

  test('changes nothing where the row is no longer what the ETag says', async () => {
    const before = await stored(id)
    const { status, problem } = await client.update(id, { name: 'Late' }, { ifMatch: etag })
    expect({ status, problem }).toMatchObject({
      status: 412,
      problem: { code: 'PRECONDITION_FAILED', status: 412 },
    })
    expect(await stored(id)).toEqual(before)
  })

  test('clears fields without sending null', async () => {
    const { version, updatedAt, ...before } = await stored(id)
    const { status, data } = await client.update(id, {}, { clear: ['weight', 'rating', 'tags'] })
    expect({ status, data }).toMatchObject({ status: 200, data: { name: 'Lantern', tags: [] } })
    expect(data?.rating ?? null).toBe(null)
    expect(JSON.parse(sent().body)).toEqual({})
    const cleared = { weight: null, rating: null, tags: [] }
    const after = await stored(id)
    expect(after).toEqual({ ...before, ...cleared, version: version + 1n, updatedAt: after.updatedAt })
  })

  test('changes several rows at once, each only if it is what its ETag says', async () => {
    const { id: other = '' } = (await client.list({ name__in: ['Table'] })).data?.items[0] ?? {}
    const { version, updatedAt, ...before } = await stored(other)
    const known = (await client.get(id)).etag ?? ''
    const changes = [
      { id: other, set: { price: '7.50' } },
      { id, ifMatch: known, set: { listed: false } },
    ]
    const { status, data } = await client.updateAll(changes)
    expect({ status, items: data?.items }).toMatchObject({
      status: 200,
      items: [
        { name: 'Table', price: '7.5', listed: true },
        { name: 'Lantern', listed: false },
      ],
    })
    expect(JSON.parse(sent().body)).toEqual({ items: changes })
    const after = await stored(other)
    expect(after).toEqual({
      ...{ ...before, price: after.price },
      ...{ version: version + 1n, updatedAt: after.updatedAt },
    })

    const late = await client.updateAll(changes.map((change) => ({ ...change, set: { listed: true } })))
    expect(late).toMatchObject({ status: 412, problem: { code: 'PRECONDITION_FAILED' } })
    expect([await stored(other), await stored(id)]).toMatchObject([after, { listed: false }])
  })

  test('asks for some fields only', async () => {
    const { data } = await client.get(id, { fields: ['id', 'name'] })
    expect(data).toMatchObject({ id, name: 'Lantern' })
    expect(data?.price ?? null).toBe(null)
    const page = await client.list({ fields: ['name'], name__in: ['Lantern'] })
    expect(page.data?.items.map(({ name, price }) => [name, price ?? null])).toEqual([['Lantern', null]])
  })

  test('reads faults of the input from a problem', async () => {
    const { status, problem } = await client.create({ ...lamp, sku: 'new', price: 'cheap' })
    expect({ status, problem }).toMatchObject({
      status: 422,
      problem: { code: 'INVALID_INPUT', status: 422, errors: [{ pointer: '/price' }] },
    })
    expect(problem?.requestId).toBeTruthy()
  })

  test('deletes, and then finds nothing', async () => {
    const { etag: current } = await client.get(id)
    expect(await client.remove(id, { ifMatch: current ?? '' })).toMatchObject({ status: 204 })
    const { status, problem } = await client.get(id)
    expect({ status, problem }).toMatchObject({ status: 404, problem: { code: 'NOT_FOUND' } })
  })
}

const query: Query = {
  where: {
    listed: { eq: true },
    releasedAt: { null: false },
    or: [{ name: { startsWith: 'Ch' } }, { rating: { lt: 5 }, tags: { has: 'a,b' } }],
    not: { status: { in: ['retired'] } },
  },
  sort: ['name'],
  limit: 1,
}

const product: NewProduct = {
  name: 'Chair',
  sku: 'C-1',
  status: 'active',
  price: '19.95',
  stock: '9007199254740993',
  weight: 2.5,
  rating: 5,
  listed: true,
  attributes: { colour: 'red' },
  thumbnail: 'AAEC',
  tags: ['wood', 'a,b'],
  scores: [1, 2],
  releasedAt: '2026-01-31T12:00:00.000Z',
}
const lamp: NewProduct = { ...product, name: 'Lamp', sku: 'L-1', status: 'draft', rating: 4 }
const products: readonly NewProduct[] = [
  product,
  { ...product, name: 'Table', sku: 'T-1', status: 'retired', rating: 4 },
  { ...product, name: 'Secret', sku: 'S-1', listed: false },
  lamp,
]

/** What of a product the client must show as it was sent. */
function visible({ name, status, price, rating, listed, tags, releasedAt }: NewProduct) {
  return { name, status, price, rating, listed, tags, releasedAt }
}

/** Every language writes a time in its own way. */
function normal(product: { readonly releasedAt?: string | null } | undefined) {
  const { releasedAt } = product ?? {}
  return releasedAt ? { ...product, releasedAt: new Date(releasedAt).toISOString() } : product
}

function namesIn({ data, problem }: Answer<Page>) {
  return data?.items.map(({ name }) => name) ?? problem
}

/** The names of its parameters; what a client does not know it may leave out in silence. */
function parametersOf({ path }: Exchange): string[] {
  return [...new Set(new URL(path, 'http://localhost').searchParams.keys())].sort()
}
