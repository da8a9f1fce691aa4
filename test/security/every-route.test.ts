import { comparable } from '../support/comparable.js'
import { startService, type TestService } from '../support/service.js'

/**
 * T3: every route of the live document, tried by a caller whom no rule gives the row. A new model or route without
 * an entry here fails the first test.
 */
interface Case {
  /** Bo's row, as the unscoped client stores it; every text in it is a canary. */
  readonly row: Readonly<Record<string, unknown>>
  /** What Ana, or whoever could write such a row of her own, sends. */
  readonly patch: Readonly<Record<string, unknown>>
  /** An id in the same form that no row has. */
  readonly missing: string
  /** What of the model everybody may read, so that a get and a list find the row. */
  readonly readable?: true
}

const missing = '0199ffff-0000-7000-8000-00000000ffff'
const anasPost = '0199aaaa-0000-7000-8000-00000000aaab'
const bosPost = '0199aaaa-0000-7000-8000-00000000aaaa'

const cases: Readonly<Record<string, Case>> = {
  posts: { row: { id: bosPost, owner: 'bo', postname: 'canary' }, patch: { postname: 'x' }, missing },
  comments: { row: { postId: bosPost, owner: 'bo', body: 'canary' }, patch: { body: 'x' }, missing },
  todos: { row: { owner: 'bo', title: 'canary' }, patch: { title: 'x' }, missing: '9' },
  projects: { row: { name: 'canary', owners: ['bo'], teams: ['bos'] }, patch: { name: 'x' }, missing },
  memberships: { row: { teamId: 'canary', userId: 'bo' }, patch: { role: 'x' }, missing: 'canary/xx' },
  employees: {
    row: { owner: 'bo', name: 'Bo', salary: '1', notes: 'canary' },
    patch: { bio: 'x' },
    missing,
    readable: true,
  },
  products: {
    row: { owner: 'bo', name: 'x', sku: 'x', price: '1' },
    patch: { name: 'y' },
    missing,
    readable: true,
  },
}

let service: TestService
beforeAll(async () => {
  service = await startService()
})
afterAll(() => service.stop())

type Table = Record<
  string,
  { create(args: object): Promise<Record<string, unknown>>; findMany(): Promise<object[]> }
>
const delegateOf: Readonly<Record<string, string>> = {
  posts: 'post',
  comments: 'comment',
  todos: 'todo',
  projects: 'project',
  memberships: 'membership',
  employees: 'employee',
  products: 'product',
}

/**
 * What tries each kind of route: the tests below that send it for every case. A relation list is tried by a case of
 * its own, `/me` is about no row (test/http/me.test.ts).
 */
const tried = (segment: string, isCompound: boolean): readonly string[] => [
  ...['GET', 'HEAD', 'POST'].map((method) => `${method} /${segment}`),
  ...['GET', 'HEAD', 'PATCH', 'DELETE'].map(
    (method) => `${method} /${segment}/${isCompound ? '{}/{}' : '{}'}`,
  ),
  ...['query', 'batchCreate', 'batchUpdate', 'batchDelete'].map((name) => `POST /${segment}/${name}`),
]

test('T3 every path and method of the document has a case, and every case a path', () => {
  const live = Object.entries(service.db.openApi().paths).flatMap(([path, methods]) =>
    Object.keys(methods).flatMap((method) =>
      (method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()]).map((each) => `${each} ${path}`),
    ),
  )
  const covered = [
    ...Object.keys(cases).flatMap((segment) => tried(segment, segment === 'memberships')),
    ...Object.keys(relationCases).flatMap((path) => [`GET ${path}`, `HEAD ${path}`]),
    ...['GET /me', 'HEAD /me'],
  ]
  // A relation list stands below an item, under the name of its parameter.
  const plain = live.map((route) => (relationPaths.has(route.replace(/^\w+ /u, '')) ? route : unnamed(route)))
  expect(plain.sort()).toEqual(covered.sort())
})

