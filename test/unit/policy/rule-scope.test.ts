import { anonymous, principal, type Claims, type Provider } from '../../../src/claims/principal.js'
import { allow } from '../../../src/policy/allow.js'
import type { Rule } from '../../../src/policy/rule.js'
import { identityOf, isLifted, ruleScope, scopeOf } from '../../../src/policy/rule-scope.js'
import type { AnyRule } from '../../../src/policy/schema-builder.js'
import { all, none, type Scope } from '../../../src/policy/scope.js'
import { model, policy } from '../../support/fake-catalog.js'

const post = model('Post', {
  ...{
    id: 'Uuid',
    owner: 'String?',
    author: 'String?',
    owners: 'String[]',
    account: 'Int?',
    accounts: 'BigInt[]',
  },
  ...{ team: 'String?', teams: 'String[]', title: 'String?' },
})
const compiled = (...rules: readonly AnyRule[]) => policy(post, rules)
const of = (claims: Claims, provider: Provider = 'oidc') => principal({ provider, issuer: 'x', claims })
const ana = of({ sub: 'ana', user_id: 7, groups: ['A', 'B'], roles: 'C D' })

function one(rule: AnyRule): Rule {
  const [only] = compiled(rule).rules.all
  if (!only) throw new Error('no rule')
  return only
}

/** The rows a rule opens, said of it alone and of its set: both ways must agree. */
function opened(rule: AnyRule, who = ana): Scope {
  const set = scopeOf(compiled(rule).rules, who, 'get')
  expect(ruleScope(one(rule), who)).toEqual(set)
  return set
}

describe('the rows a rule opens', () => {
  test('authenticated: all, to a token', () => {
    expect(opened(allow.authenticated())).toEqual(all)
    expect(opened(allow.authenticated(), anonymous)).toEqual(none)
  })
  test('guest: all, to a caller without credentials', () => {
    expect(opened(allow.guest(), anonymous)).toEqual(all)
    expect(opened(allow.guest())).toEqual(none)
  })
  test('publicApiKey: all, to a key', () => {
    expect(opened(allow.publicApiKey(), of({}, 'apiKey'))).toEqual(all)
    expect(opened(allow.publicApiKey())).toEqual(none)
  })
  test('custom: all, to whom the authorizer let in', () => {
    expect(opened(allow.custom(), of({}, 'function'))).toEqual(all)
    expect(opened(allow.custom())).toEqual(none)
  })
  test('group: all, to a member of any of the groups', () => {
    expect(opened(allow.group('A'))).toEqual(all)
    expect(opened(allow.groups(['X', 'B']))).toEqual(all)
    expect(opened(allow.groups(['X', 'Y', 'Z']))).toEqual(none)
    expect(opened(allow.group('A'), of({ sub: 'bo' }))).toEqual(none)
  })
  test('group: membership is exact', () => {
    expect(opened(allow.group('Admin'), of({ groups: ['NotAdmin', 'admin', 'Admin '] }))).toEqual(none)
  })
  test('group: where the rule says groups are, and split as it says', () => {
    expect(opened(allow.group('C').withClaimIn('roles', { separator: ' ' }))).toEqual(all)
    expect(opened(allow.group('C').withClaimIn('roles'))).toEqual(none)
    expect(opened(allow.group('A').withClaimIn('roles', { separator: ' ' }))).toEqual(none)
  })
  test('owner: those whose column names the caller', () => {
    expect(opened(allow.owner())).toEqual({ kind: 'equals', column: 'owner', values: ['ana'] })
    expect(opened(allow.ownerDefinedIn('author').identityClaim('user_id'))).toEqual({
      kind: 'equals',
      column: 'author',
      values: ['7'],
    })
  })
  test('owners: those whose list names the caller', () =>
    expect(opened(allow.ownersDefinedIn('owners'))).toEqual({
      kind: 'has',
      column: 'owners',
      values: ['ana'],
    }))
  test('owner: every stored form of a composite', () =>
    expect(opened(allow.owner(), of({ sub: 's', username: 'ana' }, 'userPools'))).toEqual({
      kind: 'equals',
      column: 'owner',
      values: ['s::ana', 's', 'ana'],
    }))
  test('owner: none without a usable claim', () => {
    expect(opened(allow.owner(), of({ sub: null }))).toEqual(none)
    expect(opened(allow.owner().identityClaim('absent'))).toEqual(none)
  })
  test('owner in a number column: what that column can hold', () => {
    expect(opened(allow.ownerDefinedIn('account'))).toEqual(none)
    expect(opened(allow.ownerDefinedIn('account').identityClaim('user_id'))).toEqual({
      kind: 'equals',
      column: 'account',
      values: [7],
    })
    const numbers = of({ groups: ['x', '7', '07'] })
    expect(opened(allow.groupsDefinedIn('accounts'), numbers)).toEqual({
      kind: 'has',
      column: 'accounts',
      values: [7n],
    })
  })
  test('dynamic group: those whose column names a group of the caller', () => {
    expect(opened(allow.groupDefinedIn('team'))).toEqual({
      kind: 'equals',
      column: 'team',
      values: ['A', 'B'],
    })
    expect(opened(allow.groupsDefinedIn('teams').withClaimIn('roles', { separator: ' ' }))).toEqual({
      kind: 'has',
      column: 'teams',
      values: ['C', 'D'],
    })
    expect(opened(allow.groupDefinedIn('team'), of({ sub: 'bo' }))).toEqual(none)
  })
  test('none, if the rule names another provider', () => {
    for (const rule of [
      allow.owner('userPools'),
      allow.group('A', 'userPools'),
      allow.authenticated('userPools'),
    ])
      expect(opened(rule)).toEqual(none)
  })
})

