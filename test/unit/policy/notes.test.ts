import { modelsOf } from '../../../src/catalog/model.js'
import type { CatalogField } from '../../../src/catalog/catalog.js'
import { callerKind } from '../../../src/claims/principal.js'
import { allow } from '../../../src/policy/allow.js'
import { compilePolicies } from '../../../src/policy/compile-policies.js'
import { policyNotes } from '../../../src/policy/notes.js'
import type { AnyRule } from '../../../src/policy/schema-builder.js'
import type { SchemaDefinition } from '../../../src/policy/schema-definition.js'
import { catalog } from '../../support/fake-catalog.js'

type Rules = Readonly<Record<string, readonly AnyRule[] | undefined>>
interface Facts {
  readonly indexes?: Readonly<Record<string, readonly (readonly string[])[]>>
  readonly relation?: Partial<Extract<CatalogField, { kind: 'relation' }>>
  /** Fields of Post that are named, with rules of their own or without. */
  readonly fields?: Readonly<Record<string, readonly AnyRule[] | undefined>>
  readonly kinds?: Parameters<typeof policyNotes>[0]['kinds']
}

const fields = { id: 'Int', owner: 'String?', teams: 'String[]', title: 'String?', salary: 'Int?' }
const child = {
  kind: 'relation',
  model: 'Post',
  name: 'r',
  list: false,
  required: true,
  from: ['postId'],
  to: ['id'],
} as const
const indexed = { Post: [['owner']], Comment: [['owner', 'id']] }

/** The notes on Post (and Comment, which refers to it), under rules for each. */
function notes(
  rules: Rules,
  { indexes = indexed, relation, fields: ruled = {}, kinds = [] }: Facts = {},
): string[] {
  const base = catalog({ Post: fields, Comment: { id: 'Int', owner: 'String?', postId: 'Int' } })
  const models = modelsOf({
    ...base,
    models: Object.fromEntries(
      Object.entries(base.models).map(([name, facts]) => [
        name,
        {
          ...facts,
          indexes: indexes[name] ?? [],
          fields: {
            ...facts.fields,
            ...(name === 'Comment' && relation && { post: { ...child, ...relation } }),
          },
        },
      ]),
    ),
  })
  const schema: SchemaDefinition = {
    models: Object.fromEntries(
      Object.entries(rules).map(([name, list]) => [
        name,
        {
          ...(list && { rules: list.map(({ definition }) => definition) }),
          fields:
            name === 'Post'
              ? Object.fromEntries(
                  Object.entries(ruled).map(([field, own]) => [
                    field,
                    own ? { rules: own.map(({ definition }) => definition) } : {},
                  ]),
                )
              : {},
          options: {},
        },
      ]),
    ),
  }
  return policyNotes({ models, policies: compilePolicies(models, schema), schema, kinds })
}

test('a model that is named without rules is noted, unless the schema or a field has some', () => {
  expect(notes({ Post: undefined })).toEqual([
    'Post is named but has no rules: nobody can do anything with it, and it has no routes',
  ])
  expect(notes({ Post: undefined }, { fields: { title: [allow.group('A').to(['create'])] } })).toEqual([])
})

