import { principal, type Claims } from '../../../src/claims/principal.js'
import { allow } from '../../../src/policy/allow.js'
import { decide, fieldScope, isOpenOnEveryRow, type Allowed } from '../../../src/policy/decide.js'
import { operations, type Operation } from '../../../src/policy/operation.js'
import type { Policy } from '../../../src/policy/policy.js'
import { all, none } from '../../../src/policy/scope.js'
import { model, policy } from '../../support/fake-catalog.js'

const post = model('Post', {
  id: 'Uuid',
  owner: 'String?',
  team: 'String?',
  title: 'String?',
  salary: 'Int?',
})
const member = model('Member', { team: 'String!', person: 'String!', owner: 'String?' })
const of = (claims: Claims) => principal({ provider: 'oidc', issuer: 'x', claims })
const ana = of({ sub: 'ana', groups: ['A'] })
const owner = { kind: 'equals', column: 'owner', values: ['ana'] } as const
const team = { kind: 'equals', column: 'team', values: ['A'] } as const

function allowed(rules: Policy, operation: Operation, who = ana): Allowed {
  const decision = decide(rules, who, operation)
  if (!decision.allowed) throw new Error('denied')
  return decision
}

test('without a rule for the operation, or a usable claim, everything is denied', () => {
  for (const operation of operations) {
    expect(decide(policy(post, undefined), ana, operation)).toEqual({ allowed: false })
    expect(decide(policy(post, [allow.owner()]), of({}), operation)).toEqual({ allowed: false })
  }
  expect(decide(policy(post, [allow.owner().to(['read'])]), ana, 'update')).toEqual({ allowed: false })
})

test('a decision carries the rows of the model, those of every field with rules, and their union', () => {
  const rules = policy(post, [allow.owner()], {
    title: [allow.groupDefinedIn('team')],
    salary: [allow.group('X')],
  })
  expect(decide(rules, ana, 'get')).toEqual({
    allowed: true,
    operation: 'get',
    policy: rules,
    scope: { kind: 'anyOf', scopes: [owner, team] },
    modelScope: owner,
    fieldScopes: new Map<string, unknown>([
      ['title', team],
      ['salary', none],
    ]),
  })
})

test('a field alone opens rows, but for delete', () => {
  const rules = policy(post, [allow.group('X')], { title: [allow.owner()] })
  expect(allowed(rules, 'list').scope).toEqual(owner)
  expect(allowed(rules, 'list').modelScope).toEqual(none)
  expect(decide(rules, ana, 'delete')).toEqual({ allowed: false })
})

test('a decision is made once for a caller, a policy and an operation', () => {
  const [first, second] = [policy(post, [allow.owner()]), policy(post, [allow.owner()])]
  const bo = of({ sub: 'bo' })
  const made = operations.map((operation) => allowed(first, operation))
  allowed(second, 'get')
  allowed(first, 'get', bo)
  expect(
    operations.map((operation) => allowed(first, operation) === made[operations.indexOf(operation)]),
  ).toEqual(operations.map(() => true))
  expect(made.map(({ operation }) => operation)).toEqual(operations)
  expect(allowed(second, 'get').policy).toBe(second)
  expect(allowed(first, 'get', bo).scope).toEqual({ kind: 'equals', column: 'owner', values: ['bo'] })
})

describe('the rows on which a field is open', () => {
  const rules = () => policy(post, [allow.owner()], { title: [allow.groupDefinedIn('team')] })
  test("those of its own rules, else the model's", () => {
    expect(fieldScope(allowed(rules(), 'get'), 'title')).toEqual(team)
    expect(fieldScope(allowed(rules(), 'get'), 'salary')).toEqual(owner)
  })
  test('an id comes with every row, each part of a compound one too', () => {
    const decision = allowed(rules(), 'get')
    expect(fieldScope(decision, 'id')).toEqual(decision.scope)
    const two = allowed(policy(member, [allow.owner().to(['read'])], { owner: [allow.group('A')] }), 'get')
    expect(two.scope).toEqual(all)
    expect(['team', 'person', 'owner'].map((field) => fieldScope(two, field))).toEqual([all, all, all])
  })
})

describe('a field is open on every row the decision allows', () => {
  const rules = () =>
    policy(post, [allow.owner()], {
      title: [allow.groupDefinedIn('team')],
      salary: [allow.group('A').to(['update'])],
    })
  test('if it is open on all rows', () =>
    expect(isOpenOnEveryRow(allowed(rules(), 'update'), 'salary')).toBe(true))
  test('if it is open on the same rows', () => {
    expect(isOpenOnEveryRow(allowed(rules(), 'get'), 'id')).toBe(true)
    expect(isOpenOnEveryRow(allowed(policy(post, [allow.owner()]), 'get'), 'title')).toBe(true)
  })
  test('not if some row opens by another field', () => {
    expect(isOpenOnEveryRow(allowed(rules(), 'get'), 'title')).toBe(false)
    expect(isOpenOnEveryRow(allowed(rules(), 'get'), 'owner')).toBe(false)
    expect(isOpenOnEveryRow(allowed(rules(), 'get'), 'salary')).toBe(false)
  })
})
