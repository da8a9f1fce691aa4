import { modelsOf } from '../../../src/catalog/model.js'
import { principal } from '../../../src/claims/principal.js'
import { allow } from '../../../src/policy/allow.js'
import { compilePolicies } from '../../../src/policy/compile-policies.js'
import { decide } from '../../../src/policy/decide.js'
import { operations } from '../../../src/policy/operation.js'
import type { AnyRule } from '../../../src/policy/schema-builder.js'
import type { ModelOptions, SchemaDefinition } from '../../../src/policy/schema-definition.js'
import { catalog, type FakeFields } from '../../support/fake-catalog.js'

const fields = {
  ...{ id: 'Uuid', owner: 'String?', author: 'String?', owners: 'String[]', editors: 'String[]' },
  ...{ team: 'String?', teams: 'String[]', accountId: 'Int?', accountIds: 'BigInt[]', ownerId: 'Uuid?' },
  ...{ title: 'String?', salary: 'Decimal?', done: 'Boolean =value', when: 'DateTime?', data: 'Json?' },
  ...{ file: 'Bytes?', ratio: 'Float?', status: 'Status', flags: 'Boolean[]', comments: '-> Comment[]' },
}

const member = { teamId: 'String!', userId: 'String!', role: 'String?' }

interface Written {
  readonly model?: string
  readonly rules?: readonly AnyRule[]
  readonly fields?: Readonly<Record<string, readonly AnyRule[]>>
  readonly options?: ModelOptions
}

const definitions = (rules: readonly AnyRule[]) => rules.map((rule) => rule.definition)

function schemaOf(models: readonly Written[], schemaRules?: readonly AnyRule[]): SchemaDefinition {
  const entries = models.map(({ model = 'Post', rules, fields: ruled = {}, options = {} }) => [
    model,
    {
      ...(rules && { rules: definitions(rules) }),
      fields: Object.fromEntries(
        Object.entries(ruled).map(([name, list]) => [name, { rules: definitions(list) }]),
      ),
      options,
    },
  ])
  return {
    ...(schemaRules && { rules: definitions(schemaRules) }),
    models: Object.fromEntries(entries) as SchemaDefinition['models'],
  }
}

function compile(schema: SchemaDefinition, more: Readonly<Record<string, FakeFields>> = {}) {
  const models = catalog({ Post: fields, Note: { id: 'Int' }, Member: member, ...more })
  return compilePolicies(modelsOf(models), schema)
}

/** The faults of a schema, one per line of the message; none if it compiles. */
function faultsOf(schema: SchemaDefinition, more: Readonly<Record<string, FakeFields>> = {}): string[] {
  try {
    compile(schema, more)
    return []
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    const [title, ...lines] = error.message.split('\n')
    expect(title).toBe('The rules do not fit the schema:')
    return lines.map((line) => line.replace(/^ {2}- /u, ''))
  }
}

const never = (value: unknown) => value as never

