import { claimstake } from '../../src/claimstake.js'
import { principal, type Claims, type PrincipalSettings } from '../../src/claims/principal.js'
import { a, defineData } from '../../src/generated/claimstake.js'
import type { PrismaClient } from '../../src/generated/prisma/client.js'
import type { Data } from '../../src/policy/builder.js'
import type { ScopedClient } from '../../src/scope/scoped-client.js'
import { startService, type TestService } from '../support/service.js'

// One attack, or one promise, per sentence of RULES sections 3 to 5, over the example's models with rules of its own.

const data = defineData({
  schema: a.schema({
    // Writers who may not read.
    Post: a
      .model()
      .authorization((allow) => [
        allow.owner().identityClaim('user_id').to(['create', 'update', 'delete']),
        allow.group('Auditor').withClaimIn('user_groups').to(['read']),
      ]),
    Project: a
      .model()
      .authorization((allow) => [
        allow.ownersDefinedIn('owners').identityClaim('user_id'),
        allow.groupsDefinedIn('teams').withClaimIn('user_groups').to(['create', 'read', 'update']),
      ]),
    // `salary` is readable on some rows, `notes` on none but HR's.
    Employee: a
      .model({
        salary: a
          .field()
          .authorization((allow) => [
            allow.group('HR').withClaimIn('user_groups'),
            allow.owner().identityClaim('user_id').to(['read']),
          ]),
        notes: a.field().authorization((allow) => allow.group('HR').withClaimIn('user_groups')),
      })
      .authorization((allow) => [
        allow.group('HR').withClaimIn('user_groups'),
        allow.authenticated().to(['create', 'read']),
        allow.owner().identityClaim('user_id').to(['read', 'update', 'delete']),
      ]),
    Todo: a
      .model()
      .authorization((allow) => [
        allow.owner().identityClaim('user_id'),
        allow.authenticated().to(['create']),
      ]),
    Product: a
      .model()
      .authorization((allow) => [
        allow.owner().identityClaim('sub::user_id').transferable(),
        allow.group('Moderator').withClaimIn('user_groups'),
      ]),
    Comment: a.model().authorization((allow) => allow.owner().identityClaim('user_id')),
  }),
})

let service: TestService
beforeAll(async () => {
  service = await startService(data)
})
beforeEach(() => service.database.truncate())
afterAll(() => service.stop())

const ana = () => service.caller({ sub: 's1', user_id: 'ana' })
const bo = () => service.caller({ sub: 's2', user_id: 'bo' })
const nobody = () => service.caller({ sub: 's3' })
const hr = () => service.caller({ sub: 's4', user_groups: ['HR'] })
const red = () => service.caller({ sub: 's5', user_id: 'rob', user_groups: ['red'] })

/** Scoped clients under other rules over the same tables. */
function under(rules: Data) {
  const db = claimstake({ prisma: service.unscoped, data: rules, secret: 'x'.repeat(32) })
  return (claims: Claims, settings: Partial<PrincipalSettings> = {}): ScopedClient<PrismaClient> =>
    db.as(principal({ provider: 'oidc', issuer: 'https://id', ...settings, claims }))
}
const eve = { sub: 's9', user_id: 'eve' }

const naming = (...fields: string[]) => ({
  code: 'FORBIDDEN_FIELD',
  errors: fields.map((field) => expect.objectContaining({ pointer: `/${field}` }) as unknown),
})
const refused = { code: 'FORBIDDEN_OPERATION' }
const missing = { code: 'P2025' }
const unknown = { code: 'UNSUPPORTED_ARGUMENT' }

const somePost = (owner: string | null) => service.unscoped.post.create({ data: { owner, postname: 'p' } })
const someProject = (owners: string[], teams: string[] = []) =>
  service.unscoped.project.create({ data: { name: 'n', owners, teams } })
const projectNow = (id: string) => service.unscoped.project.findUniqueOrThrow({ where: { id } })
const idOf = (body: unknown) => (body as { id: string }).id

