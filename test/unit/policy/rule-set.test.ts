import { allow } from '../../../src/policy/allow.js'
import { operations } from '../../../src/policy/operation.js'
import { isDynamic, noRules, ruleSet, type Granting } from '../../../src/policy/rule-set.js'
import type { AnyRule } from '../../../src/policy/schema-builder.js'
import { model, policy } from '../../support/fake-catalog.js'

const post = model('Post', { id: 'Uuid', owner: 'String?', teams: 'String[]' })
const rulesOf = (...rules: readonly AnyRule[]) => policy(post, rules).rules
const nothing = { everyone: false, groups: [], dynamic: [], scopes: [] }

/** What is granted, in short. */
const short = ({ everyone, groups, dynamic }: Granting) => ({
  everyone,
  groups: groups.map(({ groupPath, separator, groups: names }) => [groupPath?.text, separator, ...names]),
  dynamic: dynamic.map(({ label }) => label),
})

test('no rules grant nothing', () => {
  expect(noRules.all).toEqual([])
  for (const operation of operations) expect(noRules.granting(operation, 'oidc')).toEqual(nothing)
})

test('a rule grants its operations to its providers and nothing else', () => {
  const { all, granting } = rulesOf(
    allow.authenticated('oidc').to(['read']),
    allow.owner('userPools').to(['update']),
  )
  expect(all.map(({ label }) => label)).toEqual(['authenticated() of oidc', 'owner() of userPools'])
  expect(short(granting('get', 'oidc'))).toEqual({ everyone: true, groups: [], dynamic: [] })
  expect(short(granting('list', 'oidc'))).toEqual({ everyone: true, groups: [], dynamic: [] })
  expect(short(granting('update', 'userPools'))).toEqual({
    everyone: false,
    groups: [],
    dynamic: ['owner()'].map((label) => `${label} of userPools`),
  })
  expect(granting('get', 'userPools')).toEqual(nothing)
  expect(granting('update', 'oidc')).toEqual(nothing)
  expect(granting('delete', 'oidc')).toEqual(nothing)
  expect(granting('get', 'identityPool')).toEqual(nothing)
})

test('a rule without provider grants to every kind of token', () => {
  const { granting } = rulesOf(allow.authenticated())
  expect(granting('get', 'oidc').everyone).toBe(true)
  expect(granting('get', 'userPools').everyone).toBe(true)
  expect(granting('get', 'function').everyone).toBe(false)
})

test('static group rules become one set of names for each place groups are read from', () => {
  const { granting } = rulesOf(
    allow.groups(['A', 'B']),
    allow.group('C'),
    allow.group('D').withClaimIn('roles'),
    allow.group('E').withClaimIn('roles'),
    allow.group('F').withClaimIn('roles', { separator: ',' }),
    allow.group('G').withClaimIn('teams'),
  )
  expect(short(granting('get', 'oidc'))).toEqual({
    everyone: false,
    groups: [
      [undefined, undefined, 'A', 'B', 'C'],
      ['roles', undefined, 'D', 'E'],
      ['roles', ',', 'F'],
      ['teams', undefined, 'G'],
    ],
    dynamic: [],
  })
})

test('rules that look at the row are kept apart from those that do not', () => {
  const rules = [allow.owner(), allow.groupsDefinedIn('teams'), allow.group('A'), allow.authenticated()]
  const { all, granting } = rulesOf(...rules)
  expect(all.map(isDynamic)).toEqual([true, true, false, false])
  expect(short(granting('delete', 'oidc'))).toEqual({
    everyone: true,
    groups: [[undefined, undefined, 'A']],
    dynamic: ['owner()', "groupsDefinedIn('teams')"],
  })
})

test('a group rule, static or not, is not for everyone', () =>
  expect(rulesOf(allow.group('A'), allow.groupsDefinedIn('teams')).granting('get', 'oidc').everyone).toBe(
    false,
  ))

test.each(['owner', 'group'] as const)(
  'a rule for a column that it does not have is not for everyone: %s',
  (strategy) => {
    const [rule] = rulesOf(allow.authenticated()).all
    if (!rule) throw new Error('no rule')
    const { granting } = ruleSet([{ ...rule, strategy }])
    expect(granting('get', 'oidc')).toEqual(nothing)
  },
)

test('group rules that read the scope of tokens, or may, are kept with the values that can be asked for', () => {
  const scopes = (...rules: readonly AnyRule[]) =>
    rulesOf(...rules)
      .granting('get', 'oidc')
      .scopes.map(({ groupPath, names }) => [groupPath?.text, ...names])
  const names = ['a:b', 'https://x/y', 'two words', 'a"b', 'a\\b', 'ü']
  expect(scopes(allow.groups(names).withClaimIn('scope'))).toEqual([['scope', 'a:b', 'https://x/y']])
  expect(scopes(allow.group('A').withClaimIn('$.scp'), allow.group('B'))).toEqual([
    ['$.scp', 'A'],
    [undefined, 'B'],
  ])
  expect(scopes(allow.groupDefinedIn('owner').withClaimIn('scp'))).toEqual([['scp']])
  for (const path of ['roles', '$.a.scope', '$.scope[0]', 'Scope'])
    expect(scopes(allow.group('A').withClaimIn(path))).toEqual([])
  expect(scopes(allow.owner().identityClaim('scope'), allow.authenticated())).toEqual([])
})
