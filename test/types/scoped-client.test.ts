import { expectTypeOf } from 'expect-type'
import { a, defineData } from '../../src/generated/claimstake.js'
import {
  Prisma,
  type Employee,
  type Post,
  type PrismaClient,
  type Todo,
} from '../../src/generated/prisma/client.js'
import {
  claimstake,
  type Claimstake,
  type Data,
  type ErrorCode,
  type Explanation,
  type Principal,
  type ScopedClient,
} from '../../src/index.js'
import type { RuleOperation } from '../../src/policy/operation.js'
import { methods } from '../../src/scope/methods.js'
import type {
  Article,
  Member,
  Passport,
  Prisma as Relations,
  PrismaClient as RelationsClient,
  Tag,
} from '../support/relations/generated/prisma/client.js'

/* eslint-disable @typescript-eslint/no-meaningless-void-operator --
   looking at a property is all that some of the lines do that must not compile */

// What a user sees of the scoped client's types, both ways. `tsc --noEmit` checks this file: a line that is marked as
// an error must not compile. Nothing but the last test is called: there is no client to call it with.

type Mine = ScopedClient<PrismaClient>
type Related = ScopedClient<RelationsClient>
/** Where the rules stamp two columns: the one a row must have, and one that is a foreign key. */
type Stamping = ScopedClient<RelationsClient & PrismaClient, { Todo: 'owner'; Article: 'authorId' }>

/** There is a way to every model and to nothing else. */
export async function surface(db: Claimstake<PrismaClient>, caller: Principal): Promise<void> {
  const mine = db.as(caller)
  expectTypeOf(mine).toEqualTypeOf<Mine>()
  expectTypeOf(mine).not.toBeAny()
  expectTypeOf(db.unscoped).toEqualTypeOf<PrismaClient>()
  expectTypeOf<keyof Mine>().toEqualTypeOf<
    | 'post'
    | 'comment'
    | 'todo'
    | 'project'
    | 'membership'
    | 'employee'
    | 'product'
    | '$transaction'
    | '$explain'
  >()
  expectTypeOf<keyof Mine['post']>().toEqualTypeOf<
    | 'findUnique'
    | 'findUniqueOrThrow'
    | 'findFirst'
    | 'findFirstOrThrow'
    | 'findMany'
    | 'count'
    | 'aggregate'
    | 'groupBy'
    | 'create'
    | 'createMany'
    | 'createManyAndReturn'
    | 'update'
    | 'updateMany'
    | 'updateManyAndReturn'
    | 'upsert'
    | 'delete'
    | 'deleteMany'
  >()
  expectTypeOf<ErrorCode>().toExtend<string>()

  // @ts-expect-error -- no such model
  void mine.nope
  // @ts-expect-error -- references to columns read past the rules
  void mine.post.fields
  // @ts-expect-error -- raw SQL knows no rules
  void mine.$queryRaw
  // @ts-expect-error -- raw SQL knows no rules
  void mine.$executeRawUnsafe
  // @ts-expect-error -- an extension reaches the bare client
  void mine.$extends
  // @ts-expect-error -- so does a model's
  void mine.post.$parent
  // @ts-expect-error -- the connection is the application's
  void mine.$disconnect
  // @ts-expect-error -- nor are its events a caller's
  void mine.$on
  // @ts-expect-error -- a client cannot be changed
  mine.post = mine.comment
  // @ts-expect-error -- nor can a model
  mine.post.create = mine.post.createMany
  // @ts-expect-error -- a row has no methods that find its relations
  void mine.post.findUnique({ where: { id: 'x' } }).comments
  // @ts-expect-error -- whether it is there or not
  void mine.comment.findFirstOrThrow().post
  // @ts-expect-error -- nor has one that was written
  void mine.comment.delete({ where: { id: 'x' } }).post
  // @ts-expect-error -- a principal is needed
  db.as(undefined)
  // @ts-expect-error -- claims alone are no principal
  db.as({ sub: 'ana' })
  await Promise.resolve()
}