describe('section 3: how rules combine', () => {
  test('rights of two rules add up row by row and are never crossed', async () => {
    const as = under(
      defineData({
        schema: a.schema({
          Project: a
            .model()
            .authorization((allow) => [
              allow.ownersDefinedIn('owners').identityClaim('user_id').to(['read', 'delete']),
              allow.groupsDefinedIn('teams').to(['read', 'update']),
            ]),
        }),
      }),
    )
    const [own, team] = [await someProject(['eve']), await someProject(['ana'], ['red'])]
    await someProject(['ana'], ['blue'])
    const { project } = as({ ...eve, groups: ['red'] })
    expect((await project.findMany()).map(({ id }) => id).sort()).toEqual([own.id, team.id].sort())
    await expect(project.update({ where: { id: own.id }, data: { name: 'x' } })).rejects.toMatchObject(
      refused,
    )
    await expect(project.delete({ where: { id: team.id } })).rejects.toMatchObject(refused)
    await expect(project.create({ data: { name: 'n' } })).rejects.toMatchObject(refused)
    expect(await project.updateMany({ data: { name: 'x' } })).toEqual({ count: 1 })
    expect(await project.deleteMany()).toEqual({ count: 1 })
    expect(await service.unscoped.project.count({ where: { name: 'n' } })).toBe(1)
  })

  test.each<[string, Claims]>([
    ['absent', {}],
    ['null', { user_id: null, groups: null }],
    ['empty', { user_id: '', groups: [] }],
    ['an empty group', { user_id: ' ', groups: [''] }],
    ['of no use', { user_id: {}, groups: { red: true } }],
    ['no text', { user_id: [null], groups: [null, 0, ['red']] }],
  ])(
    'claims that are %s open nothing: not the rows whose column is null, empty or blank',
    async (_, claims) => {
      const dynamic = (create: boolean) =>
        under(
          defineData({
            schema: a.schema({
              Post: a
                .model()
                .authorization((allow) => [
                  allow.owner().identityClaim('user_id'),
                  allow.groupDefinedIn('content'),
                  ...(create ? [allow.authenticated().to(['read'])] : []),
                ]),
              Project: a
                .model()
                .authorization((allow) => [
                  allow.ownersDefinedIn('owners').identityClaim('user_id'),
                  allow.groupsDefinedIn('teams'),
                ]),
            }),
          }),
        )(claims)
      for (const value of [null, '', ' ', 'null', 'undefined', '[object Object]'])
        await service.unscoped.post.create({ data: { owner: value, postname: 'p', content: value } })
      await someProject([])
      await someProject([''], [''])
      const { post, project } = dynamic(false)
      for (const call of [() => post.findMany(), () => project.findMany(), () => post.deleteMany()])
        await expect(call()).rejects.toMatchObject(refused)
      // Another rule opens rows to read, and these two still add none to delete.
      await expect(dynamic(true).post.deleteMany()).rejects.toMatchObject(refused)
      expect(await dynamic(true).post.count()).toBe(6)
    },
  )

  test('a rule of a field replaces those of the model for it, also where they gave more', async () => {
    const as = under(
      defineData({
        schema: a.schema({
          Post: a
            .model({ content: a.field().authorization((allow) => allow.group('Clerk').to(['read'])) })
            .authorization((allow) => [allow.owner().identityClaim('user_id'), allow.group('Admin')]),
        }),
      }),
    )
    const { id } = await service.unscoped.post.create({
      data: { owner: 'eve', postname: 'p', content: 'shut' },
    })
    for (const claims of [eve, { ...eve, groups: ['Admin'] }]) {
      const { post } = as(claims)
      expect(await post.findUnique({ where: { id } })).not.toHaveProperty('content')
      await expect(post.update({ where: { id }, data: { content: 'x' } })).rejects.toMatchObject(
        naming('content'),
      )
      await expect(post.create({ data: { postname: 'p', content: 'x' } })).rejects.toMatchObject(
        naming('content'),
      )
    }
    expect(await as({ groups: ['Clerk'] }).post.findUnique({ where: { id } })).toEqual({
      id,
      content: 'shut',
    })
  })

  test('a rule that names a provider is for its callers alone, whatever the claims say', async () => {
    const as = under(
      defineData({
        schema: a.schema({
          Post: a
            .model()
            .authorization((allow) => [allow.owner('userPools'), allow.group('Admin', 'userPools')]),
        }),
      }),
    )
    await somePost('ana')
    const claims = { sub: 'ana', username: 'ana', 'cognito:groups': ['Admin'], groups: ['Admin'] }
    await expect(as(claims).post.findMany()).rejects.toMatchObject(refused)
    expect(await as(claims, { provider: 'userPools' }).post.count()).toBe(1)
    await expect(as(claims, { provider: 'apiKey' }).post.findMany()).rejects.toMatchObject(refused)
    await expect(as(claims, { provider: 'identityPool' }).post.count()).rejects.toMatchObject({ status: 401 })
  })

  test('a denied operation is 403 whether the row exists or not', async () => {
    const { id } = await service.unscoped.product.create({
      data: { name: 'n', sku: 's', price: '1', owner: 's1::ana' },
    })
    for (const path of [id, '0199aaaa-0000-7000-8000-00000000ffff']) {
      for (const method of ['GET', 'PATCH', 'DELETE'] as const) {
        const answer = await nobody()(method, `/v1/products/${path}`, method === 'PATCH' ? { body: {} } : {})
        expect([method, answer.status]).toEqual([method, 403])
        expect(answer.body).toMatchObject(refused)
      }
    }
  })

  const opening = defineData({
    schema: a.schema({
      Post: a
        .model({ postname: a.field().authorization((allow) => allow.authenticated().to(['read'])) })
        .authorization((allow) => allow.owner().identityClaim('user_id')),
    }),
  })

  test('a field rule opens rows, and nothing of them but this field and the id', async () => {
    const as = under(opening)
    const { id } = await service.unscoped.post.create({
      data: { owner: 'ana', postname: 'open', content: 'shut' },
    })
    expect(await as(eve).post.findMany()).toEqual([{ id, postname: 'open' }])
    expect(await as(eve).post.findUnique({ where: { id } })).toEqual({ id, postname: 'open' })
  })

  test('what is shut on an opened row cannot be found by a filter, nor by its negation', async () => {
    const as = under(opening)
    await service.unscoped.post.create({ data: { owner: 'ana', postname: 'open', content: 'shut' } })
    await service.unscoped.post.create({ data: { owner: null, postname: 'open', content: null } })
    for (const where of [
      ...[{ owner: 'ana' }, { content: 'shut' }, { NOT: { content: 'shut' } }, { content: { not: 'x' } }],
      ...[{ owner: null }, { owner: { not: null } }, { NOT: { owner: null } }, { content: { notIn: ['x'] } }],
      ...[{ version: { gte: 0 } }, { NOT: { NOT: { content: { contains: 'h' } } } }],
    ]) {
      expect([where, await as(eve).post.count({ where })]).toEqual([where, 0])
    }
    expect(await as(eve).post.count({ where: { postname: 'open' } })).toBe(2)
    await expect(as(eve).post.findMany({ orderBy: { content: 'asc' } })).rejects.toMatchObject(unknown)
    await expect(as(eve).post.findMany({ distinct: ['owner'] })).rejects.toMatchObject(unknown)
  })

  test('an update needs every field it sends: one that is shut refuses all, and nothing is written', async () => {
    const created = await service.unscoped.employee.create({ data: { owner: 'ana', name: 'Ana' } })
    const answer = await ana()('PATCH', `/v1/employees/${created.id}`, {
      body: { bio: 'new', salary: '9', notes: 'x' },
    })
    expect(answer.status).toBe(403)
    expect(answer.body).toMatchObject(naming('salary', 'notes'))
    expect(await service.unscoped.employee.findUnique({ where: { id: created.id } })).toEqual(created)
  })

  test('delete asks the rules of the model only', async () => {
    const as = under(
      defineData({
        schema: a.schema({
          Post: a
            .model({ content: a.field().authorization((allow) => allow.authenticated()) })
            .authorization((allow) => allow.owner().identityClaim('user_id')),
        }),
      }),
    )
    const { id } = await somePost('ana')
    await expect(as(eve).post.delete({ where: { id } })).rejects.toMatchObject(refused)
    expect(await as(eve).post.deleteMany()).toEqual({ count: 0 })
    await expect(as({ sub: 'x' }).post.deleteMany()).rejects.toMatchObject(refused)
    expect(await service.unscoped.post.count()).toBe(1)
  })

  test.each(['get', 'list'] as const)('who may only %s cannot read the other way', async (only) => {
    const as = under(
      defineData({
        schema: a.schema({
          Post: a.model().authorization((allow) => allow.authenticated().to([only])),
          Comment: a.model().authorization((allow) => allow.authenticated()),
        }),
      }),
    )
    const { id } = await somePost('ana')
    const { post, comment } = as(eve)
    const gets = [() => post.findUnique({ where: { id } })]
    const lists = [
      ...[
        () => post.findMany(),
        () => post.findFirst(),
        () => post.count(),
        () => post.aggregate({ _count: true }),
      ],
      () => post.groupBy({ by: ['owner'] }),
    ]
    for (const call of only === 'get' ? lists : gets) await expect(call()).rejects.toMatchObject(refused)
    for (const call of only === 'get' ? gets : lists) await expect(call()).resolves.not.toBeNull()
    // The target of a foreign key is gotten.
    const pointing = comment.create({ data: { postId: id, body: 'x' } })
    if (only === 'get') expect(await pointing).toMatchObject({ postId: id })
    else await expect(pointing).rejects.toMatchObject({ code: 'INVALID_INPUT' })
  })

  test('no relation leads into another model, be it open, hidden or closed', async () => {
    const as = under(
      defineData({
        schema: a.schema({ Post: a.model().authorization((allow) => allow.authenticated()) }),
      }),
    )
    const { id } = await somePost('ana')
    await service.unscoped.comment.create({ data: { postId: id, owner: 'ana', body: 'canary' } })
    const some = { comments: { some: { body: { startsWith: 'c' } } } }
    const { post } = as(eve)
    expect(await post.findMany({ include: { comments: true } })).toMatchObject([{ id, comments: [] }])
    const alone = { id: true, comments: true } as const
    expect(await post.findUnique({ where: { id }, select: alone })).toEqual({ id, comments: [] })
    const counted = await post.findMany({ select: { _count: { select: { comments: true } } } })
    expect(counted).toEqual([{ _count: { comments: 0 } }])
    for (const call of [
      () => post.findMany({ where: some }),
      () => post.findMany({ where: { NOT: some } }),
      () => post.count({ where: { comments: { none: {} } } }),
      () => post.findMany({ orderBy: { comments: { _count: 'asc' } } } as never),
      () => post.updateMany({ where: some, data: { content: 'x' } }),
    ])
      await expect(call()).rejects.toMatchObject(unknown)
    const nested = post.update({ where: { id }, data: { comments: { deleteMany: {} } } })
    await expect(nested).rejects.toMatchObject(refused)
    for (const query of [
      'include=post.owner',
      'fields=post',
      'post.owner=ana',
      'post=x',
      'sort=post',
      'post[owner]=ana',
    ])
      expect([query, (await ana()('GET', `/v1/comments?${query}`)).status]).toEqual([query, 400])
    expect(await service.unscoped.comment.count()).toBe(1)
  })

  test('the WHERE of a mass write is a list: who may not list cannot search by writing', async () => {
    const as = under(
      defineData({
        schema: a.schema({
          Post: a.model().authorization((allow) => allow.authenticated().to(['update', 'delete'])),
        }),
      }),
    )
    await service.unscoped.post.create({ data: { owner: 'ana', postname: 'p', content: 'secret' } })
    const where = { content: { startsWith: 's' } }
    await expect(as(eve).post.updateMany({ where, data: { postname: 'x' } })).rejects.toMatchObject(refused)
    await expect(as(eve).post.deleteMany({ where })).rejects.toMatchObject(refused)
    expect(await as(eve).post.updateManyAndReturn({ data: { postname: 'x' } })).toEqual([
      { id: expect.any(String) as string },
    ])
  })
})

