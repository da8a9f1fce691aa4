import type { Lack } from '../../../src/catalog/catalog.js'
import { modelsOf } from '../../../src/catalog/model.js'
import { allow } from '../../../src/policy/allow.js'
import { compilePolicies } from '../../../src/policy/compile-policies.js'
import { policyNotes } from '../../../src/policy/notes.js'
import type { AnyRule } from '../../../src/policy/schema-builder.js'
import type { SchemaDefinition } from '../../../src/policy/schema-definition.js'
import { catalog } from '../../support/fake-catalog.js'

const view: readonly Lack[] = ['create', 'update', 'delete']
const definitions = (rules: readonly AnyRule[]) => rules.map(({ definition }) => definition)

interface Written {
  readonly rules?: readonly AnyRule[]
  readonly title?: readonly AnyRule[]
  readonly schemaRules?: readonly AnyRule[]
}

/** What becomes of the rules of a model that lacks something. */
function compiled(lacks: readonly Lack[], { rules, title, schemaRules }: Written) {
  const { models: plain, enums } = catalog({ Sum: { id: 'Int', owner: 'String', title: 'String' } })
  const models = modelsOf({
    enums,
    models: Object.fromEntries(Object.entries(plain).map(([name, facts]) => [name, { ...facts, lacks }])),
  })
  const schema: SchemaDefinition = {
    ...(schemaRules && { rules: definitions(schemaRules) }),
    models: {
      Sum: {
        ...(rules && { rules: definitions(rules) }),
        fields: title ? { title: { rules: definitions(title) } } : {},
        options: {},
      },
    },
  }
  const policies = compilePolicies(models, schema)
  const policy = policies.get('Sum')
  return {
    granted: policy?.rules.all.map(({ operations }) => [...operations]),
    onTitle: policy?.fields.get('title')?.all.map(({ operations }) => [...operations]),
    notes: policyNotes({ models, policies, schema, kinds: [] }).filter((note) => note.startsWith('Sum: ')),
  }
}

const unwritable = 'Sum: nobody can create, update, delete a row, whatever its rules say: it is a view'

test('rules grant nothing that a model lacks, and a note says so', () => {
  const { granted, notes } = compiled(view, { rules: [allow.owner(), allow.guest().to(['create', 'list'])] })
  expect(granted).toEqual([['get', 'list', 'listen'], ['list']])
  expect(notes).toEqual([unwritable])
})

test('nor do rules of the schema, or of a field', () => {
  expect(compiled(view, { schemaRules: [allow.owner()] })).toMatchObject({
    granted: [['get', 'list', 'listen']],
    notes: [unwritable],
  })
  expect(
    compiled(view, { rules: [allow.owner().to(['read'])], title: [allow.owner().to(['update'])] }),
  ).toEqual({
    granted: [['get', 'list', 'listen']],
    onTitle: [[]],
    notes: ['Sum: nobody can update a row, whatever its rules say: it is a view'],
  })
})

test('what is lacking and never granted is worth no note', () => {
  expect(compiled(view, { rules: [allow.owner().to(['read'])] }).notes).toEqual([])
  expect(compiled([], { rules: [allow.owner()] })).toMatchObject({
    granted: [['create', 'get', 'list', 'update', 'delete', 'listen']],
    notes: [],
  })
})

test('a model that lacks nothing but create has a column that Prisma cannot write', () => {
  expect(compiled(['create'], { rules: [allow.owner()] })).toMatchObject({
    granted: [['get', 'list', 'update', 'delete', 'listen']],
    notes: [
      'Sum: nobody can create a row, whatever its rules say: it has a required column without a default ' +
        'that is Unsupported(…) or @ignore, so Prisma has no value for it',
    ],
  })
})

test('of a model without a key is said what it needs', () => {
  const schema = { models: { Sum: { fields: {}, options: {} }, Other: { fields: {}, options: {} } } }
  expect(() => compilePolicies(new Map(), schema, { keyless: ['Sum'] })).toThrow(
    'The rules do not fit the schema:\n' +
      '  - Sum: nothing tells its rows apart; give it a field that is @unique\n' +
      '  - Other: schema.prisma has no such model (it has )',
  )
})