/** Without relations, each method answers what Prisma's own does. */
export async function ownColumns(mine: Mine, bare: PrismaClient): Promise<void> {
  expectTypeOf(await mine.post.findMany()).toEqualTypeOf<Post[]>()
  expectTypeOf(await mine.post.findUnique({ where: { id: 'x' } })).toEqualTypeOf<Post | null>()
  expectTypeOf(await mine.post.findUniqueOrThrow({ where: { id: 'x' } })).toEqualTypeOf<Post>()
  expectTypeOf(await mine.employee.findFirst()).toEqualTypeOf<Employee | null>()
  expectTypeOf(await mine.employee.findFirstOrThrow()).toEqualTypeOf<Employee>()
  expectTypeOf(await mine.post.create({ data: { postname: 'x' } })).toEqualTypeOf<Post>()
  expectTypeOf(await mine.post.createMany({ data: [{ postname: 'x' }] })).toEqualTypeOf<{ count: number }>()
  expectTypeOf(await mine.post.createManyAndReturn({ data: { postname: 'x' } })).toEqualTypeOf<Post[]>()
  expectTypeOf(await mine.post.update({ where: { id: 'x' }, data: {} })).toEqualTypeOf<Post>()
  expectTypeOf(await mine.post.updateMany({ data: {} })).toEqualTypeOf<{ count: number }>()
  expectTypeOf(await mine.post.updateManyAndReturn({ data: {} })).toEqualTypeOf<Post[]>()
  expectTypeOf(
    await mine.post.upsert({ where: { id: 'x' }, create: { postname: 'x' }, update: {} }),
  ).toEqualTypeOf<Post>()
  expectTypeOf(await mine.post.delete({ where: { id: 'x' } })).toEqualTypeOf<Post>()
  expectTypeOf(await mine.post.deleteMany()).toEqualTypeOf<{ count: number }>()
  expectTypeOf(await mine.post.findMany({ select: { id: true, owner: true } })).toEqualTypeOf<
    { id: string; owner: string | null }[]
  >()
  expectTypeOf(await mine.post.findMany({ omit: { content: true } })).toEqualTypeOf<Omit<Post, 'content'>[]>()
  expectTypeOf(
    await mine.membership.delete({ where: { teamId_userId: { teamId: 'a', userId: 'b' } } }),
  ).toHaveProperty('role')

  expectTypeOf(await mine.post.count()).toEqualTypeOf<number>()
  expectTypeOf(await mine.post.count({ select: { _all: true, owner: true } })).toEqualTypeOf(
    await bare.post.count({ select: { _all: true, owner: true } }),
  )
  expectTypeOf(
    await mine.product.aggregate({ _avg: { stock: true }, _count: true, _max: { price: true } }),
  ).toEqualTypeOf(
    await bare.product.aggregate({ _avg: { stock: true }, _count: true, _max: { price: true } }),
  )
  expectTypeOf(await mine.product.groupBy({ by: ['status'], _sum: { stock: true } })).toEqualTypeOf(
    await bare.product.groupBy({ by: ['status'], _sum: { stock: true } }),
  )
}