describe('a rule column without an index', () => {
  const note =
    'Post.owner is in a rule but leads no index: rows are found by reading them all; add @@index([owner])'
  test('is noted, also when it stands second in one', () => {
    expect(notes({ Post: [allow.owner()] }, { indexes: {} })).toEqual([note])
    expect(notes({ Post: [allow.owner()] }, { indexes: { Post: [['title', 'owner']] } })).toEqual([note])
  })
  test('is noted once for any number of rules, and for the rules of fields', () => {
    const rules = [allow.owner().to(['update']), allow.owner().identityClaim('x').to(['read'])]
    expect(notes({ Post: rules }, { indexes: {} })).toEqual([note])
    const ofField = { salary: [allow.owner().to(['read'])] }
    expect(notes({ Post: [allow.authenticated()] }, { indexes: {}, fields: ofField })).toEqual([note])
  })
  test('that is a list needs another kind of index', () => {
    expect(notes({ Post: [allow.groupsDefinedIn('teams')] })).toEqual([
      expect.stringContaining('add @@index([teams], type: Gin)'),
    ])
  })
  test('is fine with an index, and for create alone', () => {
    expect(notes({ Post: [allow.owner()] })).toEqual([])
    expect(notes({ Post: [allow.owner().to(['create'])] }, { indexes: {} })).toEqual([])
  })
  test('is fine when it is an id or unique', () => {
    const [Post] = Object.values(catalog({ Post: { owner: 'String!' } }).models)
    if (!Post) throw new Error('no model')
    const compiled = modelsOf({ models: { Post }, enums: {} })
    const schema = { models: { Post: { rules: [allow.owner().definition], fields: {}, options: {} } } }
    expect(
      policyNotes({ models: compiled, policies: compilePolicies(compiled, schema), schema, kinds: [] }),
    ).toEqual([])
    const unique = modelsOf({
      models: {
        Post: {
          ...Post,
          id: { name: 'x', fields: ['owner'] },
          uniques: [{ name: 'owner', fields: ['owner'] }],
        },
      },
      enums: {},
    })
    expect(
      policyNotes({ models: unique, policies: compilePolicies(unique, schema), schema, kinds: [] }),
    ).toEqual([])
  })
})

describe('a field rule that opens rows', () => {
  test('is noted with the operations', () => {
    const ofField = { title: [allow.guest().to(['read'])], salary: [allow.owner().to(['read', 'update'])] }
    expect(notes({ Post: [allow.owner().to(['read'])] }, { fields: ofField })).toEqual([
      "Post.title: guest() opens rows to get, list that the model's rules do not",
      "Post.salary: owner() opens rows to update that the model's rules do not",
    ])
  })
  test('is fine when the model opens them too', () => {
    const ofField = { title: [allow.owner().to(['read'])], salary: [allow.group('HR')] }
    expect(notes({ Post: [allow.authenticated()] }, { fields: ofField })).toEqual([])
  })
})

describe('a column that cannot be read back exactly', () => {
  const column = { kind: 'scalar', column: '', list: false, required: true } as const
  const models = modelsOf({
    enums: {},
    models: {
      Post: {
        ...{ table: 'Post', id: { name: 'id', fields: ['id'] }, uniques: [], indexes: [] },
        fields: {
          id: { ...column, type: 'Int' },
          at: { ...column, type: 'DateTime', native: 'Timestamptz(6)' },
          ratio: { ...column, type: 'Float', native: 'Real' },
          exact: { ...column, type: 'DateTime', native: 'Timestamp(3)' },
          plain: { ...column, type: 'Float' },
        },
      },
    },
  })
  const told = (rules?: readonly AnyRule[]) => {
    const own = rules && { rules: rules.map(({ definition }) => definition) }
    const schema = { models: { Post: { ...own, fields: {}, options: {} } } }
    return policyNotes({ models, policies: compilePolicies(models, schema), schema, kinds: [] })
  }
  test('is noted, with what to use', () =>
    expect(told([allow.authenticated()])).toEqual([
      'Post.at is @db.Timestamptz(6), which cannot be read back exactly: no list is sorted by it; use @db.Timestamptz(3)',
      'Post.ratio is @db.Real, which cannot be read back exactly: no list is sorted by it; use @db.DoublePrecision',
    ]))
  test('is not where nobody can sort by it', () =>
    expect(told()).toEqual([expect.stringContaining('is named but has no rules')]))
})

test('`delete` in a field rule is noted, but not when a rule simply grants all, nor for a field without rules', () => {
  const ofField = {
    title: [allow.group('A').to(['read']), allow.owner().to(['read', 'delete'])],
    salary: [allow.owner()],
    owner: undefined,
  }
  expect(notes({ Post: [allow.owner(), allow.group('A')] }, { fields: ofField })).toEqual([
    'Post.title: "delete" in a field rule is ignored; a row is deleted as a whole',
  ])
})