/** A mistake, and what its one message must name: model, field where there is one, rule, and the fault. */
const mistakes: readonly (readonly [string, Written, readonly string[]])[] = [
  ['an unknown model', { model: 'Psot', rules: [allow.owner()] }, ['Psot', 'no such model', 'Post']],
  ['a model of the prototype', { model: 'toString', rules: [allow.guest()] }, ['toString', 'no such model']],
  ['an unknown field', { fields: { salry: [allow.owner()] } }, ['Post.salry', 'no such field', 'salary']],
  ['a field of the prototype', { fields: { toString: [allow.guest()] } }, ['Post.toString', 'no such field']],
  ['rules on a relation', { fields: { comments: [allow.owner()] } }, ['Post.comments', 'no such field']],
  ['rules on an id', { fields: { id: [allow.owner()] } }, ['Post.id', 'id']],
  [
    'rules on a part of an id',
    { model: 'Member', fields: { userId: [allow.authenticated()] } },
    ['Member.userId', 'id'],
  ],
  [
    'owner() without the column',
    { model: 'Note', rules: [allow.owner()] },
    ['Note', 'owner()', 'no field "owner"'],
  ],
  [
    'an unknown owner column',
    { rules: [allow.ownerDefinedIn('writer')] },
    ['Post', "ownerDefinedIn('writer')", 'no field "writer"'],
  ],
  [
    'an unknown group column',
    { rules: [allow.groupsDefinedIn('gangs')] },
    ['Post', "groupsDefinedIn('gangs')", 'no field "gangs"'],
  ],
  ...[allow.ownerDefinedIn, allow.ownersDefinedIn].map((strategy): [string, Written, string[]] => [
    'an owner column that is not set',
    { rules: [strategy(never(undefined))] },
    ['Post', 'owner()', 'it names no column; is its argument set?'],
  ]),
  ...[allow.groupDefinedIn, allow.groupsDefinedIn].map((strategy): [string, Written, string[]] => [
    'a group column that is not set',
    { rules: [strategy(never(undefined))] },
    ['Post', 'group()', 'it names no column; is its argument set?'],
  ]),
  [
    'an identity claim that is not set',
    { rules: [allow.owner().identityClaim(never(undefined))] },
    ['Post', 'owner()', 'a claim path is empty'],
  ],
  [
    'a group claim that is not set',
    { rules: [allow.group('A').withClaimIn(never(undefined))] },
    ['Post', "groups('A')", 'a claim path is empty'],
  ],
  ['a relation as owner column', { rules: [allow.ownersDefinedIn('comments')] }, ['Post', '"comments"']],
  ...['salary', 'done', 'when', 'data', 'file', 'ratio', 'status'].map(
    (name): [string, Written, string[]] => [
      `the column ${name} as owner`,
      { rules: [allow.ownerDefinedIn(name)] },
      ['Post', `ownerDefinedIn('${name}')`, `"${name}" is `],
    ],
  ),
  [
    'a list of Booleans as groups',
    { rules: [allow.groupsDefinedIn('flags')] },
    ['Post', "groupsDefinedIn('flags')", '"flags" is Boolean'],
  ],
  [
    'a scalar rule on a list column',
    { rules: [allow.ownerDefinedIn('owners')] },
    ['Post', "ownerDefinedIn('owners')", 'is a list', 'ownersDefinedIn()'],
  ],
  [
    'a list rule on a scalar column',
    { rules: [allow.ownersDefinedIn('author')] },
    ['Post', "ownersDefinedIn('author')", 'is not a list', 'ownerDefinedIn()'],
  ],
  [
    'a scalar group rule on a list column',
    { rules: [allow.groupDefinedIn('teams')] },
    ['Post', "groupDefinedIn('teams')", 'is a list', 'groupsDefinedIn()'],
  ],
  [
    'a list group rule on a scalar column, in a field rule',
    { fields: { title: [allow.groupsDefinedIn('team')] } },
    ['Post.title', "groupsDefinedIn('team')", 'is not a list', 'groupDefinedIn()'],
  ],
  [
    'an unknown operation',
    { rules: [allow.owner().to([never('write')])] },
    ['Post', 'owner()', 'unknown operation "write"'],
  ],
  [
    'an operation of the prototype',
    { rules: [allow.owner().to([never('toString')])] },
    ['Post', 'owner()', 'unknown operation "toString"'],
  ],
  [
    'an operation in the wrong case',
    { rules: [allow.owner().to([never('Read')])] },
    ['Post', 'owner()', 'unknown operation "Read"'],
  ],
  [
    'an unknown operation of a field',
    { fields: { salary: [allow.owner().to([never('write'), 'read'])] } },
    ['Post.salary', 'owner()', 'unknown operation "write"'],
  ],
  ['no operation', { rules: [allow.authenticated().to([])] }, ['Post', 'authenticated()', '.to([])']],
  [
    'no operation of a field',
    { fields: { salary: [allow.owner().to([])] } },
    ['Post.salary', 'owner()', '.to([])'],
  ],
  ['no group', { rules: [allow.groups([])] }, ['Post', 'groups()', 'empty']],
  ['a group without a name', { rules: [allow.group('')] }, ['Post', "groups('')", 'no name']],
  ['no rule', { rules: [] }, ['Post', 'empty']],
  ['no rule of a field', { fields: { salary: [] } }, ['Post.salary', 'empty']],
  ...(['get', 'list', 'listen'] as const).flatMap((word): [string, Written, string[]][] => [
    [
      `read beside ${word}`,
      { rules: [allow.owner().to(['read', word])] },
      ['Post', 'owner()', '"read"', `"${word}"`],
    ],
    [
      `${word} in a field rule`,
      { fields: { salary: [allow.owner().to([word])] } },
      ['Post.salary', 'owner()', '"read"', `"${word}"`],
    ],
  ]),
  [
    'the same role twice',
    { rules: [allow.authenticated().to(['read']), allow.authenticated()] },
    ['Post', 'authenticated()', 'same role'],
  ],
  [
    'owner() beside ownerDefinedIn("owner")',
    { rules: [allow.owner(), allow.ownerDefinedIn('owner').to(['read'])] },
    ['Post', 'owner()', 'same role'],
  ],
  [
    'one group in two rules',
    { rules: [allow.groups(['A', 'B']), allow.group('B').to(['read'])] },
    ['Post', "groups('B')", 'same role'],
  ],
  ['one group twice in a rule', { rules: [allow.groups(['A', 'A'])] }, ['Post', "'A', 'A'", 'same role']],
  [
    'the same dynamic group twice in a field',
    { fields: { title: [allow.groupsDefinedIn('teams'), allow.groupsDefinedIn('teams').to(['read'])] } },
    ['Post.title', "groupsDefinedIn('teams')", 'same role'],
  ],
  [
    'the same claim twice',
    { rules: [allow.owner().identityClaim('a'), allow.owner().identityClaim('a').to(['read'])] },
    ['Post', 'owner()', 'same role'],
  ],
  ['an unknown provider', { rules: [allow.owner(never('saml'))] }, ['Post', 'owner() of saml', '"saml"']],
  ...(['apiKey', 'identityPool'] as const).flatMap((provider): [string, Written, string[]][] => [
    [`owner of ${provider}`, { rules: [allow.owner(never(provider))] }, ['Post', 'owner()', provider]],
    [
      `a group of ${provider}`,
      { rules: [allow.group('A', never(provider))] },
      ['Post', "groups('A')", provider],
    ],
    [
      `a dynamic group of ${provider}, of a field`,
      { fields: { title: [allow.groupDefinedIn('team', never(provider))] } },
      ['Post.title', "groupDefinedIn('team')", provider],
    ],
    [
      `authenticated of ${provider}`,
      { rules: [allow.authenticated(never(provider))] },
      ['Post', 'authenticated()', provider],
    ],
  ]),
  ...['', ' ', '$', '$.', '$..a', '$.a[', '$.a[-1]', '$.a.', '$.__proto__', '$.a[*]', 'a::', '::a'].map(
    (path): [string, Written, string[]] => [
      `the identity path ${JSON.stringify(path)}`,
      { rules: [allow.owner().identityClaim(path)] },
      ['Post', 'owner()', 'claim path'],
    ],
  ),
  ...['', '$', '$.a[?(@.b)]', "$['constructor']", '$.a[*'].map((path): [string, Written, string[]] => [
    `the group path ${JSON.stringify(path)}, of a field`,
    { fields: { salary: [allow.group('HR').withClaimIn(path)] } },
    ['Post.salary', "groups('HR')", 'claim path'],
  ]),
  [
    '.version() of no column',
    { rules: [allow.owner()], options: { version: 'rev' } },
    ['Post', '.version("rev")'],
  ],
  [
    '.version() of a text',
    { rules: [allow.owner()], options: { version: 'title' } },
    ['Post', '.version("title")'],
  ],
  [
    '.version() of a number that does not start at 1',
    { rules: [allow.owner()], options: { version: 'accountId' } },
    ['Post', '.version("accountId")'],
  ],
]