describe('section 4: create', () => {
  test('the owner is stamped also when another rule authorised the call', async () => {
    const created = await ana()('POST', '/v1/todos', { body: { title: 't' } })
    expect(created.status).toBe(201)
    expect(await service.unscoped.todo.findFirst()).toMatchObject({ owner: 'ana' })
  })

  test.each([
    ['without the claim', { sub: 'bo' }],
    ['with another identity', { sub: 'x', user_id: 'bo' }],
    ['whose claim is no name', { sub: 'x', user_id: ['ana'] }],
    ['in another case', { sub: 'x', user_id: 'Ana' }],
  ])('a caller %s sends an owner: 403 naming it, though another rule lets him create', async (_, claims) => {
    const answer = await service.caller(claims)('POST', '/v1/todos', { body: { title: 't', owner: 'ana' } })
    expect(answer.status).toBe(403)
    expect(answer.body).toMatchObject(naming('owner'))
    expect(await service.unscoped.todo.count()).toBe(0)
  })

  test('a caller of another provider sends an owner: the column is an owner column for him too', async () => {
    const as = under(
      defineData({
        schema: a.schema({
          Post: a
            .model()
            .authorization((allow) => [
              allow.owner('userPools'),
              allow.authenticated().to(['create', 'read']),
            ]),
        }),
      }),
    )
    for (const owner of ['eve', 's9', 'ana'])
      await expect(as(eve).post.create({ data: { postname: 'p', owner } })).rejects.toMatchObject(
        naming('owner'),
      )
    expect(await as(eve).post.create({ data: { postname: 'p' } })).toMatchObject({ owner: null })
  })

  test('an owner column that only a field rule names is checked as well', async () => {
    const as = under(
      defineData({
        schema: a.schema({
          Post: a
            .model({
              content: a.field().authorization((allow) => allow.owner().identityClaim('user_id')),
            })
            .authorization((allow) => allow.authenticated()),
        }),
      }),
    )
    await expect(as(eve).post.create({ data: { postname: 'p', owner: 'ana' } })).rejects.toMatchObject(
      naming('owner'),
    )
    expect(await as(eve).post.create({ data: { postname: 'p', content: 'c' } })).toMatchObject({
      owner: 'eve',
      content: 'c',
    })
  })

  test('neither a dynamic group nor a second owner rule lets one name an owner; a static group does', async () => {
    const as = under(
      defineData({
        schema: a.schema({
          Product: a
            .model()
            .authorization((allow) => [
              allow.owner().identityClaim('user_id'),
              allow.ownerDefinedIn('name').identityClaim('user_id'),
              allow.groupsDefinedIn('tags'),
              allow.group('Clerk'),
            ]),
        }),
      }),
    )
    const row = { sku: 's', price: '1', owner: 'ana', name: 'eve', tags: ['red'] }
    await expect(as({ ...eve, groups: ['red'] }).product.create({ data: row })).rejects.toMatchObject(
      naming('owner'),
    )
    await expect(
      as({ ...eve, groups: ['clerk', 'Clerks'] }).product.create({ data: row }),
    ).rejects.toMatchObject(naming('owner'))
    expect(await as({ ...eve, groups: ['Clerk'] }).product.create({ data: row })).toMatchObject(row_(row))
  })

  const row_ = ({ owner, name }: { owner: string; name: string }) => ({ owner, name })

  test('the stamped second owner authorises the call, and still lets one name no other first owner', async () => {
    const as = under(
      defineData({
        schema: a.schema({
          Product: a
            .model()
            .authorization((allow) => [
              allow.owner().identityClaim('user_id'),
              allow.ownerDefinedIn('name').identityClaim('user_id'),
              allow.ownersDefinedIn('tags').identityClaim('user_id'),
            ]),
        }),
      }),
    )
    const row = { sku: 's', price: '1' }
    // Left out, and so stamped: a match, but for nobody else's sake.
    await expect(as(eve).product.create({ data: { ...row, owner: 'ana' } as never })).rejects.toMatchObject(
      naming('owner'),
    )
    expect(await service.unscoped.product.count()).toBe(0)
    const created = await as(eve).product.create({ data: { ...row, owner: null } as never })
    expect(created).toMatchObject({ owner: null, name: 'eve', tags: ['eve'] })
  })

  test('a field is judged on the row as it will be stored: naming another owner shuts it', async () => {
    const as = under(
      defineData({
        schema: a.schema({
          Employee: a
            .model({ salary: a.field().authorization((allow) => allow.owner().identityClaim('user_id')) })
            .authorization((allow) => allow.group('Clerk')),
        }),
      }),
    )
    const { employee } = as({ ...eve, groups: ['Clerk'] })
    const row = { name: 'Ana', salary: '1' }
    await expect(employee.create({ data: { ...row, owner: 'ana' } })).rejects.toMatchObject(naming('salary'))
    await expect(employee.create({ data: { ...row, owner: null } })).rejects.toMatchObject(naming('salary'))
    expect(await service.unscoped.employee.count()).toBe(0)
    expect(await employee.create({ data: row })).toMatchObject({ owner: 'eve' })
  })

  test('a list may name anyone, but authorises the call only if the caller is in it', async () => {
    const others = await ana()('POST', '/v1/projects', { body: { name: 'n', owners: ['bo'] } })
    expect(others.status).toBe(403)
    const shared = await ana()('POST', '/v1/projects', { body: { name: 'n', owners: ['bo', 'ana'] } })
    expect(shared.body).toMatchObject({ owners: ['bo', 'ana'] })
    expect(await service.unscoped.project.count()).toBe(1)
  })

  test.each([
    ['posts', { postname: 'p', owner: null }],
    ['projects', { name: 'n', owners: [] }],
    ['projects', { name: 'n', owners: null }],
  ])('R32 in %s, %j suppresses the stamp and matches nobody', async (path, body) => {
    expect((await ana()('POST', `/v1/${path}`, { body })).status).toBe(403)
    expect((await service.unscoped.post.count()) + (await service.unscoped.project.count())).toBe(0)
  })

  test('a dynamic group rule looks at the value sent', async () => {
    const body = { name: 'n', owners: [] }
    expect((await red()('POST', '/v1/projects', { body: { ...body, teams: ['red', 'blue'] } })).status).toBe(
      201,
    )
    expect((await red()('POST', '/v1/projects', { body: { ...body, teams: ['blue'] } })).status).toBe(403)
    expect((await red()('POST', '/v1/projects', { body: { ...body, teams: ['re'] } })).status).toBe(403)
    expect((await red()('POST', '/v1/projects', { body })).status).toBe(403)
  })

  test('an owner rule without create neither stamps nor checks', async () => {
    const as = under(
      defineData({
        schema: a.schema({
          Project: a
            .model()
            .authorization((allow) => [
              allow.authenticated().to(['create']),
              allow.ownersDefinedIn('owners').identityClaim('user_id').to(['read']),
            ]),
          Post: a
            .model()
            .authorization((allow) => [
              allow.authenticated().to(['create']),
              allow.owner().identityClaim('user_id').to(['read']),
            ]),
        }),
      }),
    )
    await as(eve).project.create({ data: { name: 'n' } })
    expect(await service.unscoped.project.findFirst()).toMatchObject({ owners: [] })
    await as(eve).post.create({ data: { postname: 'p', owner: 'ana' } })
    expect(await service.unscoped.post.findFirst()).toMatchObject({ owner: 'ana' })
  })

  test('a field sent without the right to it refuses the whole call, naming it', async () => {
    const body = { name: 'Eve', salary: '1', notes: 'x' }
    const answer = await bo()('POST', '/v1/employees', { body })
    expect(answer.status).toBe(403)
    expect(answer.body).toMatchObject({ code: 'FORBIDDEN_FIELD' })
    const pointers = (answer.body as { errors: { pointer: string }[] }).errors.map(({ pointer }) => pointer)
    expect(pointers.sort()).toEqual(['/notes', '/salary'])
    expect(await service.unscoped.employee.count()).toBe(0)
    expect((await hr()('POST', '/v1/employees', { body })).body).toMatchObject({ notes: 'x' })
  })

  test('a caller whom only field rules let create is told which fields are not his', async () => {
    const as = under(
      defineData({
        schema: a.schema({
          Post: a
            .model({ postname: a.field().authorization((allow) => allow.authenticated()) })
            .authorization((allow) => allow.group('Admin')),
        }),
      }),
    )
    await expect(as(eve).post.create({ data: { postname: 'p', content: 'c' } })).rejects.toMatchObject(
      naming('content'),
    )
  })

  test('a required owner that the caller has no claim for is 422 naming it', async () => {
    const answer = await nobody()('POST', '/v1/todos', { body: { title: 't' } })
    expect(answer.status).toBe(422)
    expect(answer.body).toMatchObject({ code: 'INVALID_INPUT', errors: [{ pointer: '/owner' }] })
    expect(await service.unscoped.todo.count()).toBe(0)
  })

  test('one foreign owner among many rows refuses them all', async () => {
    const client = service.db.as(service.principal({ user_id: 'ana' }))
    await expect(
      client.post.createMany({ data: [{ postname: 'a' }, { postname: 'b', owner: 'bo' }] }),
    ).rejects.toMatchObject(naming('owner'))
    expect(await service.unscoped.post.count()).toBe(0)
  })
})