/** A related row can be hidden: at any depth, in what every method returns, one row may be none. */
export async function relations(mine: Mine, related: Related): Promise<void> {
  const comment = await mine.comment.findFirstOrThrow({ include: { post: { include: { comments: true } } } })
  expectTypeOf<null>().toExtend<typeof comment.post>()
  expectTypeOf(comment.post?.comments[0]?.body).toEqualTypeOf<string | undefined>()
  // @ts-expect-error -- the post can be hidden
  void comment.post.id

  const include = { author: true } as const
  expectTypeOf(await related.article.findMany({ include })).toEqualTypeOf<Authored[]>()
  expectTypeOf(
    await related.article.findUnique({ where: { id: 1 }, include }),
  ).toEqualTypeOf<Authored | null>()
  expectTypeOf(
    await related.article.findUniqueOrThrow({ where: { id: 1 }, include }),
  ).toEqualTypeOf<Authored>()
  expectTypeOf(await related.article.findFirst({ include })).toEqualTypeOf<Authored | null>()
  expectTypeOf(await related.article.findFirstOrThrow({ include })).toEqualTypeOf<Authored>()
  expectTypeOf(await related.article.create({ data: { authorId: 1 }, include })).toEqualTypeOf<Authored>()
  expectTypeOf(await related.article.createManyAndReturn({ data: [{ authorId: 1 }], include })).toEqualTypeOf<
    Authored[]
  >()
  expectTypeOf(
    await related.article.update({ where: { id: 1 }, data: {}, include }),
  ).toEqualTypeOf<Authored>()
  expectTypeOf(await related.article.updateManyAndReturn({ data: {}, include })).toEqualTypeOf<Authored[]>()
  expectTypeOf(
    await related.article.upsert({ where: { id: 1 }, create: { authorId: 1 }, update: {}, include }),
  ).toEqualTypeOf<Authored>()
  expectTypeOf(await related.article.delete({ where: { id: 1 }, include })).toEqualTypeOf<Authored>()

  const [article] = await related.article.findMany({
    select: {
      id: true,
      author: { include: { passport: { include: { member: { select: { name: true } } } }, friends: true } },
      tags: { include: { articles: { select: { author: true } } } },
      room: { omit: { name: true } },
      _count: true,
    },
  })
  if (!article) return
  expectTypeOf(article.id).toEqualTypeOf<number>()
  expectTypeOf<NonNullable<typeof article.author>['friends']>().toEqualTypeOf<Member[]>()
  expectTypeOf<NonNullable<typeof article.author>['passport']>().toEqualTypeOf<
    (Passport & { member: { name: string } | null }) | null
  >()
  expectTypeOf(article.tags).toEqualTypeOf<(Tag & { articles: { author: Member | null }[] })[]>()
  expectTypeOf(article.room).toEqualTypeOf<{
    building: string
    number: number
    owner: string | null
  } | null>()
  expectTypeOf(article._count.tags).toEqualTypeOf<number>()
  // @ts-expect-error -- the passport can be hidden, as it could be missing
  void article.author?.passport.id
  // @ts-expect-error -- a required relation is no less hidden three steps away
  void article.author?.passport?.member.name

  // A key of two columns, a model related to itself, relations by name.
  expectTypeOf(
    (await related.labelling.findFirst({ select: { label: { select: { id: true } } } }))?.label,
  ).toEqualTypeOf<{ id: number } | null | undefined>()
  expectTypeOf(
    (await related.member.findFirstOrThrow({ include: { manager: { include: { reports: true } } } })).manager,
  ).toEqualTypeOf<(Member & { reports: Member[] }) | null>()
}

type Authored = Article & { author: Member | null }

/** What Prisma's arguments are for, in the forms that programs give them. */
export async function accepted(mine: Mine, related: Related, wide: boolean, names: string[]): Promise<void> {
  const where: Prisma.PostWhereInput = {}
  const created: Prisma.PostCreateInput = { postname: 'x' }
  const unchecked: Prisma.PostUncheckedCreateInput = { postname: 'x' }
  const finding: Prisma.PostFindManyArgs = { where }
  const writing: Prisma.PostUpsertArgs = { where: { id: 'x' }, create: created, update: {} }
  await mine.post.findMany(finding)
  await mine.post.upsert(writing)
  await mine.post.create({ data: created })
  await mine.post.create({ data: unchecked })
  await mine.post.findMany({ where: { AND: [where, { id: 'x' }], OR: names.map((id) => ({ id })) } })
  await mine.post.findMany({ where: wide ? { id: 'x' } : {}, ...(wide ? { take: 1 } : {}) })
  await mine.post.findMany({ where: { ...(wide && { id: 'x' }), owner: Prisma.skip } })
  await mine.post.createMany({ data: names.map((postname) => ({ postname })) })
  await mine.product.create({
    data: {
      name: 'x',
      sku: 'x',
      price: new Prisma.Decimal(1),
      stock: 1n,
      attributes: { a: [1, { b: null }] },
      thumbnail: new Uint8Array(1),
      tags: names,
      scores: { set: [1] },
      releasedAt: new Date(),
      status: 'draft',
    },
  })
  await mine.product.update({
    where: { sku: 'x' },
    data: { attributes: Prisma.DbNull, rating: { increment: 1 }, tags: { push: 'x' }, price: '1.2' },
  })
  await mine.product.findMany({
    where: {
      attributes: { path: ['a'], equals: Prisma.AnyNull },
      price: { gt: 1 },
      tags: { hasSome: names },
    },
    distinct: ['sku', 'name'],
    orderBy: { weight: { sort: 'asc', nulls: 'last' } },
    cursor: { sku: 'x' },
    take: 1,
    skip: 2,
  })
  await mine.post.findMany({
    include: {
      _count: { select: { comments: { where: { body: 'x' } } } },
      comments: { omit: { body: true }, orderBy: { createdAt: 'desc' }, take: 1 },
    },
  })

  const include = { author: { include: { passport: true } } } satisfies Relations.ArticleInclude
  const [article] = await related.article.findMany({ include })
  expectTypeOf(article?.author?.passport?.id).toEqualTypeOf<number | undefined>()
  await related.article.findUnique({ where: { id: 1, version: 2 }, include: { author: wide } })
  await related.article.findMany({
    where: {
      author: { is: { reports: { some: { name: { contains: 'x', mode: 'insensitive' } } } } },
      room: null,
      tags: { none: {} },
    },
    orderBy: [{ author: { name: 'asc' } }, { tags: { _count: 'desc' } }],
  })
  await related.member.create({
    data: {
      manager: { connectOrCreate: { where: { id: 1 }, create: { name: 'x' } } },
      articles: { create: [{ title: 'x', tags: { connect: [{ id: 1 }] } }] },
      friends: { connect: { id: 1 } },
    },
  })
  await related.member.update({
    where: { id: 1 },
    data: {
      articles: {
        updateMany: { where: { title: 'x' }, data: { title: 'y' } },
        upsert: [{ where: { id: 1 }, create: { title: 'x' }, update: { title: { set: 'x' } } }],
      },
      profile: { delete: true },
      passport: { update: { number: 'x' } },
    },
  })
}