describe('rules together open the union of what each opens', () => {
  const owner = { kind: 'equals', column: 'owner', values: ['ana'] }
  test('two that look at rows', () =>
    expect(scopeOf(compiled(allow.owner(), allow.groupDefinedIn('team')).rules, ana, 'list')).toEqual({
      kind: 'anyOf',
      scopes: [owner, { kind: 'equals', column: 'team', values: ['A', 'B'] }],
    }))
  test('all rows, as soon as one looks at none', () => {
    expect(scopeOf(compiled(allow.owner(), allow.group('A')).rules, ana, 'list')).toEqual(all)
    expect(scopeOf(compiled(allow.owner(), allow.authenticated()).rules, ana, 'list')).toEqual(all)
  })
  test('all rows, if any of the places where groups are read makes the caller a member', () => {
    const rules = compiled(allow.group('X'), allow.group('C').withClaimIn('roles', { separator: ' ' })).rules
    expect(scopeOf(rules, ana, 'list')).toEqual(all)
  })
  test('only those with the operation', () => {
    const { rules } = compiled(allow.owner(), allow.authenticated().to(['read']))
    expect(scopeOf(rules, ana, 'update')).toEqual(owner)
    expect(scopeOf(rules, ana, 'get')).toEqual(all)
  })
})

describe("the caller's identity under a rule", () => {
  test('is what the claim of the rule holds', () => {
    expect(identityOf(one(allow.owner()), ana)?.value).toBe('ana')
    expect(identityOf(one(allow.owner().identityClaim('user_id')), ana)?.value).toBe('7')
  })
  test('is absent if the claim is, or if the rule is for another provider', () => {
    expect(identityOf(one(allow.owner().identityClaim('absent')), ana)).toBeUndefined()
    expect(identityOf(one(allow.owner('userPools')), ana)).toBeUndefined()
  })
})

describe('what is said about rule columns is lifted', () => {
  const lifted = (
    rules: readonly AnyRule[],
    who = ana,
    fields = {},
    operation: 'create' | 'update' = 'update',
  ) => isLifted(policy(post, rules, fields), who, 'owner', operation)

  test('by a static group rule that grants the operation', () => {
    expect(lifted([allow.group('X'), allow.group('A')])).toBe(true)
    expect(lifted([allow.group('A').to(['update'])])).toBe(true)
    expect(lifted([allow.group('A').to(['update'])], ana, {}, 'create')).toBe(false)
    expect(lifted([allow.group('X')])).toBe(false)
    expect(lifted([allow.group('A', 'userPools')])).toBe(false)
  })
  test('by a custom rule', () => {
    expect(lifted([allow.custom()], of({}, 'function'))).toBe(true)
    expect(lifted([allow.custom()])).toBe(false)
  })
  test('by no other rule, static or not', () => {
    expect(lifted([allow.authenticated(), allow.owner(), allow.groupDefinedIn('team')])).toBe(false)
    expect(lifted([allow.guest()], anonymous)).toBe(false)
    expect(lifted([allow.publicApiKey()], of({}, 'apiKey'))).toBe(false)
    expect(lifted([allow.authenticated()])).toBe(false)
  })
  test('by the rules of the field alone, if it has any', () => {
    expect(lifted([allow.group('A')], ana, { owner: [allow.owner()] })).toBe(false)
    expect(lifted([allow.owner()], ana, { owner: [allow.group('A')] })).toBe(true)
    expect(lifted([allow.owner()], ana, { title: [allow.group('A')] })).toBe(false)
  })
})

test.each(['owner', 'group'] as const)(
  'a rule for a column that it does not have opens nothing: %s',
  (strategy) => {
    expect(ruleScope({ ...one(allow.authenticated()), strategy }, ana)).toEqual(none)
  },
)