describe('section 4: nobody gains an operation by writing a rule column', () => {
  test('a single owner cannot change: not to another, not to nobody, not to oneself', async () => {
    const { id } = await service.unscoped.employee.create({ data: { owner: 'ana', name: 'Ana' } })
    for (const owner of ['bo', null, 'Ana', 'ana ', '']) {
      const answer = await ana()('PATCH', `/v1/employees/${id}`, { body: { owner, bio: 'x' } })
      expect([owner, answer.status]).toEqual([owner, 403])
      expect(answer.body).toMatchObject(naming('owner'))
    }
    const same = await ana()('PATCH', `/v1/employees/${id}`, { body: { owner: 'ana', bio: 'x' } })
    expect(same.body).toMatchObject({ owner: 'ana', bio: 'x' })
    const client = service.db.as(service.principal({ user_id: 'ana' }))
    for (const data of [{ owner: 'bo' }, { owner: { set: 'bo' } }, { owner: null }]) {
      expect(await client.employee.updateMany({ data })).toEqual({ count: 0 })
      await expect(client.employee.update({ where: { id }, data })).rejects.toMatchObject(naming('owner'))
    }
    expect(await service.unscoped.employee.findUnique({ where: { id } })).toMatchObject({ owner: 'ana' })
  })

  test('a row nobody owns cannot be taken by whoever may update it', async () => {
    const as = under(
      defineData({
        schema: a.schema({
          Post: a
            .model()
            .authorization((allow) => [
              allow.owner().identityClaim('user_id'),
              allow.authenticated().to(['read', 'update']),
            ]),
        }),
      }),
    )
    for (const owner of [null, 'ana']) {
      const { id } = await somePost(owner)
      const taking = as(eve).post.update({ where: { id }, data: { owner: 'eve' } })
      await expect(taking).rejects.toMatchObject(naming('owner'))
      await expect(as(eve).post.delete({ where: { id } })).rejects.toMatchObject(refused)
    }
  })

  test('who may update through a team cannot make himself an owner', async () => {
    const { id } = await someProject(['ana'], ['red'])
    const named = await red()('PATCH', `/v1/projects/${id}`, { body: { name: 'by rob' } })
    expect(named.status).toBe(200)
    for (const owners of [['rob'], ['ana', 'rob'], ['bo']]) {
      const answer = await red()('PATCH', `/v1/projects/${id}`, { body: { owners, name: 'taken' } })
      expect(answer.status).toBe(403)
      expect(answer.body).toMatchObject(naming('owners'))
    }
    expect(await projectNow(id)).toMatchObject({ owners: ['ana'], name: 'by rob' })
    expect((await red()('DELETE', `/v1/projects/${id}`)).status).toBe(403)
  })

  test('who may update any row cannot put his own group on it', async () => {
    const as = under(
      defineData({
        schema: a.schema({
          Project: a
            .model()
            .authorization((allow) => [
              allow.groupsDefinedIn('teams'),
              allow.authenticated().to(['read', 'update']),
            ]),
          Post: a
            .model()
            .authorization((allow) => [
              allow.groupDefinedIn('content'),
              allow.authenticated().to(['read', 'update']),
            ]),
        }),
      }),
    )
    const mine = as({ ...eve, groups: ['red'] })
    const project = await someProject([], ['blue'])
    await expect(
      mine.project.update({ where: { id: project.id }, data: { teams: ['blue', 'red'] } }),
    ).rejects.toMatchObject(naming('teams'))
    const post = await somePost(null)
    await expect(
      mine.post.update({ where: { id: post.id }, data: { content: 'red' } }),
    ).rejects.toMatchObject(naming('content'))
    expect(await mine.project.updateMany({ data: { teams: ['red'] } })).toEqual({ count: 0 })
    expect(await mine.project.deleteMany()).toEqual({ count: 0 })
    // A member, who holds every operation already, may share it further or hand it over.
    const theirs = as({ ...eve, groups: ['blue'] })
    expect(
      await theirs.project.update({ where: { id: project.id }, data: { teams: ['red', 'green'] } }),
    ).toMatchObject({ teams: ['red', 'green'] })
  })

  test('nor gains the reading of a field whose own rule looks at the column', async () => {
    const as = under(
      defineData({
        schema: a.schema({
          Project: a
            .model({
              name: a
                .field()
                .authorization((allow) =>
                  allow.ownersDefinedIn('owners').identityClaim('user_id').to(['read', 'update']),
                ),
            })
            .authorization((allow) => allow.authenticated().to(['read', 'update'])),
        }),
      }),
    )
    const { id } = await someProject(['ana'])
    expect(await as(eve).project.findUnique({ where: { id } })).not.toHaveProperty('name')
    await expect(
      as(eve).project.update({ where: { id }, data: { owners: ['ana', 'eve'] } }),
    ).rejects.toMatchObject(naming('owners'))
    expect(await as(eve).project.findUnique({ where: { id } })).not.toHaveProperty('name')
  })

  test('nor the reading of a whole row of which a field rule shows him a part', async () => {
    const as = under(
      defineData({
        schema: a.schema({
          Project: a
            .model({ teams: a.field().authorization((allow) => allow.authenticated().to(['read'])) })
            .authorization((allow) => [
              allow.ownersDefinedIn('owners').identityClaim('user_id').to(['read']),
              allow.authenticated().to(['update']),
            ]),
        }),
      }),
    )
    const { id } = await someProject(['ana'], ['red'])
    expect(await as(eve).project.findUnique({ where: { id } })).toEqual({ id, teams: ['red'] })
    await expect(as(eve).project.update({ where: { id }, data: { owners: ['eve'] } })).rejects.toMatchObject(
      naming('owners'),
    )
    expect(await as(eve).project.findUnique({ where: { id } })).toEqual({ id, teams: ['red'] })
  })

  test('who holds what a field rule of every operation gives may write its column: delete is none of it', async () => {
    const as = under(
      defineData({
        schema: a.schema({
          Project: a
            .model({
              name: a
                .field()
                .authorization((allow) => [
                  allow.ownersDefinedIn('owners').identityClaim('user_id'),
                  allow.authenticated(),
                ]),
            })
            .authorization((allow) => allow.authenticated().to(['read', 'update'])),
        }),
      }),
    )
    const { id } = await someProject(['ana'])
    expect(await as(eve).project.update({ where: { id }, data: { owners: ['ana', 'eve'] } })).toMatchObject({
      owners: ['ana', 'eve'],
    })
  })

  test('R83 a list of owners becomes neither empty nor null, and is not changed by arithmetic', async () => {
    const { id } = await someProject(['ana', 'bo'])
    for (const owners of [[], null]) {
      const answer = await ana()('PATCH', `/v1/projects/${id}`, { body: { owners } })
      expect([owners, answer.status]).toEqual([owners, 403])
      expect(answer.body).toMatchObject(naming('owners'))
    }
    const left = await ana()('PATCH', `/v1/projects/${id}`, { body: { owners: ['bo'] } })
    expect(left.status).toBe(204) // Ana took herself off: she may not get it any more
    expect((await ana()('PATCH', `/v1/projects/${id}`, { body: { owners: ['ana'] } })).status).toBe(404)
    expect(await projectNow(id)).toMatchObject({ owners: ['bo'] })
  })

  test.each<[string, unknown]>([
    ['set to nothing', { set: [] }],
    ['set twice to nothing', { set: { set: [] } }],
    ['pushed', { push: 'eve' }],
    ['pushed within set', { set: { push: 'eve' } }],
    ['unset', { unset: true }],
  ])('nor in the scoped client when it is %s', async (_, owners) => {
    const { id } = await someProject(['ana', 'bo'])
    const client = service.db.as(service.principal({ user_id: 'ana' }))
    const writing = client.project.update({ where: { id }, data: { owners: owners as never } })
    await expect(writing).rejects.toMatchObject({ name: 'ClaimstakeError' })
    expect(await projectNow(id)).toMatchObject({ owners: ['ana', 'bo'] })
  })

  const transferring = defineData({
    schema: a.schema({
      Post: a
        .model()
        .authorization((allow) => [
          allow.owner().identityClaim('sub::user_id').transferable(),
          allow.authenticated().to(['read', 'update']),
        ]),
    }),
  })

  test('transferable lifts it for the caller whom the rule matches, and for no one else', async () => {
    const as = under(transferring)
    const { id } = await somePost('s1::ana')
    const mine = as({ sub: 's1', user_id: 'ana' })
    for (const owner of ['eve', 's9::eve', null]) {
      await expect(as(eve).post.update({ where: { id }, data: { owner } })).rejects.toMatchObject(
        naming('owner'),
      )
    }
    expect(await mine.post.update({ where: { id }, data: { owner: 's9::eve' } })).toMatchObject({
      owner: 's9::eve',
    })
    await expect(mine.post.update({ where: { id }, data: { owner: 's1::ana' } })).rejects.toMatchObject(
      naming('owner'),
    )
  })

  test('transferable is for the very rule: who matches another owner rule hands nothing over by it', async () => {
    const as = under(
      defineData({
        schema: a.schema({
          Product: a
            .model()
            .authorization((allow) => [
              allow.owner().identityClaim('user_id').transferable(),
              allow.ownerDefinedIn('name').identityClaim('user_id'),
              allow.ownerDefinedIn('sku').identityClaim('user_id').to(['read', 'delete']),
            ]),
        }),
      }),
    )
    const { id } = await service.unscoped.product.create({
      data: { owner: 'ana', name: 'bo', sku: 'cy', price: '1' },
    })
    const where = { id }
    const { product } = as({ user_id: 'bo' })
    expect(await product.update({ where, data: { price: '2', owner: 'ana' } })).toMatchObject({
      owner: 'ana',
    })
    for (const data of [{ owner: 'bo' }, { owner: null }, { name: 'eve' }, { sku: 'eve' }])
      await expect(product.update({ where, data })).rejects.toMatchObject(naming(...Object.keys(data)))
    // Nor does the transferable rule lift the column of another.
    for (const data of [{ name: 'ana' }, { sku: 'ana' }])
      await expect(as({ user_id: 'ana' }).product.update({ where, data })).rejects.toMatchObject(
        naming(...Object.keys(data)),
      )
    await as({ user_id: 'ana' }).product.update({ where, data: { owner: 'eve' } })
    expect(await service.unscoped.product.findUnique({ where })).toMatchObject({ owner: 'eve' })
  })

  test('clearing a field is an update: who may delete the row may not empty it', async () => {
    const as = under(
      defineData({
        schema: a.schema({
          Post: a
            .model()
            .authorization((allow) => allow.owner().identityClaim('user_id').to(['read', 'delete'])),
        }),
      }),
    )
    const { id } = await service.unscoped.post.create({
      data: { owner: 'eve', postname: 'p', content: 'c' },
    })
    const { post } = as(eve)
    await expect(post.update({ where: { id }, data: { content: null } })).rejects.toMatchObject(refused)
    await expect(post.updateMany({ data: { content: null } })).rejects.toMatchObject(refused)
    expect(await service.unscoped.post.findUnique({ where: { id } })).toMatchObject({ content: 'c' })
    await post.delete({ where: { id } })
  })

  test('sending the shown form of an owner never changes what is stored, so that a namesake takes nothing', async () => {
    const as = under(transferring)
    const { id } = await somePost('s1::ana')
    const namesake = as({ sub: 's8', user_id: 'ana' })
    expect(await namesake.post.findMany({ where: { owner: 'ana' } })).toEqual([])
    await namesake.post.update({ where: { id }, data: { owner: 'ana' } }).catch(() => undefined)
    expect(await service.unscoped.post.findUnique({ where: { id } })).toMatchObject({ owner: 's1::ana' })
    await expect(namesake.post.delete({ where: { id } })).rejects.toThrow()
  })

  test.each([
    ['an owner who could hand the row over', { sub: 's1', user_id: 'ana' }],
    ['a moderator', { sub: 's7', user_groups: ['Moderator'] }],
  ])('%s who sends back the row as he got it does not change its owner', async (_, claims) => {
    const { id } = await service.unscoped.product.create({
      data: { name: 'n', sku: 's', price: '1', owner: 's1::ana' },
    })
    const caller = service.caller(claims)
    const { owner } = (await caller('GET', `/v1/products/${id}`)).body as { owner: string }
    expect(owner).toBe('ana')
    expect((await caller('PATCH', `/v1/products/${id}`, { body: { owner, name: 'm' } })).status).toBe(200)
    expect(await service.unscoped.product.findUnique({ where: { id } })).toMatchObject({
      owner: 's1::ana',
      name: 'm',
    })
    await caller('PATCH', `/v1/products/${id}`, { body: { owner: 's2::bo' } })
    expect(await service.unscoped.product.findUnique({ where: { id } })).toMatchObject({ owner: 's2::bo' })
  })

  test('the unchanged owner of a uuid column is accepted from a caller with a composite identity', async () => {
    const as = under(
      defineData({
        schema: a.schema({
          Comment: a
            .model()
            .authorization((allow) => [allow.ownerDefinedIn('postId'), allow.authenticated().to(['read'])]),
        }),
      }),
    )
    const { id: postId } = await somePost(null)
    const { id } = await service.unscoped.comment.create({ data: { postId, body: 'x' } })
    const mine = as({ sub: postId, username: 'ana' }, { provider: 'userPools' })
    expect(await mine.comment.update({ where: { id }, data: { postId, body: 'y' } })).toMatchObject({
      body: 'y',
    })
  })

  test('an empty update is no way round: it needs a row the caller may update', async () => {
    const { id } = await someProject(['ana'])
    expect((await bo()('PATCH', `/v1/projects/${id}`, { body: {} })).status).toBe(404)
    expect((await projectNow(id)).version).toBe(1)
  })
})