/** Never called. */
export async function refused(mine: Mine, related: Related): Promise<void> {
  // @ts-expect-error -- no such column
  await mine.post.findMany({ where: { nope: 1 } })
  // @ts-expect-error -- nor beside one that is
  await mine.post.findMany({ where: { id: 'x', nope: 1 } })
  // @ts-expect-error -- nor in a relation
  await related.article.findMany({ where: { author: { is: { name: 'x', nope: 1 } } } })
  // @ts-expect-error -- nor to be counted
  await mine.post.count({ where: { id: 'x', nope: 1 } })
  // @ts-expect-error -- nor to be selected
  await mine.post.findMany({ select: { id: true, nope: true } })
  // @ts-expect-error -- nor three relations away
  await related.tag.findMany({ include: { articles: { include: { author: { select: { nope: true } } } } } })
  // @ts-expect-error -- nor to order by
  await mine.post.findMany({ orderBy: [{ id: 'asc' }, { nope: 'asc' }] })
  // @ts-expect-error -- nor to be written
  await mine.post.create({ data: { postname: 'x', nope: 1 } })
  // @ts-expect-error -- nor in a row of many
  await mine.post.createMany({ data: [{ postname: 'x' }, { postname: 'x', nope: 1 }] })
  // @ts-expect-error -- nor below a relation
  await mine.post.create({ data: { postname: 'x', comments: { create: { body: 'x', nope: 1 } } } })
  // @ts-expect-error -- no such relation
  await mine.todo.findMany({ include: { post: true } })
  // @ts-expect-error -- no such argument
  await mine.post.findMany({ nope: true })
  // @ts-expect-error -- of another type
  await mine.post.create({ data: { postname: 1 } })
  // @ts-expect-error -- a required column
  await mine.post.create({ data: {} })
  // @ts-expect-error -- which row?
  await mine.post.findUnique()
  // @ts-expect-error -- `content` is not unique
  await mine.post.findUnique({ where: { content: 'x' } })
  // @ts-expect-error -- what should be written?
  await mine.post.createMany()
  // @ts-expect-error -- one of them says which fields are wanted
  await mine.post.findMany({ select: { id: true }, include: { comments: true } })
  // @ts-expect-error -- these two do not go together either
  await mine.post.findMany({ select: { id: true }, omit: { owner: true } })
  // @ts-expect-error -- how relations are loaded is not the caller's choice
  await mine.post.findMany({ relationLoadStrategy: 'join' })
  // @ts-expect-error -- Prisma would look the rows up first
  await mine.post.updateMany({ data: { content: 'x' }, limit: 1 })
  // @ts-expect-error -- and here
  await mine.post.updateManyAndReturn({ data: { content: 'x' }, limit: 1 })
  // @ts-expect-error -- and here
  await mine.post.deleteMany({ limit: 1 })
}

