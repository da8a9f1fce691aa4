import { expectTypeOf } from 'expect-type'
import { a, defineData } from '../../src/generated/claimstake.js'
import type { Schema as ExampleSchema } from '../../src/data/resource.js'
import type { PrismaClient } from '../../src/generated/prisma/client.js'
import { authenticator, type ClaimsEnrichment, type ClientSchema, type Data } from '../../src/index.js'
import { allow } from '../../src/policy/allow.js'
import { a as related, defineData as defineRelated } from '../support/relations/generated/claimstake.js'

/* eslint-disable @typescript-eslint/no-unsafe-call, @typescript-eslint/no-meaningless-void-operator --
   a line that must not compile has no types, and looking at a property is all that some of them do */

// What a user sees of the types, both ways. `tsc --noEmit` checks this file; a line after @ts-expect-error must not
// compile. Nothing here is called but the last lines: some of it would throw.

/** Never called. */
export function mustNotCompile(): void {
  // @ts-expect-error -- no such model
  a.schema({ Psot: a.model().authorization((rule) => rule.owner()) })
  // @ts-expect-error -- no such model, without rules of its own
  a.schema({ post: a.model() })
  // @ts-expect-error -- no such field
  a.schema({ Post: a.model({ postnam: a.field() }) })
  // @ts-expect-error -- a relation has no rules
  a.schema({ Post: a.model({ comments: a.field().authorization((rule) => rule.guest()) }) })
  // @ts-expect-error -- Project has no column `owner`
  a.schema({ Project: a.model().authorization((rule) => rule.owner()) })
  // @ts-expect-error -- one fault among good rules
  a.schema({ Post: a.model().authorization((rule) => [rule.owner(), rule.ownerDefinedIn('writer')]) })
  // @ts-expect-error -- one bad model among good ones
  a.schema({ Post: a.model().authorization((rule) => rule.owner()), Nope: a.model() })
  // @ts-expect-error -- `owners` is a list
  a.schema({ Project: a.model().authorization((rule) => rule.ownerDefinedIn('owners')) })
  // @ts-expect-error -- `owner` is no list
  a.schema({ Post: a.model().authorization((rule) => rule.ownersDefinedIn('owner')) })
  // @ts-expect-error -- `teams` is a list
  a.schema({ Project: a.model().authorization((rule) => rule.groupDefinedIn('teams').to(['read'])) })
  // @ts-expect-error -- `owner` is no list, for groups either
  a.schema({ Post: a.model().authorization((rule) => rule.groupsDefinedIn('owner').withClaimIn('x')) })
  // @ts-expect-error -- a field rule looks at the model's columns too
  a.schema({ Post: a.model({ content: a.field().authorization((rule) => rule.ownerDefinedIn('nope')) }) })
  // @ts-expect-error -- a relation is no column
  a.schema({ Post: a.model().authorization((rule) => rule.ownersDefinedIn('comments')) })

  // @ts-expect-error -- no such relation
  related.schema({ Article: related.model().link('tag', 'get') })
  // @ts-expect-error -- a column
  related.schema({ Article: related.model().link('title', 'get') })
  // @ts-expect-error -- to one row
  related.schema({ Article: related.model().link('author', 'get') })
  // @ts-expect-error -- the foreign key is on the other row
  related.schema({ Member: related.model().link('articles', 'get') })
  // @ts-expect-error -- the same of a model related to itself
  related.schema({ Member: related.model().link('reports', 'get') })
  // @ts-expect-error -- a model stands between
  related.schema({ Article: related.model().link('labellings', 'get') })
  // @ts-expect-error -- a relation of the other model
  related.schema({ Tag: related.model().link('tags', 'get') })
  // @ts-expect-error -- one fault among good ones
  related.schema({ Member: related.model().link('friends', 'get').path('people').link('fiends', 'get') })
  // @ts-expect-error -- this is what it is without
  related.model().link('tags', 'update')
  // @ts-expect-error -- what may be done is said
  related.model().link('tags')

  // @ts-expect-error -- no such operation
  allow.owner().to(['write'])
  // @ts-expect-error -- operations are a list
  allow.owner().to('read')
  // @ts-expect-error -- and not nothing
  allow.owner().to(undefined)
  // @ts-expect-error -- no such provider
  allow.owner('saml')
  // @ts-expect-error -- an API key has no identity
  allow.owner('apiKey')
  // @ts-expect-error -- nor has a guest
  allow.group('Admin', 'identityPool')
  // @ts-expect-error -- deliberately not offered
  allow.authenticated('identityPool')
  // @ts-expect-error -- a guest has one provider
  allow.guest('identityPool')
  // @ts-expect-error -- nor has a key
  allow.publicApiKey('oidc')
  // @ts-expect-error -- a custom authorizer is a function
  allow.custom('oidc')
  // @ts-expect-error -- whom a custom authorizer lets in has no token
  allow.authenticated('function')
  // @ts-expect-error -- deliberately not offered
  void allow.resource
  // @ts-expect-error -- a column name is needed
  allow.ownerDefinedIn()
  // @ts-expect-error -- group names are a list
  allow.groups('Admin')
  // @ts-expect-error -- only a blank or a comma separates groups
  allow.group('Admin').withClaimIn('scope', { separator: ';' })

  // @ts-expect-error -- .to() twice
  allow.owner().to(['read']).to(['create'])
  // @ts-expect-error -- .to() twice, with another method between
  allow.owner().to(['read']).identityClaim('x').to(['create'])
  // @ts-expect-error -- .identityClaim() twice
  allow.ownersDefinedIn('owners').identityClaim('x').transferable().identityClaim('y')
  // @ts-expect-error -- .transferable() twice
  allow.owner().transferable().to(['read']).transferable()
  // @ts-expect-error -- .withClaimIn() twice
  allow.groupDefinedIn('team').withClaimIn('x').withClaimIn('y')
  // @ts-expect-error -- .to() twice
  allow.authenticated().to(['read']).to(['list'])
  // @ts-expect-error -- .to() twice
  allow.guest().to(['read']).to(['list'])
  // @ts-expect-error -- .to() twice
  allow.publicApiKey().to(['read']).to(['list'])
  // @ts-expect-error -- .to() twice
  allow.custom().to(['read']).to(['list'])
  // @ts-expect-error -- a key names nobody
  void allow.publicApiKey().identityClaim
  // @ts-expect-error -- an owner has no group claim
  void allow.owner().withClaimIn
  // @ts-expect-error -- a group has no identity
  void allow.group('Admin').identityClaim
  // @ts-expect-error -- nothing to hand over
  void allow.groupDefinedIn('team').transferable
  // @ts-expect-error -- no claim at all
  void allow.authenticated().identityClaim

  // @ts-expect-error -- a rule callback returns rules
  a.model().authorization(() => 'owner')
  // @ts-expect-error -- and not nothing
  a.model().authorization(() => undefined)
  // @ts-expect-error -- data is made of a schema
  defineData({ schema: a.model() })
  // @ts-expect-error -- a schema is needed
  defineData({})
}

