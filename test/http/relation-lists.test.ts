import { a, defineData } from '../support/relations/generated/claimstake.js'
import { comparable } from '../support/comparable.js'
import { startRelationsService, type RelationsService } from '../support/relations/relations-service.js'
import { startService, type TestService } from '../support/service.js'
import type { TestAnswer } from '../support/test-server.js'

type Json = Readonly<Record<string, unknown>>
interface Page {
  readonly items: readonly Json[]
  readonly nextCursor: string | null
  readonly count?: number
}
const pageOf = ({ body }: TestAnswer) => body as Page
const idsOf = (answer: TestAnswer) => pageOf(answer).items.map(({ id }) => id)
const codeOf = ({ status, body }: TestAnswer) => [status, (body as { code?: string }).code]

describe('the comments of a post', () => {
  let service: TestService
  const [mine, other, bos, missing] = [1, 2, 3, 4].map((at) => `0199aaaa-0000-7000-8000-00000000000${at}`)
  beforeAll(async () => {
    service = await startService()
    await service.unscoped.post.createMany({
      data: [
        { id: mine ?? '', owner: 'ana', postname: 'mine' },
        { id: other ?? '', owner: 'ana', postname: 'other' },
        { id: bos ?? '', owner: 'bo', postname: 'canary' },
      ],
    })
    await service.unscoped.comment.createMany({
      data: Array.from({ length: 12 }, (_, at) => ({
        postId: [mine, other, bos][at % 3] ?? '',
        owner: at % 4 === 0 ? 'bo' : 'ana',
        body: `${at % 4 === 0 ? 'canary' : 'mine'} ${at}`,
        createdAt: new Date(Date.UTC(2026, 0, 1 + at)),
      })),
    })
  })
  afterAll(() => service.stop())
  const ana = () => service.caller({ user_id: 'ana' })
  const of = (post = '', query = '') => `/v1/posts/${post}/comments${query}`

  test('are a list like any other: what the caller may list, newest first', async () => {
    const whole = await ana()('GET', of(mine))
    expect(whole.status).toBe(200)
    // The oracle: the collection of the related model, filtered by the key.
    expect(whole.body).toEqual((await ana()('GET', `/v1/comments?postId=${mine ?? ''}`)).body)
    expect(pageOf(whole).items.map(({ body }) => body)).toEqual(['mine 9', 'mine 6', 'mine 3'])
    expect(whole.text).not.toContain('canary')
    const moderator = await service.caller({ user_groups: ['Moderator'] })('GET', of(mine))
    expect(pageOf(moderator).items).toHaveLength(4)
    const head = await ana()('HEAD', of(mine))
    expect([head.status, head.text]).toEqual([200, undefined])
  })

  test('take filters, sort, count, fields and include', async () => {
    const answer = await ana()(
      'GET',
      of(
        mine,
        '?body__startsWith=mine&body__in=mine%203&body__in=mine%209&sort=body&count=exact&fields=body&include=post',
      ),
    )
    expect(answer.body).toEqual({
      items: ['mine 3', 'mine 9'].map((body) => ({
        body,
        post: expect.objectContaining({ id: mine, postname: 'mine' }) as unknown,
      })),
      nextCursor: null,
      count: 2,
    })
    expect(pageOf(await ana()('GET', of(mine, '?count=exact&limit=1'))).count).toBe(3)
  })

  test('come in pages, with a link and a cursor that belongs to this post', async () => {
    const first = await ana()('GET', of(mine, '?limit=2&sort=body'))
    const { nextCursor } = pageOf(first)
    expect(pageOf(first).items.map(({ body }) => body)).toEqual(['mine 3', 'mine 6'])
    expect(first.headers['link']).toBe(
      `<${of(mine)}?limit=2&sort=body&cursor=${nextCursor ?? ''}>; rel="next"`,
    )
    const next = /<(.*)>/u.exec(first.headers['link'] ?? '')?.[1] ?? ''
    const second = await ana()('GET', next)
    expect(second.body).toMatchObject({ items: [{ body: 'mine 9' }], nextCursor: null })
    expect(second.headers['link']).toBeUndefined()
    const moved = [
      of(other, `?sort=body&cursor=${nextCursor ?? ''}`),
      `/v1/comments?sort=body&cursor=${nextCursor ?? ''}`,
      `/v1/comments?postId=${mine ?? ''}&sort=body&cursor=${nextCursor ?? ''}`,
    ]
    for (const path of moved) expect(codeOf(await ana()('GET', path))).toEqual([400, 'INVALID_CURSOR'])
    const bo = service.caller({ user_groups: ['Moderator'] })
    expect(codeOf(await bo('GET', next))).toEqual([400, 'INVALID_CURSOR'])
  })

  test('R01 of a hidden post answer as those of a missing one, byte for byte', async () => {
    for (const query of ['', '?limit=1', '?count=exact', '?include=post&fields=id']) {
      for (const method of ['GET', 'HEAD'] as const) {
        const hidden = await ana()(method, of(bos, query))
        expect(hidden.status).toBe(404)
        expect(comparable(hidden)).toEqual(comparable(await ana()(method, of(missing, query))))
      }
    }
    // The control: to whoever may get the post it is there.
    expect((await service.caller({ user_id: 'bo' })('GET', of(bos))).status).toBe(200)
  })

  test.each([
    '?postId=0199aaaa-0000-7000-8000-000000000001',
    '?post_id=0199aaaa-0000-7000-8000-000000000001',
    '?postId__in=',
    '?nothing=1',
    '?limit=0',
    '?sort=post',
    '?fields=x',
    '?include=x.y',
  ])('nothing is ignored: %s is 400, whatever post it is', async (query) => {
    for (const post of [mine, bos, missing]) expect((await ana()('GET', of(post, query))).status).toBe(400)
  })

  test('of the key that is in the path only the equal name is no filter: another operator narrows the list', async () => {
    const listed = (query: string) => ana()('GET', of(mine, query))
    const path = '/posts/{postId}/comments'
    const names = service.db.openApi().paths[path]?.['get']?.parameters?.map(({ name }) => name) ?? []
    expect(names.filter((name) => String(name).startsWith('postId'))).toEqual(['postId', 'postId__in'])
    const whole = pageOf(await listed('')).items
    expect(pageOf(await listed(`?postId__in=${mine ?? ''},${other ?? ''}`)).items).toEqual(whole)
    for (const post of [other, bos, missing])
      expect(pageOf(await listed(`?postId__in=${post ?? ''}`)).items).toEqual([])
  })

  test('no other method, and no relation that is not one', async () => {
    for (const method of ['POST', 'PATCH', 'DELETE', 'PUT'] as const) {
      const answer = await ana()(method, of(mine), { body: {} })
      expect([answer.status, answer.headers['allow']]).toEqual([405, 'GET, HEAD, OPTIONS'])
    }
    for (const path of [
      `${of(mine)}/`,
      `${of(mine)}/x`,
      `/v1/posts/${mine ?? ''}/owner`,
      '/v1/comments/x/post',
    ])
      expect((await ana()('GET', path)).status).toBe(404)
    expect((await ana()('GET', '/v1/posts/not-an-id/comments')).status).toBe(404)
  })
})