/** Both forms of a transaction. */
export async function transactions(mine: Mine, bare: PrismaClient, names: string[]): Promise<void> {
  const listed = await mine.$transaction(
    async (tx) => {
      expectTypeOf(await tx.post.findMany()).toEqualTypeOf<Post[]>()
      expectTypeOf(tx.$explain('get', 'Post')).toEqualTypeOf<Explanation>()
      const comment = await tx.comment.findFirstOrThrow({ include: { post: true } })
      // @ts-expect-error -- the post can be hidden here too
      void comment.post.id
      // @ts-expect-error -- no transaction in a transaction
      void tx.$transaction
      // @ts-expect-error -- raw SQL knows no rules
      void tx.$queryRaw
      return tx.todo.count()
    },
    { isolationLevel: 'Serializable', timeout: 1000, maxWait: 1000 },
  )
  expectTypeOf(listed).toEqualTypeOf<number>()

  const both = await mine.$transaction(
    [mine.post.findMany(), mine.todo.count(), mine.post.groupBy({ by: 'owner' })],
    { isolationLevel: 'ReadCommitted' },
  )
  expectTypeOf(both[0]).toEqualTypeOf<Post[]>()
  expectTypeOf(both[1]).toEqualTypeOf<number>()
  expectTypeOf(both[2][0]?.owner).toEqualTypeOf<string | null | undefined>()
  const made = await mine.$transaction(names.map((postname) => mine.post.create({ data: { postname } })))
  expectTypeOf(made).toEqualTypeOf<Post[]>()
  // What a call returns is what code that is given Prisma's promises asks for.
  expectTypeOf(mine.post.findMany()).toExtend<Prisma.PrismaPromise<Post[]>>()
  expectTypeOf(mine.post.findUnique({ where: { id: 'x' } })).toExtend<Prisma.PrismaPromise<Post | null>>()
  void bare.$transaction([mine.post.findMany()])

  // @ts-expect-error -- no call of a client's
  await mine.$transaction([Promise.resolve(1)])
  // @ts-expect-error -- there is nothing to wait for
  await mine.$transaction([mine.post.findMany()], { timeout: 1 })
  // @ts-expect-error -- no such level
  await mine.$transaction([mine.post.findMany()], { isolationLevel: 'Chaos' })
}

/** Why, with the names of the models. */
export function explanations(mine: Mine): void {
  expectTypeOf(mine.$explain('get', 'Post')).toEqualTypeOf<Explanation>()
  expectTypeOf(
    mine.$explain('update', 'Membership', { userId: 'ana' }, { values: false }),
  ).toEqualTypeOf<Explanation>()
  // @ts-expect-error -- no such model
  mine.$explain('get', 'Psot')
  // @ts-expect-error -- the model's name, not the client's word for it
  mine.$explain('get', 'post')
  // @ts-expect-error -- a rule's word, which is three operations
  mine.$explain('read', 'Post')
}

/** A column that the rules stamp need not be sent; it may be. */
export async function stamped(mine: Mine, stamping: Stamping): Promise<void> {
  expectTypeOf((await stamping.todo.create({ data: { title: 'x' } })).owner).toEqualTypeOf<string>()
  await stamping.todo.create({ data: { title: 'x', owner: 'ana' } })
  await stamping.todo.createMany({ data: [{ title: 'x' }, { title: 'y', owner: 'ana' }] })
  await stamping.todo.createManyAndReturn({ data: { title: 'x' } })
  await stamping.todo.upsert({ where: { id: 1 }, create: { title: 'x' }, update: {} })
  await stamping.article.create({ data: { title: 'x' } })
  await stamping.article.create({ data: { title: 'x', author: { connect: { id: 1 } } } })

  // @ts-expect-error -- the other required column
  await stamping.todo.create({ data: {} })
  // @ts-expect-error -- no such column
  await stamping.todo.create({ data: { title: 'x', ownr: 'ana' } })
  // @ts-expect-error -- of another type
  await stamping.todo.create({ data: { title: 'x', owner: 1 } })
  // @ts-expect-error -- stamped in one model, required in another
  await stamping.passport.create({ data: { number: 'x' } })
  // @ts-expect-error -- where nothing is known of the rules, it must be sent
  await mine.todo.create({ data: { title: 'x' } })
  // A client that asks for less goes where one is expected that asks for more.
  expectTypeOf<ScopedClient<PrismaClient, { Todo: 'owner' }>>().toExtend<Mine>()
}

/** What the client omits everywhere stays out, unless it is asked for. */
export async function omitting(
  mine: ScopedClient<PrismaClient<never, { employee: { salary: true }; post: { content: true } }>>,
): Promise<void> {
  expectTypeOf(await mine.employee.findMany()).toEqualTypeOf<Omit<Employee, 'salary'>[]>()
  expectTypeOf(await mine.employee.findFirst({ omit: { salary: false } })).toEqualTypeOf<Employee | null>()
  expectTypeOf(await mine.todo.findMany()).toEqualTypeOf<Todo[]>()
  const { post } = await mine.comment.findFirstOrThrow({ include: { post: true } })
  expectTypeOf(post).toEqualTypeOf<Omit<Post, 'content'> | null>()
}