describe('a mistake in the rules is one message, naming where it is', () => {
  test.each(mistakes)('%s', (_, written, words) => {
    const faults = faultsOf(schemaOf([written]))
    expect(faults).toHaveLength(1)
    for (const word of words) expect(faults[0]).toContain(word)
  })

  test.each(['and', 'or', 'not'])('a field named %s', (name) => {
    const odd = { Odd: { id: 'Int', [name]: 'String?' } }
    expect(faultsOf(schemaOf([{ model: 'Odd', rules: [allow.guest()] }]), odd)).toEqual([
      expect.stringContaining(`Odd.${name}`),
    ])
    expect(faultsOf(schemaOf([{ rules: [allow.guest()] }]), odd)).toEqual([]) // closed: nobody can name it
  })

  test.each(['and', 'or', 'not'])('a relation named %s', (name) => {
    const odd = { Odd: { id: 'Int', [name]: '-> Post[]' } }
    expect(faultsOf(schemaOf([{ model: 'Odd', rules: [allow.guest()] }]), odd)).toEqual([
      expect.stringContaining(`Odd.${name}`),
    ])
  })

  test.each(['sync', 'search'] as const)('%s, which means list, in a field rule', (word) => {
    expect(faultsOf(schemaOf([{ fields: { salary: [allow.owner().to([word])] } }]))).toEqual([
      expect.stringMatching(/Post\.salary: owner\(\).*read/u),
    ])
  })

  test.each(['sync', 'search'] as const)('read beside %s, which means list', (word) => {
    expect(faultsOf(schemaOf([{ rules: [allow.owner().to(['read', word])] }]))).toEqual([
      expect.stringMatching(/Post: owner\(\).*read/u),
    ])
  })

  test.each<[string, readonly AnyRule[]]>([
    ['empty', []],
    ['wrong', [allow.groups([])]],
    ['unreadable', [allow.group('A').withClaimIn('$')]],
  ])('the list of rules of a schema that is %s, though no model takes it over', (_, rules) => {
    expect(faultsOf(schemaOf([{ rules: [allow.owner()] }], rules))).not.toEqual([])
  })

  test('a mistake at schema level names every model that takes the rule over', () => {
    const faults = faultsOf(
      schemaOf([{}, { model: 'Note' }, { model: 'Member', rules: [allow.guest()] }], [allow.owner()]),
    )
    expect(faults).toEqual([expect.stringMatching(/^Note: owner\(\): .*"owner"/u)])
  })

  test('an operation list that is not there is a mistake, not every operation', () => {
    // A program without types may pass a misspelt constant: that must not be the most generous rule there is.
    expect(faultsOf(schemaOf([{ rules: [allow.owner().to(never(undefined))] }]))).toHaveLength(1)
  })
})