describe('section 4: the stored row, and the answer', () => {
  test('update and delete look at the stored row, not at what is sent', async () => {
    const { id } = await someProject(['ana'], ['red'])
    const sent = { owners: ['bo'], teams: ['green'], name: 'taken' }
    expect((await bo()('PATCH', `/v1/projects/${id}`, { body: sent })).status).toBe(404)
    expect((await bo()('DELETE', `/v1/projects/${id}`)).status).toBe(404)
    expect(await projectNow(id)).toMatchObject({ owners: ['ana'], teams: ['red'], name: 'n', version: 1 })
  })

  test('a miss is 403 for a row the caller may get, and 404 for any other', async () => {
    const { id } = await service.unscoped.employee.create({ data: { owner: 'ana', name: 'Ana' } })
    expect((await bo()('PATCH', `/v1/employees/${id}`, { body: { bio: 'x' } })).status).toBe(403)
    expect((await bo()('DELETE', `/v1/employees/${id}`)).status).toBe(403)
    const gone = '0199aaaa-0000-7000-8000-00000000ffff'
    expect((await bo()('PATCH', `/v1/employees/${gone}`, { body: { bio: 'x' } })).status).toBe(404)
    expect((await bo()('DELETE', `/v1/employees/${gone}`)).status).toBe(404)
  })

  test('a writer who may not read gets the id alone on 201, then 204, and 403 for reading', async () => {
    const created = await ana()('POST', '/v1/posts', { body: { postname: 'p', content: 'c' } })
    expect(created.status).toBe(201)
    expect(created.body).toEqual({ id: expect.any(String) as string })
    expect(created.headers['etag']).toBeUndefined()
    const path = `/v1/posts/${idOf(created.body)}`
    const patched = await ana()('PATCH', path, { body: { content: 'd' } })
    expect([patched.status, patched.text]).toEqual([204, ''])
    expect((await ana()('GET', path)).status).toBe(403)
    expect((await ana()('GET', '/v1/posts')).status).toBe(403)
    expect((await bo()('PATCH', path, { body: { content: 'e' } })).status).toBe(404)
    expect((await bo()('DELETE', path)).status).toBe(404)
    expect((await ana()('DELETE', path)).status).toBe(204)
  })

  test('a writer who may not read cannot search by a guarded write', async () => {
    const { id } = await service.unscoped.post.create({
      data: { owner: 'ana', postname: 'p', content: 'secret' },
    })
    const client = service.db.as(service.principal({ user_id: 'ana' }))
    for (const content of ['secret', 'other']) {
      const where = { id, content }
      await expect(client.post.update({ where, data: { postname: 'x' } })).rejects.toMatchObject(unknown)
      await expect(client.post.delete({ where })).rejects.toMatchObject(unknown)
    }
    const etag = '"1-AAAAAAAAAAAAAAAAAAAAAA"'
    const guess = await ana()('DELETE', `/v1/posts/${id}`, { headers: { 'If-Match': etag } })
    const wrong = await ana()('DELETE', `/v1/posts/${id}`, {
      headers: { 'If-Match': etag.replace('1', '2') },
    })
    expect([guess.status, guess.body]).toMatchObject([
      wrong.status,
      { code: (wrong.body as { code: string }).code },
    ])
  })

  test('the answer judges fields on the row after the write', async () => {
    const { id } = await someProject([], ['red'])
    const handedOver = await red()('PATCH', `/v1/projects/${id}`, { body: { name: 'last words' } })
    expect(handedOver.body).toMatchObject({ name: 'last words' })
    const as = under(
      defineData({
        schema: a.schema({
          Post: a
            .model({
              content: a
                .field()
                .authorization((allow) => [
                  allow.ownerDefinedIn('postname').identityClaim('user_id').to(['read']),
                  allow.group('Clerk').to(['update']),
                ]),
              postname: a
                .field()
                .authorization((allow) => [allow.authenticated().to(['read']), allow.group('Clerk')]),
            })
            .authorization((allow) => allow.authenticated().to(['read'])),
        }),
      }),
    )
    const post = await service.unscoped.post.create({ data: { postname: 'eve', content: 'c' } })
    const clerk = as({ ...eve, groups: ['Clerk'] })
    expect(await clerk.post.findUnique({ where: { id: post.id } })).toMatchObject({ content: 'c' })
    const written = await clerk.post.update({
      where: { id: post.id },
      data: { postname: 'ana', content: 'd' },
    })
    expect(written).toMatchObject({ postname: 'ana' })
    expect(written).not.toHaveProperty('content')
  })

  test('R39 a foreign key to a hidden row fails as one to no row does', async () => {
    const hidden = await somePost('bo')
    const bodies = await Promise.all(
      [hidden.id, '0199aaaa-0000-7000-8000-00000000ffff'].map(async (postId) => {
        const { status, body } = await ana()('POST', '/v1/comments', { body: { postId, body: 'x' } })
        const { instance: _instance, requestId: _requestId, ...rest } = body as Record<string, unknown>
        return { status, rest }
      }),
    )
    expect(bodies[0]).toEqual(bodies[1])
    expect(bodies[0]).toMatchObject({ status: 422, rest: { errors: [{ pointer: '/postId' }] } })
    // Ana may write this post, but not get it: her own comment cannot point at it either.
    const own = await somePost('ana')
    expect((await ana()('POST', '/v1/comments', { body: { postId: own.id, body: 'x' } })).status).toBe(422)
  })

  test('a cascade that the Prisma schema names is the decision of the operator', async () => {
    const { id } = await somePost('ana')
    await service.unscoped.comment.create({ data: { postId: id, owner: 'bo', body: 'x' } })
    expect((await ana()('DELETE', `/v1/posts/${id}`)).status).toBe(204)
    expect(await service.unscoped.comment.count()).toBe(0)
  })

  test.each(['07', '+7', ' 7', '7 ', '7.0', '7e0', '0x7', '٧', '-0', '', '7n', 7.5, '7,8', [7], true])(
    'an identity of %j is not 7 in a number column',
    async (user_id) => {
      const as = under(
        defineData({
          schema: a.schema({
            Product: a
              .model()
              .authorization((allow) => [
                allow.ownerDefinedIn('rating').identityClaim('user_id'),
                allow.ownerDefinedIn('stock').identityClaim('user_id'),
                allow.groupsDefinedIn('scores').withClaimIn('user_id'),
              ]),
          }),
        }),
      )
      const row = { name: 'n', sku: 's', price: '1', rating: 7, stock: 7n, scores: [7] }
      await service.unscoped.product.createMany({
        data: [row, { ...row, sku: 't', rating: 0, stock: 0n, scores: [0] }],
      })
      const reach = (claims: Claims) =>
        as(claims)
          .product.count()
          .catch(() => 0)
      expect(await reach({ user_id })).toBe(0)
      expect(await reach({ user_id: 7 })).toBe(1)
      expect(await reach({ user_id: '7' })).toBe(1)
    },
  )
})