const owned = () => a.model().authorization((allow) => allow.owner())
const closed = () => a.model().authorization((allow) => allow.group('HR'))
const all = { Member: owned(), Article: owned(), Tag: owned(), Room: owned(), Badge: owned() }

describe('lists over every kind of relation', () => {
  let service: RelationsService
  beforeAll(async () => {
    service = await startRelationsService()
    const { unscoped } = service
    const owner = (at: number) => (at % 3 === 0 ? 'bo' : 'ana')
    await unscoped.room.create({ data: { building: 'a/b', number: 7, owner: 'ana' } })
    await unscoped.member.create({ data: { id: 1, owner: 'ana', email: '1@x' } })
    const ids = Array.from({ length: 30 }, (_, at) => 100 + at)
    await unscoped.member.createMany({ data: ids.map((id) => ({ id, owner: owner(id), managerId: 1 })) })
    await unscoped.member.update({
      where: { id: 1 },
      data: { friends: { connect: ids.map((id) => ({ id })) } },
    })
    await unscoped.badge.createMany({ data: ids.map((id) => ({ id, owner: owner(id), memberEmail: '1@x' })) })
    await unscoped.article.createMany({
      data: ids.map((id) => ({ id, owner: owner(id), authorId: 1, building: 'a/b', number: 7 })),
    })
    await unscoped.tag.create({
      data: { id: 1, owner: 'ana', articles: { connect: ids.map((id) => ({ id })) } },
    })
  })
  afterAll(() => service.stop())

  test.each([
    ['/v1/members/1/reports', 'reports'],
    ['/v1/members/1/friends', 'friends'],
    ['/v1/members/100/friend-of', 'friendOf'],
    ['/v1/members/1/badges', 'badges'],
    ['/v1/members/1/articles', 'articles'],
    ['/v1/tags/1/articles', 'articles'],
    ['/v1/rooms/a%2Fb/7/articles', 'articles'],
  ])('%s: pages of what include shows, and no row of others', async (path, field) => {
    const ana = (await service.serve(defineData({ schema: a.schema(all) })))('ana')
    const parent = path.slice(0, path.lastIndexOf('/'))
    const included = (await ana('GET', `${parent}?include=${field}`)).body as Readonly<Record<string, Json[]>>
    const expected = included[field]?.map(({ id }) => id)
    expect(expected).toHaveLength(field === 'friendOf' ? 1 : 20)
    const walked: unknown[] = []
    for (let next: string | null = ''; next !== null;) {
      const page: TestAnswer = await ana('GET', `${path}?limit=6&count=exact${next && `&cursor=${next}`}`)
      expect(pageOf(page).count).toBe(expected?.length)
      walked.push(...idsOf(page))
      next = pageOf(page).nextCursor
    }
    expect(walked).toEqual(expected)
  })

  test('read one parent, and of its rows a page: the database cuts the list', async () => {
    const ana = (await service.serve(defineData({ schema: a.schema(all) })))('ana')
    for (const [path, table] of [
      ['/v1/members/1/articles', 'Article'],
      ['/v1/tags/1/articles', 'Article'],
    ] as const) {
      service.statements()
      await ana('GET', `${path}?limit=5`)
      const sent = service.statements()
      const reads = sent.filter((text) => text.includes(`FROM "public"."${table}"`))
      expect({ sent, reads: reads.length }).toEqual({ sent, reads: 1 })
      expect(reads[0]).toMatch(/LIMIT/u)
    }
  })

  test('403 where no rule could allow the one side or the other, before any row is looked for', async () => {
    const parents = (await service.serve(defineData({ schema: a.schema({ ...all, Member: closed() }) })))(
      'ana',
    )
    const rows = (await service.serve(defineData({ schema: a.schema({ ...all, Article: closed() }) })))('ana')
    service.statements()
    for (const answer of [
      await parents('GET', '/v1/members/1/articles'),
      await rows('GET', '/v1/members/1/articles'),
      await rows('GET', '/v1/members/9/articles?nothing=1'),
      await rows('GET', '/v1/members/not-an-id/articles'),
    ])
      expect(codeOf(answer)).toEqual([403, 'FORBIDDEN_OPERATION'])
    expect(service.statements()).toEqual([])
    // A model without rules has no lists of its rows either.
    const without = await service.serve(defineData({ schema: a.schema({ Member: owned() }) }))
    expect((await without('ana')('GET', '/v1/members/1/articles')).status).toBe(404)
  })

  test('get opens the parent, list its rows', async () => {
    const only = (...operations: ('get' | 'list')[]) =>
      a.model().authorization((allow) => allow.owner().to(operations))
    const got = await service.serve(
      defineData({ schema: a.schema({ Tag: only('get'), Article: only('list') }) }),
    )
    expect(idsOf(await got('ana')('GET', '/v1/tags/1/articles?limit=100'))).toHaveLength(20)
    expect((await got('bo')('GET', '/v1/tags/1/articles')).status).toBe(404)
    const listed = await service.serve(
      defineData({ schema: a.schema({ Tag: only('list'), Article: only('list') }) }),
    )
    expect((await listed('ana')('GET', '/v1/tags/1/articles')).status).toBe(403)
  })
})
