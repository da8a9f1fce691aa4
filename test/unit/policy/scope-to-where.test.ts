import { all, allOf, anyOf, none, type Scope } from '../../../src/policy/scope.js'
import type { Model } from '../../../src/catalog/model.js'
import { escapeLike, outsideToWhere, scopeToWhere } from '../../../src/policy/scope-to-where.js'

const ana: Scope = { kind: 'equals', column: 'owner', values: ['ana'] }
const team: Scope = { kind: 'has', column: 'teams', values: ['a', 'b'] }

describe('a scope as a Prisma where', () => {
  test.each<[string, Scope, unknown]>([
    ['every row', all, {}],
    ['no row, said of a column that is never null', none, { id: { in: [] } }],
    ['one value', ana, { owner: 'ana' }],
    ['several values', { kind: 'equals', column: 'account', values: [1, 2] }, { account: { in: [1, 2] } }],
    ['a list', team, { teams: { hasSome: ['a', 'b'] } }],
    ['NULL', { kind: 'isNull', column: 'owner' }, { owner: { equals: null } }],
    [
      'a composite by its alias and last part, literally',
      { kind: 'shows', column: 'owner', alias: 'o_k::', last: '50%' },
      { owner: { startsWith: 'o\\_k::', endsWith: '::50\\%' } },
    ],
    ['a union', anyOf([ana, team]), { OR: [{ owner: 'ana' }, { teams: { hasSome: ['a', 'b'] } }] }],
    ['an intersection', allOf([ana, team]), { AND: [{ owner: 'ana' }, { teams: { hasSome: ['a', 'b'] } }] }],
    ['a union that nobody simplified', { kind: 'anyOf', scopes: [none] }, { OR: [{ id: { in: [] } }] }],
    [
      'an intersection that nobody simplified',
      { kind: 'allOf', scopes: [none] },
      { AND: [{ id: { in: [] } }] },
    ],
  ])('%s', (_, scope, where) => expect(scopeToWhere(scope, 'id')).toEqual(where))
})

describe('the rows outside a scope', () => {
  const column = (name: string, facts: object) => [name, { name, kind: 'scalar', type: 'String', ...facts }]
  const model = {
    idKey: { name: 'id', fields: ['id'] },
    columns: new Map([
      column('owner', { required: false, list: false }),
      column('poster', { required: true, list: false }),
      column('teams', { required: true, list: true }),
    ] as never),
  } as unknown as Model
  const shows: Scope = { kind: 'shows', column: 'owner', alias: '', last: 'ana' }
  test.each<[string, Scope, unknown]>([
    ['of every row: none', all, { id: { in: [] } }],
    ['of no row: all', none, {}],
    [
      'of a value: NULL and the others',
      ana,
      { OR: [{ owner: { equals: null } }, { NOT: { owner: 'ana' } }] },
    ],
    [
      'of a value that is never NULL',
      { kind: 'equals', column: 'poster', values: ['ana'] },
      { OR: [{ NOT: { poster: 'ana' } }] },
    ],
    [
      'of a list, which may be NULL whatever the schema says',
      team,
      { OR: [{ teams: { equals: null } }, { NOT: { teams: { hasSome: ['a', 'b'] } } }] },
    ],
    ['of NULL', { kind: 'isNull', column: 'owner' }, { NOT: { owner: { equals: null } } }],
    ['of NULL where there is none: all', { kind: 'isNull', column: 'poster' }, {}],
    [
      'of a composite',
      shows,
      { OR: [{ owner: { equals: null } }, { NOT: { owner: { startsWith: '', endsWith: '::ana' } } }] },
    ],
    [
      'of a union: outside of each',
      { kind: 'anyOf', scopes: [none, all] },
      { AND: [{}, { id: { in: [] } }] },
    ],
    [
      'of an intersection: outside of any',
      { kind: 'allOf', scopes: [none, all] },
      { OR: [{ id: { in: [] } }, {}, { id: { in: [] } }] },
    ],
    ['of an unknown column: it is never NULL', { kind: 'isNull', column: 'gone' }, {}],
  ])('%s', (_, scope, where) => expect(outsideToWhere(scope, model)).toEqual(where))
})

test('the metacharacters of LIKE become literal, each of them', () =>
  expect(escapeLike('a%b_c\\d%')).toBe('a\\%b\\_c\\\\d\\%'))