test('all mistakes are in one TypeError', () => {
  const faults = faultsOf(
    schemaOf(
      [
        {
          rules: [allow.owner(), allow.owner(never('saml')).to([never('write'), 'read', 'get'])],
          fields: {
            nope: [allow.guest()],
            id: [allow.guest()],
            title: [allow.groups([]), allow.ownersDefinedIn('author').identityClaim('$.a[*]').to(['list'])],
            salary: [],
          },
          options: { version: 'title' },
        },
        { model: 'Note' },
        { model: 'Nope', rules: [allow.guest()] },
      ],
      [allow.groupDefinedIn('team')],
    ),
  )
  const expected = [
    /^Post\.nope: .*no such field/u,
    /^Post\.id: .*id/u,
    /^Post\.title: groups\(\): .*empty/u,
    /^Post\.title: ownersDefinedIn\('author'\): .*not a list/u,
    /^Post\.title: ownersDefinedIn\('author'\): .*\[\*\]/u,
    /^Post\.title: ownersDefinedIn\('author'\): .*"read", not "list"/u,
    /^Post\.salary: .*empty/u,
    /^Post: owner\(\) of saml: .*provider "saml"/u,
    /^Post: owner\(\) of saml: unknown operation "write"/u,
    /^Post: owner\(\) of saml: "read" already includes "get"/u,
    /^Post: \.version\("title"\)/u,
    /^Note: groupDefinedIn\('team'\): .*no field "team"/u,
    /^Nope: .*no such model/u,
  ]
  for (const fault of expected) expect(faults).toContainEqual(expect.stringMatching(fault))
  expect(faults).toHaveLength(expected.length)
})