const unnamed = (route: string) => route.replaceAll(/\{\w+\}/gu, '{}')

/** The paths below an item: with Bo's rows on both sides, and with his rows below one of Ana's. */
const relationCases: Readonly<Record<string, { readonly open: object; readonly hidden: object }>> = {
  '/posts/{postId}/comments': {
    open: {
      id: anasPost,
      owner: 'ana',
      postname: 'x',
      comments: { create: { owner: 'bo', body: 'canary' } },
    },
    hidden: {
      id: bosPost,
      owner: 'bo',
      postname: 'x',
      comments: { create: { owner: 'ana', body: 'canary' } },
    },
  },
}

const relationPaths = new Set(Object.keys(relationCases))

describe.each(Object.entries(relationCases))('%s', (pattern, { open, hidden }) => {
  const at = (id: string) => `/v1${pattern.replace(/\{\w+\}/u, id)}`

  beforeAll(async () => {
    await service.database.truncate()
    for (const data of [open, hidden]) await service.unscoped.post.create({ data: data as never })
  })

  test('R01-R05 of a hidden row answers as of a missing one', async () => {
    const ana = service.caller({ user_id: 'ana' })
    for (const method of ['GET', 'HEAD', 'POST', 'PATCH', 'DELETE', 'PUT'] as const) {
      const refused = await ana(method, at(bosPost))
      expect([404, 405]).toContain(refused.status)
      expect(comparable(refused)).toEqual(comparable(await ana(method, at(missing))))
    }
  })

  test('R21 shows no hidden rows of a row that is not', async () => {
    const answer = await service.caller({ user_id: 'ana' })('GET', `${at(anasPost)}?count=exact`)
    expect([answer.status, answer.body]).toEqual([200, { items: [], nextCursor: null, count: 0 }])
    // The control: without the rules there is one.
    expect(await service.unscoped.comment.count({ where: { postId: anasPost } })).toBe(1)
  })

  test('R70 without credentials is the same 401 as every route', async () => {
    for (const id of [anasPost, bosPost, missing])
      expect((await service.caller()('GET', at(id))).status).toBe(401)
  })
})