/** Never called. */
export function mustCompile(): Data {
  const order = [
    allow.owner().to(['read']).identityClaim('sub::username').transferable(),
    allow.owner('oidc').transferable().to(['create', 'get', 'list', 'update', 'delete', 'listen']),
    allow.owner('userPools').identityClaim('$.user.id').to(['sync', 'search']),
    allow.groups(['A', 'B'], 'userPools').withClaimIn('scope', { separator: ' ' }).to(['read']),
    allow.group('A').to([]).withClaimIn('x'),
    allow.authenticated('oidc').to(['read']),
    allow.publicApiKey().to(['read']),
    allow.custom('function'),
    allow.custom().to(['list']),
    allow.owner('function').identityClaim('id'),
    allow.groupsDefinedIn('teams', 'function').withClaimIn('x'),
  ]
  const schema = a
    .schema({
      Post: a
        .model({
          content: a.field().authorization((rule) => rule.owner().to(['read', 'update'])),
          postname: a.field(),
        })
        .authorization((rule) => [rule.owner(), rule.groupDefinedIn('owner'), rule.guest().to(['read'])])
        .path('articles'),
      Project: a
        .model()
        .version('version')
        .clientIds()
        .requireIfMatch()
        .authorization((rule) => [rule.ownersDefinedIn('owners'), rule.groupsDefinedIn('teams')]),
      Todo: a.model(),
    })
    .authorization((rule) => rule.authenticated())
  expectTypeOf(order).not.toBeAny()
  expectTypeOf<keyof ClientSchema<typeof schema>>().toEqualTypeOf<'Post' | 'Project' | 'Todo'>()
  type Row = ClientSchema<typeof schema>['Post']['type']
  const linked = related.schema({
    Member: related
      .model({ secret: related.field() })
      .link('friendOf', 'get')
      .authorization((rule) => [rule.owner(), rule.authenticated().to(['read'])])
      .link('friends', 'get')
      .path('people')
      .link('teams', 'get'),
    Article: related.model().link('tags', 'get'),
    Tag: related.model().link('articles', 'get').version('version').clientIds().requireIfMatch(),
  })
  type Linked = ClientSchema<typeof linked>
  expectTypeOf<keyof Linked>().toEqualTypeOf<'Member' | 'Article' | 'Tag'>()
  expectTypeOf<Linked['Member']['type']['secret']>().toEqualTypeOf<string | null | undefined>()
  const { stamped } = defineRelated({ schema: linked })
  expectTypeOf(stamped?.[0].Member).toEqualTypeOf<'owner' | undefined>()
  // Fields with rules of their own may be missing, and with them those that are only named.
  expectTypeOf<Row['content']>().toEqualTypeOf<string | null | undefined>()
  expectTypeOf<Row['id']>().toEqualTypeOf<string>()
  return defineData({ schema })
}