describe('what is no mistake', () => {
  const fine: readonly (readonly [string, Written])[] = [
    ['the same role for two providers', { rules: [allow.owner('oidc'), allow.owner('userPools')] }],
    ['the same role with two claims', { rules: [allow.owner(), allow.owner().identityClaim('email')] }],
    [
      'the same column as owner and group',
      { rules: [allow.ownerDefinedIn('team'), allow.groupDefinedIn('team')] },
    ],
    ['one role on two levels', { rules: [allow.owner()], fields: { title: [allow.owner()] } }],
    ['one role in two fields', { fields: { title: [allow.guest()], salary: [allow.guest()] } }],
    [
      'owners in Int, BigInt[] and uuid columns',
      {
        rules: [
          allow.ownerDefinedIn('accountId'),
          allow.ownersDefinedIn('accountIds'),
          allow.ownerDefinedIn('ownerId'),
          allow.groupDefinedIn('accountId'),
        ],
      },
    ],
    ['an owner in the id itself', { model: 'Member', rules: [allow.ownerDefinedIn('userId')] }],
    ['delete in a field rule', { fields: { title: [allow.owner().to(['read', 'delete'])] } }],
    ['a field rule for everything', { fields: { title: [allow.owner()] } }],
    ['get beside list', { rules: [allow.owner().to(['get', 'list', 'listen'])] }],
    ['sync and search', { rules: [allow.owner().to(['sync', 'search'])] }],
    ['no rule at all', {}],
  ]
  test.each(fine)('%s', (_, written) => {
    expect(faultsOf(schemaOf([written]))).toEqual([])
  })

  test.each(['Int =value', 'BigInt =value'])('.version() of %s', (type) => {
    const more = { Counted: { id: 'Int', rev: type, version: 'String' } }
    const compiled = compile(
      schemaOf([{ model: 'Counted', rules: [allow.guest()], options: { version: 'rev' } }]),
      more,
    )
    expect(compiled.get('Counted')?.version?.name).toBe('rev')
  })

  test('a column that is only called version counts nothing', () => {
    const more = { Counted: { id: 'Int', version: 'String' } }
    expect(
      compile(schemaOf([{ model: 'Counted', rules: [allow.guest()] }]), more).get('Counted')?.version,
    ).toBeUndefined()
  })
})

describe('the three levels replace each other and never merge', () => {
  const ana = principal({ provider: 'oidc', issuer: 'x', claims: { sub: 'ana', groups: ['A'] } })
  const group = (name: string) => allow.group(name)
  const may = (schema: SchemaDefinition, name: string) => {
    const found = compile(schema).get(name)
    return found === undefined
      ? 'closed'
      : operations.filter((operation) => decide(found, ana, operation).allowed)
  }

  test('no rule anywhere is nobody', () => expect(may(schemaOf([{}]), 'Post')).toEqual([]))
  test('the schema speaks for a model without rules', () =>
    expect(may(schemaOf([{}], [group('A')]), 'Post')).toEqual(operations))
  test("a model's rules replace the schema's", () =>
    expect(may(schemaOf([{ rules: [group('B')] }], [group('A')]), 'Post')).toEqual([]))
  test('a model that is not named is closed, whatever the schema says', () =>
    expect(may(schemaOf([{}], [group('A')]), 'Note')).toBe('closed'))
  test("a field's rules replace the model's, and delete asks the model alone", () => {
    const found = compile(schemaOf([{ rules: [group('B')], fields: { title: [group('A')] } }])).get('Post')
    expect(operations.filter((operation) => found && decide(found, ana, operation).allowed)).toEqual(
      operations.filter((operation) => operation !== 'delete'),
    )
  })
  test('sync and search mean list, read means get, list and listen', () => {
    expect(may(schemaOf([{ rules: [group('A').to(['sync', 'search'])] }]), 'Post')).toEqual(['list'])
    expect(may(schemaOf([{ rules: [group('A').to(['read'])] }]), 'Post')).toEqual(['get', 'list', 'listen'])
  })
})

test.each(['Char(10)', 'Citext', 'Inet'])('F38 @db.%s is no column for owners or groups', (native) => {
  const { models, enums } = catalog({
    Post: { id: 'Uuid', author: 'String?', owner: 'String?', teams: 'String[]' },
  })
  const post = models['Post']
  if (!post) throw new Error('no Post')
  const column = (list: boolean) =>
    ({ kind: 'scalar', type: 'String', column: '', required: true, list }) as const
  const changed = {
    ...post.fields,
    author: { ...column(false), native },
    teams: { ...column(true), native },
  }
  const written = schemaOf([
    {
      rules: [allow.owner(), allow.groupsDefinedIn('teams')],
      fields: { owner: [allow.ownerDefinedIn('author').to(['read'])] },
    },
  ])
  const why = (name: string) =>
    `"${name}" is @db.${native}, in which the database takes different texts for equal: ` +
    'one caller would be another; use @db.Text, @db.VarChar(n) or @db.Uuid'
  expect(() =>
    compilePolicies(modelsOf({ models: { Post: { ...post, fields: changed } }, enums }), written),
  ).toThrow(
    new TypeError(
      'The rules do not fit the schema:\n' +
        `  - Post.owner: ownerDefinedIn('author'): ${why('author')}\n` +
        `  - Post: groupsDefinedIn('teams'): ${why('teams')}`,
    ),
  )
})