describe('section 5: fields', () => {
  const anas = '0199aaaa-0000-7000-8000-000000000001'
  beforeEach(() =>
    service.unscoped.employee.createMany({
      data: [
        { id: anas, owner: 'ana', name: 'Ana', salary: '4200', notes: 'canary' },
        { owner: 'bo', name: 'Bo', salary: '3900', notes: 'canary' },
        { owner: null, name: 'Nobody', salary: '9000', notes: 'canary' },
        { owner: 'cy', name: 'Cy', salary: null, notes: null },
      ],
    }),
  )
  const boClient = () => service.db.as(service.principal({ user_id: 'bo' }))

  test('R81 a field one may not read is left out of every answer, never null', async () => {
    const { employee } = boClient()
    const rows = [
      await employee.findUnique({ where: { id: anas } }),
      await employee.findFirst({ where: { name: 'Ana' } }),
      ...(await employee.findMany({
        where: { name: 'Ana' },
        select: { id: true, salary: true, notes: true },
      })),
      await employee.create({ data: { name: 'New', owner: 'bo' }, omit: { bio: true } }),
    ]
    for (const row of rows) expect(row).not.toHaveProperty('notes')
    for (const row of rows.slice(0, 3)) expect(row).not.toHaveProperty('salary')
    expect(rows[3]).toHaveProperty('salary', null)
    const [patched] = await employee.updateManyAndReturn({ where: { name: 'Bo' }, data: { bio: 'x' } })
    expect(patched).toMatchObject({ bio: 'x' })
    expect(patched).not.toHaveProperty('notes')
    expect(await employee.delete({ where: { id: rows[3]?.id ?? '' } })).not.toHaveProperty('notes')
    const http = [await bo()('GET', '/v1/employees'), await bo()('GET', `/v1/employees/${anas}`)]
    for (const { text } of http) expect(text).not.toMatch(/canary|4200|9000|"notes"/u)
  })

  test('a row of which only unreadable fields are asked for is there, and empty', async () => {
    const { employee } = boClient()
    expect(await employee.findUnique({ where: { id: anas }, select: { salary: true } })).toEqual({})
    // `notes` is readable on no row: it does not exist for him, or is left out as above; Prisma never complains.
    const asked = employee.findUnique({ where: { id: anas }, select: { notes: true } })
    const outcome = await asked.catch((error: unknown) => error)
    expect([{}, expect.objectContaining(unknown)]).toContainEqual(outcome)
  })

  test('a field one can never read is unknown: the same 400, before its value is looked at', async () => {
    const comparable = async (query: string) => {
      const { status, body } = await bo()('GET', `/v1/employees?${query}`)
      const { instance: _instance, requestId: _requestId, ...rest } = body as Record<string, unknown>
      return { status, text: JSON.stringify(rest).replaceAll(/notes|nopes/gu, 'F') }
    }
    for (const [known, nonsense] of [
      ['notes=x', 'nopes=x'],
      ['notes=', 'nopes='],
      ['notes=a&notes=b', 'nopes=a&nopes=b'],
      ['sort=notes', 'sort=nopes'],
      ['sort=notes_desc', 'sort=nopes_desc'],
    ] as const) {
      const answer = await comparable(known)
      expect(answer.status).toBe(400)
      expect(answer).toEqual(await comparable(nonsense))
    }
    const { employee } = boClient()
    for (const where of [
      { notes: 'x' },
      { notes: { nope: 1 } },
      { notes: undefined },
      { NOT: { notes: null } },
    ])
      await expect(employee.findMany({ where: where as never })).rejects.toMatchObject(unknown)
  })

  test('a field that is readable on some rows may be filtered on, but nothing is sorted or summed by it', async () => {
    const answer = await bo()('GET', '/v1/employees?salary=3900')
    expect(answer.body).toMatchObject({ items: [{ name: 'Bo' }] })
    expect((await bo()('GET', '/v1/employees?sort=salary')).status).toBe(400)
    const { employee } = boClient()
    for (const call of [
      () => employee.findMany({ orderBy: { salary: 'asc' } }),
      () => employee.findMany({ orderBy: [{ name: 'asc' }, { salary: { sort: 'desc', nulls: 'last' } }] }),
      () => employee.findMany({ distinct: ['salary'] }),
      () => employee.aggregate({ _max: { salary: true } }),
      () => employee.aggregate({ _count: { salary: true } }),
      () => employee.count({ select: { salary: true } }),
      () => employee.groupBy({ by: ['salary'] }),
      () => employee.groupBy({ by: ['name'], _sum: { salary: true } }),
      () => employee.groupBy({ by: ['name'], orderBy: { _avg: { salary: 'asc' } } }),
      () => employee.groupBy({ by: ['name', 'salary'], having: { salary: { gt: 1 } } }),
      () => employee.findMany({ cursor: { id: anas, salary: 4200 } }),
    ])
      await expect(call()).rejects.toMatchObject(unknown)
  })

  const bisections: readonly object[] = [
    { salary: { gte: 4000 } },
    { salary: { not: 4200 } },
    { salary: { notIn: [4200] } },
    { salary: { not: { gte: 4000 } } },
    { salary: { not: { not: 4200 } } },
    { salary: null },
    { salary: { not: null } },
    { NOT: { salary: { gte: 4000 } } },
    { NOT: { salary: { lt: 4000 } } },
    { NOT: [{ salary: { gte: 4000 } }] },
    { NOT: { NOT: { salary: { gte: 4000 } } } },
    { NOT: { OR: [{ salary: { gte: 4000 } }, { name: 'x' }] } },
    { NOT: { AND: [{ salary: { gte: 4000 } }, { name: { not: 'x' } }] } },
    { NOT: { salary: null } },
    { NOT: { salary: { not: null } } },
    { NOT: { salary: { in: [] } } },
    { salary: { notIn: [] } },
    { OR: [{ salary: { gte: 4000 } }, { NOT: { salary: { gte: 4000 } } }] },
    { OR: [{ NOT: { salary: { lt: 0 } } }, { AND: [{ salary: { equals: 9000 } }] }] },
  ]
  test.each(bisections.map((where) => [where]))(
    '%j finds no row whose salary is hidden: neither of another owner nor of none',
    async (where) => {
      const { employee } = boClient()
      const rows = await employee.findMany({ where })
      expect(rows.filter(({ name }) => name !== 'Bo')).toEqual([])
      expect(await employee.count({ where })).toBe(rows.length)
      expect((await employee.updateMany({ where, data: { bio: 'x' } })).count).toBe(rows.length)
      expect(await service.unscoped.employee.count({ where: { bio: 'x', owner: { not: 'bo' } } })).toBe(0)
    },
  )

  test('bisection works on the unscoped client, so it is the scope that stops it', async () => {
    const where = { NOT: { salary: { lt: 4000 } } }
    expect(await service.unscoped.employee.count({ where })).toBe(2)
  })

  test('a unique value that is hidden cannot be guessed by findUnique, update or delete', async () => {
    const as = under(
      defineData({
        schema: a.schema({
          Product: a
            .model({ sku: a.field().authorization((allow) => allow.owner().identityClaim('user_id')) })
            .authorization((allow) => allow.authenticated()),
        }),
      }),
    )
    const { id } = await service.unscoped.product.create({
      data: { owner: 'ana', name: 'n', sku: 'hidden', price: '1' },
    })
    const { product } = as(eve)
    expect(await product.findMany()).toMatchObject([{ id }])
    for (const sku of ['hidden', 'wrong']) {
      expect(await product.findUnique({ where: { sku } })).toBeNull()
      expect(await product.findUnique({ where: { id, sku } })).toBeNull()
      await expect(product.update({ where: { sku }, data: { name: 'x' } })).rejects.toMatchObject(missing)
      await expect(product.update({ where: { id, sku }, data: { name: 'x' } })).rejects.toMatchObject(missing)
      await expect(product.delete({ where: { sku } })).rejects.toMatchObject(missing)
    }
    expect(await as({ user_id: 'ana' }).product.findUnique({ where: { sku: 'hidden' } })).toMatchObject({
      id,
    })
  })

  test('a field one may not write is named, over HTTP and in the scoped client', async () => {
    const mine = await service.unscoped.employee.findFirstOrThrow({ where: { owner: 'bo' } })
    const answer = await bo()('PATCH', `/v1/employees/${mine.id}`, { body: { salary: '9999' } })
    expect(answer.status).toBe(403)
    expect(answer.body).toMatchObject(naming('salary'))
    await expect(
      boClient().employee.update({ where: { id: mine.id }, data: { salary: '9999' } }),
    ).rejects.toMatchObject(naming('salary'))
    await expect(boClient().employee.updateMany({ data: { salary: '9999' } })).rejects.toMatchObject(
      naming('salary'),
    )
    expect(String((await service.unscoped.employee.findUnique({ where: { id: mine.id } }))?.salary)).toBe(
      '3900',
    )
  })
})