describe('a foreign key to a model that nobody may get', () => {
  const note = 'Comment.postId refers to Post, which nobody may get: no caller can set it'
  test('is noted, whether the model is not named, has no rules or none for get', () => {
    expect(notes({ Comment: [allow.owner()] }, { relation: {} })).toEqual([note])
    expect(notes({ Comment: [allow.owner()], Post: undefined }, { relation: {} })).toEqual([
      expect.stringContaining('has no rules'),
      note,
    ])
    expect(notes({ Comment: [allow.owner()], Post: [allow.owner().to(['list'])] }, { relation: {} })).toEqual(
      [note],
    )
  })
  test('is named by all of its fields', () => {
    const relation = { from: ['postId', 'owner'], to: ['id', 'owner'] }
    expect(notes({ Comment: [allow.owner()] }, { relation })).toEqual([
      'Comment.postId, owner refers to Post, which nobody may get: no caller can set it',
    ])
  })
  test('is fine when somebody may, or the other side holds the key', () => {
    expect(notes({ Comment: [allow.owner()], Post: [allow.owner().to(['get'])] }, { relation: {} })).toEqual(
      [],
    )
    expect(notes({ Comment: [allow.owner()] }, { relation: { from: [], to: [] } })).toEqual([])
  })
})

describe('many-to-many relations that Prisma keeps a table for', () => {
  const models = modelsOf(
    catalog({
      Post: { id: 'Int', labels: '-> Label[] =labels', comments: '-> Comment[] =comments' },
      Comment: { id: 'Int', post: '-> Post =comments' },
      Label: { id: 'Int', posts: '-> Post[] =labels' },
      Person: { id: 'Int', friends: '-> Person[] =friends', friendOf: '-> Person[] =friends' },
    }),
  )
  const reading = [allow.authenticated().to(['read', 'create', 'delete'])]
  const told = (rules: Rules, links: Readonly<Record<string, readonly string[]>> = {}) => {
    const schema: SchemaDefinition = {
      models: Object.fromEntries(
        Object.entries(rules).map(([name, list = []]) => [
          name,
          {
            ...{ fields: {}, options: {}, rules: list.map(({ definition }) => definition) },
            links: (links[name] ?? []).map((relation) => ({ relation, needs: 'get' as const })),
          },
        ]),
      ),
    }
    return policyNotes({ models, policies: compilePolicies(models, schema), schema, kinds: [] })
  }
  const both = {
    Post: [allow.authenticated()],
    Label: [allow.authenticated()],
    Comment: [allow.authenticated()],
  }
  const exception =
    "whoever may get a Label may link it to a Post they may update, and unlink it: .link('labels', 'get') on Post"

  test('what linking takes is told once, whichever model is named first', () => {
    const note = [
      'Label.posts and Post.labels are linked and unlinked by whoever may update both rows; ' +
        ".link('posts', 'get') on Label would ask no more than get of the Post",
    ]
    expect(told(both)).toEqual(note)
    expect(told({ Label: both.Label, Post: both.Post })).toEqual(note)
    expect(told({ Person: [allow.authenticated()] })).toEqual([
      'Person.friendOf and Person.friends are linked and unlinked by whoever may update both rows; ' +
        ".link('friendOf', 'get') on Person would ask no more than get of the Person",
    ])
  })
  test('one rule that grants update is enough for somebody to', () =>
    expect(told({ ...both, Label: [allow.group('Editor'), ...reading] })).toEqual(told(both)))
  test('and that nobody can, where no rule of the model grants update', () => {
    expect(told({ ...both, Label: reading })).toEqual([
      expect.stringContaining('may update both rows, and nobody may update a Label; .link'),
    ])
    expect(told({ Post: reading, Label: reading })).toEqual([
      expect.stringContaining(
        'both rows, and nobody may update a Label, and nobody may update a Post; .link',
      ),
    ])
    expect(told({ Person: reading })).toEqual([
      expect.stringContaining('may update both rows, and nobody may update a Person; .link'),
    ])
  })
  test('an exception is told instead, each of two', () => {
    expect(told(both, { Post: ['labels'] })).toEqual([exception])
    expect(told(both, { Post: ['labels'], Label: ['posts'] })).toEqual([
      exception,
      "whoever may get a Post may link it to a Label they may update, and unlink it: .link('posts', 'get') on Label",
    ])
    expect(told({ Person: [allow.authenticated()] }, { Person: ['friends'] })).toEqual([
      "whoever may get a Person may link it to a Person they may update, and unlink it: .link('friends', 'get') on Person",
    ])
  })
  test('nothing is told where the other model is closed', () =>
    expect(told({ Post: both.Post }, { Post: ['labels'] })).toEqual([]))
})