describe('the words of every message', () => {
  const has =
    'it has id, owner, author, owners, editors, team, teams, accountId, accountIds, ownerId, title, salary, done, when, data, file, ratio, status, flags'
  const kept = 'owners and groups are kept in String, Int, BigInt or uuid columns'
  test.each<[string, Written, readonly string[]]>([
    [
      'names',
      {
        fields: { nope: [allow.guest()], id: [allow.guest()] },
        rules: [allow.ownerDefinedIn('nope'), allow.groupDefinedIn('status')],
        options: { version: 'title' },
      },
      [
        `Post.nope: the model has no such field (${has})`,
        'Post.id: an id has no rules of its own, it comes with its row',
        `Post: ownerDefinedIn('nope'): the model has no field "nope" (${has})`,
        `Post: groupDefinedIn('status'): "status" is Status; ${kept}`,
        'Post: .version("title") needs an Int or BigInt column with @default(1)',
      ],
    ],
    [
      'lists',
      {
        rules: [
          ...[allow.ownersDefinedIn('owner'), allow.ownerDefinedIn('owners')],
          ...[allow.groupsDefinedIn('team'), allow.groupDefinedIn('teams')],
        ],
      },
      [
        `Post: ownersDefinedIn('owner'): "owner" is not a list; use ownerDefinedIn()`,
        `Post: ownerDefinedIn('owners'): "owners" is a list; use ownersDefinedIn()`,
        `Post: groupsDefinedIn('team'): "team" is not a list; use groupDefinedIn()`,
        `Post: groupDefinedIn('teams'): "teams" is a list; use groupsDefinedIn()`,
      ],
    ],
    [
      'labels',
      {
        rules: [
          ...[allow.owner(never('saml')), allow.groupDefinedIn('owner', never('saml'))],
          ...[allow.groups(['A', 'B'], never('saml')), allow.authenticated(never('saml'))],
        ],
      },
      [
        'Post: owner() of saml: the provider "saml" cannot serve it (userPools, oidc, function can)',
        `Post: groupDefinedIn('owner') of saml: the provider "saml" cannot serve it (userPools, oidc, function can)`,
        `Post: groups('A', 'B') of saml: the provider "saml" cannot serve it (userPools, oidc, function can)`,
        'Post: authenticated() of saml: the provider "saml" cannot serve it (userPools, oidc can)',
      ],
    ],
    [
      'operations',
      {
        fields: { title: [allow.owner().to(['get', 'list'])], salary: [] },
        rules: [
          allow.owner().to([never('write'), never('own')]),
          allow.guest().to(['read', 'get', 'sync']),
          allow.custom().to([]),
        ],
      },
      [
        'Post.title: owner(): a field is read as a whole: "read", not "get", "list"',
        'Post.salary: the list of rules is empty; leave it out to close the model',
        'Post: owner(): unknown operation "write", "own" (there are read, create, get, list, update, delete, listen)',
        'Post: guest(): "read" already includes "get", "sync"',
        'Post: custom(): .to([]) grants nothing',
      ],
    ],
    [
      'groups and claims',
      {
        rules: [
          ...[
            allow.groups([]),
            allow.group(''),
            allow.groups([never(7)]),
            allow.owner().identityClaim(never(7)),
          ],
          allow.group('A').withClaimIn('a', { separator: never(';') }),
          ...[allow.guest(), allow.guest(), allow.custom(), allow.custom('function')],
        ],
      },
      [
        'Post: groups(): the list of groups is empty',
        "Post: groups(''): a group has no name",
        "Post: groups('7'): a group has no name",
        'Post: owner(): the claim path is not a text',
        "Post: groups('A'): the separator is neither ' ' nor ','",
        'Post: guest(): the same role stands twice',
        'Post: custom() of function: the same role stands twice',
      ],
    ],
  ])('%s', (_, written, faults) => expect(faultsOf(schemaOf([written]))).toEqual(faults))

  test('models, and fields that filters have another meaning for', () => {
    expect(faultsOf(schemaOf([{ model: 'Psot' }]))).toEqual([
      'Psot: schema.prisma has no such model (it has Post, Note, Member)',
    ])
    const odd = { Odd: { id: 'Int', and: 'String?', not: '-> Post[]' } }
    expect(faultsOf(schemaOf([{ model: 'Odd' }]), odd)).toEqual([
      'Odd.and: a field may not be named and',
      'Odd.not: a field may not be named not',
    ])
  })

  test('rules of the schema that no model takes over', () => {
    const own = { rules: [allow.guest()] }
    expect(faultsOf(schemaOf([own], [allow.groups([]), allow.owner().to(['get'])]))).toEqual([
      'the schema: groups(): the list of groups is empty',
    ])
    expect(faultsOf(schemaOf([own, { model: 'Member' }], [allow.groups([])]))).toEqual([
      'Member: groups(): the list of groups is empty',
    ])
  })
})