describe.each(Object.entries(cases))('%s', (segment, { row, patch, missing: absent, readable }) => {
  let path: string
  const table = () => (service.unscoped as unknown as Table)[delegateOf[segment] ?? '']
  const ana = () => service.caller({ user_id: 'ana' })

  beforeAll(async () => {
    await service.database.truncate()
    if (segment === 'comments') await service.unscoped.post.create({ data: cases['posts']?.row as never })
    const stored = await table()?.create({ data: row })
    path =
      segment === 'memberships'
        ? `${String(stored?.['teamId'])}/${String(stored?.['userId'])}`
        : String(stored?.['id'])
  })

  test('R01-R05 a hidden row answers as a missing one, and stays as it was', async () => {
    const before = JSON.stringify(await table()?.findMany(), bigints)
    for (const method of ['GET', 'HEAD', 'PATCH', 'DELETE', 'PUT'] as const) {
      const options = method === 'PATCH' ? { body: patch } : {}
      const hidden = await ana()(method, `/v1/${segment}/${path}`, options)
      const gone = await ana()(method, `/v1/${segment}/${absent}`, options)
      expect(hidden.text ?? '').not.toContain('canary"')
      if (readable && method !== 'PUT') {
        expect(hidden.status).toBe(['GET', 'HEAD'].includes(method) ? 200 : 403)
        expect(hidden.text ?? '').not.toContain('canary')
      } else {
        expect([403, 404, 405]).toContain(hidden.status)
        expect(comparable(hidden)).toEqual(comparable(gone))
      }
    }
    expect(JSON.stringify(await table()?.findMany(), bigints)).toBe(before)
  })

  test('R46 in a batch it answers as a missing one, and stays as it was', async () => {
    const before = JSON.stringify(await table()?.findMany(), bigints)
    const idOf = (text: string) => {
      const [teamId, userId] = text.split('/')
      if (segment === 'memberships') return { teamId, userId }
      return segment === 'todos' ? Number(text) : text
    }
    const batch = (name: string, item: object) =>
      ana()('POST', `/v1/${segment}/${name}`, { body: { items: [item] } })
    for (const [name, more] of [
      ['batchUpdate', { set: patch }],
      ['batchUpdate', { ifMatch: '"1-0000000000000000000000"', set: patch }],
      ['batchDelete', {}],
      ['batchDelete', { ifMatch: '*' }],
    ] as const) {
      const hidden = await batch(name, { id: idOf(path), ...more })
      const gone = await batch(name, { id: idOf(absent), ...more })
      expect(hidden.text).not.toContain('canary')
      if (readable) expect(hidden.status).toBe(403)
      else {
        expect([403, 404]).toContain(hidden.status)
        expect(comparable(hidden)).toEqual(comparable(gone))
      }
    }
    expect(JSON.stringify(await table()?.findMany(), bigints)).toBe(before)
  })

  test('T3 R08 R23 it is in no query, nor counted, nor seen by HEAD of the list', async () => {
    const query = (caller: ReturnType<typeof ana>) =>
      caller('POST', `/v1/${segment}/query`, { body: { count: 'exact' } })
    const found = await query(ana())
    const rows = readable ? 1 : 0
    expect(found.body).toMatchObject({ count: rows })
    expect((found.body as { items: unknown[] }).items).toHaveLength(rows)
    expect(found.text).not.toContain('canary')
    const head = await ana()('HEAD', `/v1/${segment}`)
    expect([head.status, head.text]).toEqual([200, undefined])
    // The control: without the rules it is there.
    expect(await table()?.findMany()).toHaveLength(1)
    expect((await query(service.caller())).status).toBe(401)
  })

  test('T3 R31 R33 none like it is made in its owner’s name, by itself or in a batch', async () => {
    const before = JSON.stringify(await table()?.findMany(), bigints)
    for (const [path, body] of [
      ['', row],
      ['/batchCreate', { items: [row] }],
    ] as const) {
      const answer = await ana()('POST', `/v1/${segment}${path}`, { body })
      expect([403, 422]).toContain(answer.status)
      expect(answer.text).not.toContain('canary"')
    }
    expect(JSON.stringify(await table()?.findMany(), bigints)).toBe(before)
  })

  test('R08 it is in no list', async () => {
    const listed = await ana()('GET', `/v1/${segment}`)
    expect(listed.status).toBe(200)
    expect((listed.body as { items: unknown[] }).items).toHaveLength(readable ? 1 : 0)
    expect(listed.text).not.toContain('canary')
  })

  test.each([
    '1',
    '01',
    '+1',
    '1.0',
    '1e0',
    '%201',
    '%31',
    '1%00',
    '2147483648',
    '9223372036854775808',
    '-1',
    'NaN',
  ])('R07 the id %s is 404 or a refusal, never a fault of ours', async (text) => {
    const id = segment === 'memberships' ? `${text}/x` : text
    const { status } = await ana()('GET', `/v1/${segment}/${id}`)
    expect([400, 404]).toContain(status)
  })

  test('R70 without credentials every route is the same 401', async () => {
    const nobody = service.caller()
    for (const method of ['GET', 'POST', 'PATCH', 'DELETE', 'PUT'] as const) {
      const answer = await nobody(method, `/v1/${segment}/${path}`)
      expect([answer.status, answer.headers['www-authenticate']]).toEqual([401, 'Bearer realm="claimstake"'])
    }
    for (const name of ['batchCreate', 'batchUpdate', 'batchDelete']) {
      const answer = await nobody('POST', `/v1/${segment}/${name}`, { body: { items: [] } })
      expect([answer.status, answer.headers['www-authenticate']]).toEqual([401, 'Bearer realm="claimstake"'])
    }
  })
})

function bigints(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value
}
