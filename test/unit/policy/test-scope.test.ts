import { all, allOf, anyOf, none, type Scope } from '../../../src/policy/scope.js'
import { testScope } from '../../../src/policy/test-scope.js'

const row = { owner: 'ana', title: null, teams: ['a', 'b'], account: 7n, shown: 'okta::sub-1::ana' }
const owner = (...values: readonly string[]): Scope => ({ kind: 'equals', column: 'owner', values })
const teams = (...values: readonly string[]): Scope => ({ kind: 'has', column: 'teams', values })
const shows = (column: string, alias: string, last: string): Scope => ({ kind: 'shows', column, alias, last })

describe('a row is in a scope', () => {
  test.each<[string, Scope, boolean]>([
    ['all', all, true],
    ['none', none, false],
    ['the column holds one of the values', owner('bo', 'ana'), true],
    ['the column holds another value', owner('bo'), false],
    ['the column holds the big number', { kind: 'equals', column: 'account', values: [7n] }, true],
    ['a column the row does not carry', { kind: 'equals', column: 'author', values: ['ana'] }, false],
    ['the list shares a value', teams('x', 'b'), true],
    ['the list shares no value', teams('x'), false],
    ['a list column that is NULL', { kind: 'has', column: 'title', values: ['a'] }, false],
    ['a list column the row does not carry', { kind: 'has', column: 'editors', values: ['a'] }, false],
    ['the column is NULL', { kind: 'isNull', column: 'title' }, true],
    ['the column is not NULL', { kind: 'isNull', column: 'owner' }, false],
    ['a column the row does not carry is not NULL', { kind: 'isNull', column: 'author' }, false],
    ['the composite is shown so', shows('shown', 'okta::', 'ana'), true],
    ['the composite is shown so, whoever issued it', shows('shown', '', 'ana'), true],
    ['the composite has another last part', shows('shown', 'okta::', 'bo'), false],
    ['the composite has a last part that only ends so', shows('shown', 'okta::', 'na'), false],
    ['the composite has another alias', shows('shown', 'corp::', 'ana'), false],
    ['no composite', shows('owner', '', 'ana'), false],
    ['a number is no composite', shows('account', '', '7'), false],
    ['NULL is no composite', shows('title', '', 'ana'), false],
    ['one of several', anyOf([owner('bo'), teams('a')]), true],
    ['none of several', anyOf([owner('bo'), teams('x')]), false],
    ['all of several', allOf([owner('ana'), teams('a')]), true],
    ['not all of several', allOf([owner('ana'), teams('x')]), false],
  ])('%s', (_, scope, expected) => expect(testScope(scope, row)).toBe(expected))
})