/** What an enrichment looks things up with is what the authenticator is given. */
export function enrichments(): void {
  const enrichment: ClaimsEnrichment<PrismaClient> = {
    async enrich({ sub }, { unscoped }) {
      // @ts-expect-error -- no such model
      void unscoped.nope
      const rows = await unscoped.membership.findMany({ where: { userId: String(sub) } })
      return { teams: rows.map(({ teamId }) => teamId) }
    },
  }
  const data = defineData({ schema: a.schema({}), enrichment })
  expectTypeOf(data.enrichment).toEqualTypeOf<ClaimsEnrichment<PrismaClient> | undefined>()
  authenticator({ enrichment: data.enrichment, unscoped: {} as PrismaClient })
  // @ts-expect-error -- another client
  authenticator({ enrichment: data.enrichment, unscoped: { post: {} } })
  // @ts-expect-error -- a claims set, not a list
  defineData({ schema: a.schema({}), enrichment: { enrich: () => ['team'] } })
}

/** The rows of the example, as a client of the REST API gets them. */
export function rowTypes(): void {
  type PostRow = ExampleSchema['Post']['type']
  expectTypeOf<PostRow>().not.toBeAny()
  expectTypeOf<keyof PostRow>().toEqualTypeOf<
    'id' | 'owner' | 'postname' | 'content' | 'createdAt' | 'updatedAt' | 'version'
  >()
  expectTypeOf<PostRow['owner']>().toEqualTypeOf<string | null>()
  expectTypeOf<PostRow['createdAt']>().toEqualTypeOf<string>()
  expectTypeOf<PostRow['version']>().toEqualTypeOf<number>()

  type EmployeeRow = ExampleSchema['Employee']['type']
  expectTypeOf<EmployeeRow['salary']>().toEqualTypeOf<string | null | undefined>()
  expectTypeOf<EmployeeRow['notes']>().toEqualTypeOf<string | null | undefined>()
  expectTypeOf<EmployeeRow['bio']>().toEqualTypeOf<string | null>()

  type ProductRow = ExampleSchema['Product']['type']
  expectTypeOf<ProductRow['status']>().toEqualTypeOf<'draft' | 'active' | 'retired'>()
  expectTypeOf<ProductRow['price']>().toEqualTypeOf<string>()
  expectTypeOf<ProductRow['stock']>().toEqualTypeOf<string>()
  expectTypeOf<ProductRow['weight']>().toEqualTypeOf<number | null>()
  expectTypeOf<ProductRow['listed']>().toEqualTypeOf<boolean>()
  expectTypeOf<ProductRow['tags']>().toEqualTypeOf<readonly string[]>()
  expectTypeOf<ProductRow['scores']>().toEqualTypeOf<readonly number[]>()
  expectTypeOf<ProductRow['attributes']>().toBeUnknown()
  expectTypeOf<ProductRow['thumbnail']>().toEqualTypeOf<string | null>()

  expectTypeOf<ExampleSchema['Membership']['type']['teamId']>().toEqualTypeOf<string>()
  // @ts-expect-error -- no such model
  expectTypeOf<ExampleSchema['Nope']>()
  // @ts-expect-error -- rows are read only
  const change = (row: PostRow) => (row.id = 'x')
  void change
}

test('the types are checked by tsc; what is meant to compile also runs', () => {
  const { catalog, schema } = mustCompile()
  expect(Object.keys(schema.models)).toEqual(['Post', 'Project', 'Todo'])
  expect(Object.keys(catalog.models)).toContain('Employee')
})
