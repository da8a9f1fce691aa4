import type { Catalog } from '../../../src/catalog/catalog.js'
import { allow } from '../../../src/policy/allow.js'
import { builder } from '../../../src/policy/builder.js'
import type { AnyRule } from '../../../src/policy/schema-builder.js'
import type { SchemaDefinition } from '../../../src/policy/schema-definition.js'
import { catalog } from '../../support/fake-catalog.js'

/** The builder as a program without types meets it. */
interface Loose {
  readonly definition: unknown
  readonly authorization: (callback: (words: typeof allow) => unknown) => Loose
  readonly path: (segment: string) => Loose
  readonly version: (column: string) => Loose
  readonly clientIds: () => Loose
  readonly requireIfMatch: () => Loose
  readonly link: (relation: string, needs: string) => Loose
}
const post: Catalog = catalog({ Post: { id: 'Uuid', owner: 'String?', title: 'String?' } })
const { a, defineData } = builder(post) as unknown as {
  readonly a: {
    readonly schema: (models: Readonly<Record<string, Loose>>) => Loose & { definition: SchemaDefinition }
    readonly model: (fields?: Readonly<Record<string, Loose>>) => Loose
    readonly field: () => Loose
  }
  readonly defineData: (from: { readonly schema: Loose; readonly authorizer?: unknown }) => unknown
}
const owner = { strategy: 'owner', column: 'owner', list: false }
const guest = { strategy: 'guest' }

describe('rules attach at three levels', () => {
  test('a model', () => {
    expect(a.model().definition).toEqual({ fields: {}, options: {} })
    expect(a.model().authorization((words) => [words.owner(), words.guest()]).definition).toEqual({
      ...{ fields: {}, options: {}, rules: [owner, guest] },
    })
  })
  test('a field of a model', () => {
    expect(a.field().definition).toEqual({})
    const title = a.field().authorization((words) => words.guest())
    expect(title.definition).toEqual({ rules: [guest] })
    expect(a.model({ title }).definition).toEqual({ fields: { title: { rules: [guest] } }, options: {} })
  })
  test('the schema, which names its models', () => {
    const schema = a.schema({ Post: a.model() })
    expect(schema.definition).toEqual({ models: { Post: { fields: {}, options: {} } } })
    expect(schema.authorization((words) => [words.owner()]).definition).toEqual({
      models: { Post: { fields: {}, options: {} } },
      rules: [owner],
    })
  })
})

test('options of a model add up, with its rules and fields, in any order', () => {
  const title = a.field().authorization((words) => words.guest())
  const built = a
    .model({ title })
    .path('posts')
    .authorization((words) => words.owner())
    .version('rev')
    .clientIds()
    .requireIfMatch()
  expect(built.definition).toEqual({
    fields: { title: { rules: [guest] } },
    rules: [owner],
    options: { path: 'posts', version: 'rev', clientIds: true, requireIfMatch: true },
  })
})

test('relations to be linked add up too, and are checked with the rest at start', () => {
  const built = a
    .model()
    .link('tags', 'get')
    .path('posts')
    .link('tags', 'update')
    .authorization((words) => words.owner())
  expect(built.definition).toEqual({
    ...{ fields: {}, rules: [owner], options: { path: 'posts' } },
    links: [
      { relation: 'tags', needs: 'get' },
      { relation: 'tags', needs: 'update' },
    ],
  })
})

test('data is the rules together with the catalog and the authorizer', () => {
  const schema = a.schema({ Post: a.model() })
  const authorizer = () => undefined
  expect(defineData({ schema, authorizer })).toEqual({ catalog: post, schema: schema.definition, authorizer })
})

describe('a mistake that types would have caught', () => {
  test.each<[string, () => Loose]>([
    ['model', () => a.model().authorization((words) => words.owner())],
    ['field', () => a.field().authorization((words) => words.owner())],
    ['schema', () => a.schema({}).authorization((words) => words.owner())],
  ])('.authorization() twice on a %s', (_, built) =>
    expect(() => built().authorization((words) => words.owner())).toThrow(
      new TypeError('.authorization() stands twice'),
    ),
  )
  test.each([undefined, null, {}, 'owner', allow.owner])('a callback that returns no rule: %p', (result) =>
    expect(() => a.model().authorization(() => result)).toThrow(
      new TypeError('the callback of .authorization() returned no rule'),
    ),
  )
  test.each<[string, unknown]>([
    ['not called', allow.owner],
    ['null', null],
    ['an object that is none', {}],
    ['a text', 'owner'],
  ])('an item that is no rule: %s', (_, item) =>
    expect(() => a.model().authorization((words) => [words.guest(), item])).toThrow(
      new TypeError('.authorization(): item 2 is no rule; is it called, as in allow.owner()?'),
    ),
  )
})

test('.clientIds(false) is refused, for it would mean the reverse', () => {
  const { clientIds } = builder(catalog({})).a.model() as unknown as { clientIds: (on: boolean) => unknown }
  expect(() => clientIds(false)).toThrow(
    new TypeError('.clientIds() takes no argument; leave it out instead'),
  )
})

test('.requireIfMatch(false) is refused, for it would mean the reverse', () => {
  const { requireIfMatch } = builder(catalog({})).a.model() as unknown as {
    requireIfMatch: (on: boolean) => unknown
  }
  expect(() => requireIfMatch(false)).toThrow(
    new TypeError('.requireIfMatch() takes no argument; leave it out instead'),
  )
})

describe('words that Amplify has and we have not', () => {
  const { a, defineData } = builder(catalog({}))
  test('a.string() and the like say where fields are', () =>
    expect(() => (a as unknown as { string: () => unknown }).string()).toThrow(
      new TypeError('there is no a.string(): fields are described in schema.prisma; see docs/amplify.md'),
    ))
  test('allow.resource() says where strategies are', () =>
    expect(() =>
      a.model().authorization((rule) => (rule as unknown as { resource: () => AnyRule }).resource()),
    ).toThrow(
      new TypeError('there is no allow.resource(): the strategies are in docs/rules.md; see docs/amplify.md'),
    ))
  test('another part of defineData() is named', () =>
    expect(() => defineData({ schema: a.schema({}), authorizationModes: {}, x: 1 } as never)).toThrow(
      new TypeError(
        'defineData() takes schema, authorizer and enrichment, not authorizationModes, x; see docs/amplify.md',
      ),
    ))
  test("symbols are nobody's words", () => expect(Object.prototype.toString.call(a)).toBe('[object Object]'))
})