/** What is stamped follows from the rules. */
export async function stampedByRules(bare: PrismaClient, caller: Principal): Promise<void> {
  const schema = a.schema({
    Todo: a
      .model()
      .authorization((allow) => [
        allow.group('Moderator'),
        allow.groupDefinedIn('owner').to(['read']),
        allow.owner().identityClaim('user_id').to(['create', 'read']),
      ]),
    Comment: a.model({ body: a.field().authorization((allow) => allow.ownerDefinedIn('postId')) }),
    Post: a.model().authorization((allow) => allow.ownerDefinedIn('postname').to(['read'])),
    Product: a.model().authorization((allow) => allow.ownersDefinedIn('tags')),
  })
  const data = defineData({ schema })
  expectTypeOf(data).toExtend<Data>()
  const db = claimstake({ prisma: bare, data })
  const mine = db.as(caller)
  await mine.todo.create({ data: { title: 'x' } })
  await mine.comment.create({ data: { body: 'x' } })
  await mine.$transaction(async (tx) => tx.todo.createMany({ data: [{ title: 'x' }] }))
  // @ts-expect-error -- a rule without `create` stamps nothing
  await mine.post.create({ data: {} })
  // @ts-expect-error -- nor does a rule for a list say anything of a column
  await mine.product.create({ data: { name: 'x', price: 1 } })
  // @ts-expect-error -- nor is there a rule
  await mine.membership.create({ data: { teamId: 'x' } })

  // Operations that are known at run time only may be without `create`.
  const words: RuleOperation[] = ['create']
  const wide = a.schema({ Todo: a.model().authorization((allow) => allow.owner().to(words)) })
  const unsure = claimstake({ prisma: bare, data: defineData({ schema: wide }) }).as(caller)
  // @ts-expect-error -- so the owner must be sent
  await unsure.todo.create({ data: { title: 'x' } })
  // Nothing is known of rules whose type was given up.
  const untyped: Data = data
  const unknowing = claimstake({ prisma: bare, data: untyped }).as(caller)
  // @ts-expect-error -- so the owner must be sent
  await unknowing.todo.create({ data: { title: 'x' } })
  // Who names the type without the rules gets what must always be sent.
  expectTypeOf(db).toExtend<Claimstake<PrismaClient>>()
}

/** A client that was extended: its computed columns are there, its new methods are not. */
export async function extensions(
  bare: PrismaClient,
  scope: <P extends object>(prisma: P) => ScopedClient<P>,
): Promise<void> {
  const extended = bare.$extends({
    client: { audit: () => 1 },
    model: { $allModels: { raw: () => 1 } },
    result: {
      post: { loud: { needs: { postname: true }, compute: ({ postname }) => postname.toUpperCase() } },
    },
  })
  const mine = scope(extended)
  expectTypeOf<keyof typeof mine>().toEqualTypeOf<keyof Mine>()
  expectTypeOf<keyof typeof mine.post>().toEqualTypeOf<keyof Mine['post']>()
  const { post } = await mine.comment.findFirstOrThrow({ include: { post: true } })
  expectTypeOf(post?.loud).toEqualTypeOf<string | undefined>()
  // @ts-expect-error -- the post can be hidden
  void post.loud
  // @ts-expect-error -- no such column
  await mine.post.findMany({ where: { id: 'x', nope: 1 } })
  // @ts-expect-error -- it is given the bare client
  void mine.audit
  // @ts-expect-error -- so is this
  void mine.post.raw
}

test('the types are checked by tsc; each method there is has one', () => {
  const typed: Record<keyof Mine['post'], true> = {
    findUnique: true,
    findUniqueOrThrow: true,
    findFirst: true,
    findFirstOrThrow: true,
    findMany: true,
    count: true,
    aggregate: true,
    groupBy: true,
    create: true,
    createMany: true,
    createManyAndReturn: true,
    update: true,
    updateMany: true,
    updateManyAndReturn: true,
    upsert: true,
    delete: true,
    deleteMany: true,
  }
  expect(Object.keys(methods).sort()).toEqual(Object.keys(typed).sort())
})