describe('a referential action that crosses owners', () => {
  const both = { Post: [allow.owner()], Comment: [allow.owner()] }
  test.each([
    [{ onDelete: 'Cascade' }, 'deleting a Post deletes each Comment that refers to it, whoever owns it'],
    [{ onDelete: 'SetNull' }, 'deleting a Post changes each Comment that refers to it, whoever owns it'],
    [{ onDelete: 'SetDefault' }, 'deleting a Post changes each Comment that refers to it, whoever owns it'],
    [{ required: false }, 'deleting a Post changes each Comment that refers to it, whoever owns it'],
  ])('%j is noted', (relation, note) => expect(notes(both, { relation })).toEqual([note]))
  test.each([
    {},
    { onDelete: 'Restrict' },
    { onDelete: 'NoAction' },
    { onDelete: 'Restrict', required: false },
  ])('%j is fine', (relation) => expect(notes(both, { relation })).toEqual([]))
  test('is fine on the side without the key, and where the other model has no rules', () => {
    expect(notes(both, { relation: { from: [], to: [], required: false } })).toEqual([])
    expect(notes({ Comment: [allow.owner()] }, { relation: { onDelete: 'Cascade' } })).toEqual([
      expect.stringContaining('nobody may get'),
    ])
  })
  test('is fine where nobody may delete, or whoever may may do the same to every row', () => {
    const relation = { onDelete: 'Cascade' }
    expect(notes({ ...both, Post: [allow.owner().to(['read'])] }, { relation })).toEqual([])
    const admin = {
      Post: [allow.owner().to(['read']), allow.group('Admin')],
      Comment: [allow.group('Admin'), allow.owner()],
    }
    expect(notes(admin, { relation })).toEqual([])
    expect(notes({ ...admin, Comment: [allow.group('Admin').to(['read'])] }, { relation })).toHaveLength(1)
    expect(notes({ Post: [allow.group('Admin')] }, { relation })).toHaveLength(1)
  })
})

describe('parts of a composite identity', () => {
  const pool = { provider: 'userPools', issuer: 'https://pool' } as const
  const note =
    'callers of https://pool own rows stored under any single part of sub::username, as in Amplify; ' +
    'matchParts: false narrows it to the whole'
  test('are noted where a rule compares them', () => {
    expect(notes({ Post: [allow.owner()] }, { kinds: [callerKind(pool)] })).toEqual([note])
    const written = [allow.owner().identityClaim('sub::username')]
    expect(notes({ Post: written }, { kinds: [callerKind({ ...pool, provider: 'oidc' })] })).toEqual([note])
  })
  test('are fine when off, when the identity is one value, and when no such rule is for them', () => {
    expect(notes({ Post: [allow.owner()] }, { kinds: [callerKind({ ...pool, matchParts: false })] })).toEqual(
      [],
    )
    expect(notes({ Post: [allow.owner().identityClaim('sub')] }, { kinds: [callerKind(pool)] })).toEqual([])
    expect(notes({ Post: [allow.owner('oidc')] }, { kinds: [callerKind(pool)] })).toEqual([])
    expect(notes({ Post: [allow.authenticated()] }, { kinds: [callerKind(pool)] })).toEqual([])
  })
})
