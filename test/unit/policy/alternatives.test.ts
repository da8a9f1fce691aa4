import { alternativesOf } from '../../../src/policy/alternatives.js'
import { all, none, type Scope } from '../../../src/policy/scope.js'

const equals = (column: string, ...values: string[]): Scope => ({ kind: 'equals', column, values })
const has: Scope = { kind: 'has', column: 'owners', values: ['a', 'b'] }
const both: Scope = { kind: 'allOf', scopes: [equals('owner', 'a', 'b'), has] }

test.each<readonly [string, Scope, readonly Scope[]]>([
  ['every row', all, [all]],
  ['no row', none, [none]],
  ['one value', equals('owner', 'a'), [equals('owner', 'a')]],
  ['several values', equals('owner', 'a', 'b'), [equals('owner', 'a'), equals('owner', 'b')]],
  [
    'several rules, which may name the same',
    { kind: 'anyOf', scopes: [equals('owner', 'a', 'b'), equals('author', 'a'), equals('owner', 'a')] },
    [equals('owner', 'a'), equals('owner', 'b'), equals('author', 'a')],
  ],
  ['a list column, and an intersection', { kind: 'anyOf', scopes: [has, both] }, [has, both]],
])('the parts of %s', (_, scope, parts) => {
  expect(alternativesOf(scope)).toEqual(parts)
})
