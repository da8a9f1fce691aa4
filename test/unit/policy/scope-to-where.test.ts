import { all, allOf, anyOf, none, type Scope } from '../../../src/policy/scope.js'
import { escapeLike, scopeToWhere } from '../../../src/policy/scope-to-where.js'

const ana: Scope = { kind: 'equals', column: 'owner', values: ['ana'] }
const team: Scope = { kind: 'has', column: 'teams', values: ['a', 'b'] }

describe('a scope as a Prisma where', () => {
  test.each<[string, Scope, unknown]>([
    ['every row', all, {}],
    ['no row, said of a column that is never null', none, { id: { in: [] } }],
    ['one value', ana, { owner: { equals: 'ana' } }],
    ['several values', { kind: 'equals', column: 'account', values: [1, 2] }, { account: { in: [1, 2] } }],
    ['a list', team, { teams: { hasSome: ['a', 'b'] } }],
    ['NULL', { kind: 'isNull', column: 'owner' }, { owner: { equals: null } }],
    [
      'a composite by its alias and last part, literally',
      { kind: 'shows', column: 'owner', alias: 'o_k::', last: '50%' },
      { owner: { startsWith: 'o\\_k::', endsWith: '::50\\%' } },
    ],
    [
      'a union',
      anyOf([ana, team]),
      { OR: [{ owner: { equals: 'ana' } }, { teams: { hasSome: ['a', 'b'] } }] },
    ],
    [
      'an intersection',
      allOf([ana, team]),
      { AND: [{ owner: { equals: 'ana' } }, { teams: { hasSome: ['a', 'b'] } }] },
    ],
    ['a union that nobody simplified', { kind: 'anyOf', scopes: [none] }, { OR: [{ id: { in: [] } }] }],
    [
      'an intersection that nobody simplified',
      { kind: 'allOf', scopes: [none] },
      { AND: [{ id: { in: [] } }] },
    ],
  ])('%s', (_, scope, where) => expect(scopeToWhere(scope, 'id')).toEqual(where))
})

test('the metacharacters of LIKE become literal, each of them', () =>
  expect(escapeLike('a%b_c\\d%')).toBe('a\\%b\\_c\\\\d\\%'))