describe('what is compiled', () => {
  const rulesOf = (...rules: readonly AnyRule[]) =>
    compile(schemaOf([{ rules }])).get('Post')?.rules.all ?? []

  test('the label of a rule is how it was written', () =>
    expect(
      rulesOf(
        ...[
          allow.owner(),
          allow.ownerDefinedIn('author'),
          allow.ownersDefinedIn('owners'),
          allow.group('A', 'oidc'),
        ],
        ...[allow.groupDefinedIn('owner'), allow.groupsDefinedIn('teams'), allow.publicApiKey()],
      ).map(({ label }) => label),
    ).toEqual([
      ...['owner()', "ownerDefinedIn('author')", "ownersDefinedIn('owners')", "groups('A') of oidc"],
      ...["groupDefinedIn('owner')", "groupsDefinedIn('teams')", 'publicApiKey()'],
    ]))

  test('a rule that names no provider is for a token of any issuer, or for the only provider there is', () =>
    expect(
      rulesOf(
        ...[
          allow.owner(),
          allow.group('A'),
          allow.authenticated(),
          allow.guest(),
          allow.publicApiKey(),
          allow.custom(),
        ],
      ).map(({ providers }) => providers),
    ).toEqual([
      ...[
        ['userPools', 'oidc'],
        ['userPools', 'oidc'],
        ['userPools', 'oidc'],
      ],
      ...[['identityPool'], ['apiKey'], ['function']],
    ]))

  test('a rule that names a provider is for that one', () =>
    expect(
      rulesOf(
        ...[allow.owner('userPools'), allow.owner('oidc'), allow.owner('function')],
        ...[allow.group('A', 'userPools'), allow.group('A', 'oidc'), allow.group('A', 'function')],
        ...[allow.authenticated('userPools'), allow.authenticated('oidc'), allow.custom('function')],
      ).map(({ providers }) => providers),
    ).toEqual([
      ...[['userPools'], ['oidc'], ['function'], ['userPools'], ['oidc'], ['function']],
      ...[['userPools'], ['oidc'], ['function']],
    ]))

  test('a rule keeps its groups, claim path, separator and whether it is transferable', () => {
    const [owner, group, plain] = rulesOf(
      allow.owner().identityClaim('a::b').transferable(),
      allow.groups(['A', 'B']).withClaimIn('$.roles', { separator: ' ' }),
      allow.ownerDefinedIn('author'),
    )
    expect(owner).toMatchObject({
      transferable: true,
      groups: undefined,
      groupPath: undefined,
      separator: undefined,
    })
    expect(owner?.identityPath?.text).toBe('a::b')
    expect(group).toMatchObject({ transferable: false, groups: new Set(['A', 'B']), separator: ' ' })
    expect(group?.groupPath?.text).toBe('$.roles')
    expect(group?.identityPath).toBeUndefined()
    expect(plain).toMatchObject({ transferable: false, identityPath: undefined })
  })

  test('a field that is named without rules has none of its own', () => {
    const schema = {
      models: { Post: { rules: [allow.owner().definition], fields: { title: {} }, options: {} } },
    }
    expect(compile(schema).get('Post')?.fields.size).toBe(0)
  })

  test('the options of a model', () => {
    const counted = {
      Counted: { id: 'Int', version: 'Int =value', revs: 'Int[] =value', name: 'String =value' },
    }
    const of = (options: ModelOptions) =>
      compile(schemaOf([{ model: 'Counted', options }]), counted).get('Counted')
    expect(of({})).toMatchObject({ version: { name: 'version' }, path: undefined, clientIds: false })
    expect(of({ path: 'counts', clientIds: true })).toMatchObject({ path: 'counts', clientIds: true })
    expect(of({ clientIds: false })).toMatchObject({ clientIds: false, requireIfMatch: false })
    expect(of({ requireIfMatch: true })).toMatchObject({ requireIfMatch: true })
    for (const version of ['revs', 'name'])
      expect(faultsOf(schemaOf([{ model: 'Counted', options: { version } }]), counted)).toEqual([
        `Counted: .version("${version}") needs an Int or BigInt column with @default(1)`,
      ])
  })

  describe('relations whose other rows are linked by who may get them', () => {
    const tagged: Readonly<Record<string, FakeFields>> = {
      Article: {
        id: 'Int',
        tags: '-> Tag[] =tags',
        labels: '-> Tag[] =labels',
        notes: '-> Note[]',
        one: '-> Tag =one',
      },
      Tag: {
        id: 'Int',
        articles: '-> Article[] =tags',
        labelled: '-> Article[] =labels',
        ones: '-> Article[] =one',
      },
      Person: {
        id: 'Int',
        friends: '-> Person[] =friends',
        friendOf: '-> Person[] =friends',
        boss: '-> Person =boss',
        staff: '-> Person[] =boss',
      },
    }
    const of = (model: string, ...links: (readonly [relation: string, needs?: string])[]) => ({
      models: {
        [model]: {
          ...{ fields: {}, options: {} },
          links: links.map(([relation, needs = 'get']) => ({ relation, needs })),
        },
      },
    })
    const open = (model: string, ...links: (readonly [relation: string])[]) =>
      compile(of(model, ...links), tagged).get(model)?.openLinks

    test('are those named, and none without a name', () => {
      expect(open('Article')).toEqual(new Set())
      expect(open('Article', ['tags'])).toEqual(new Set(['tags']))
      expect(open('Article', ['labels'], ['tags'])).toEqual(new Set(['tags', 'labels']))
      expect(open('Person', ['friendOf'])).toEqual(new Set(['friendOf']))
    })
    test.each([
      ['Article', 'tag', 'tags, labels'],
      ['Article', 'id', 'tags, labels'],
      ['Article', 'notes', 'tags, labels'],
      ['Article', 'one', 'tags, labels'],
      ['Tag', 'tags', 'articles, labelled'],
      ['Tag', 'ones', 'articles, labelled'],
      ['Person', 'staff', 'friends, friendOf'],
      ['Note', 'articles', 'none'],
    ])('%s.%s is not one of %s', (model, relation, known) =>
      expect(faultsOf(of(model, [relation]), tagged)).toEqual([
        `${model}: .link("${relation}"): the model has no such many-to-many relation (it has ${known})`,
      ]),
    )
    test('are named once, and for "get"; all faults are told', () =>
      expect(faultsOf(of('Article', ['tags'], ['tags'], ['labels', 'update'], ['x']), tagged)).toEqual([
        'Article: .link("tags"): it stands twice',
        'Article: .link("labels"): "get" is all it takes, not "update"; without it, linking needs update',
        'Article: .link("x"): the model has no such many-to-many relation (it has tags, labels)',
      ]))
  })

  test('checks of others are told with the own ones', () => {
    const models = modelsOf(catalog({ Post: fields }))
    const schema = schemaOf([{ rules: [allow.groups([])] }])
    const alsoCheck = (policies: { readonly size: number }) => [`${policies.size} policy`, 'more']
    expect(() => compilePolicies(models, schema, { alsoCheck })).toThrow(
      new TypeError(
        'The rules do not fit the schema:\n  - Post: groups(): the list of groups is empty\n  - 1 policy\n  - more',
      ),
    )
    expect(
      compilePolicies(models, schemaOf([{ rules: [allow.guest()] }]), { alsoCheck: () => [] }).size,
    ).toBe(1)
  })
})
