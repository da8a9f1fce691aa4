import { allow } from '../../../src/policy/allow.js'
import { areCovered } from '../../../src/policy/coverage.js'
import type { AnyRule } from '../../../src/policy/schema-builder.js'
import { model, policy } from '../../support/fake-catalog.js'

const post = model('Post', { id: 'Int', owner: 'String?', team: 'String?' })
const covered = (rules: readonly AnyRule[], by: readonly AnyRule[]) =>
  areCovered(policy(post, rules).rules.all, policy(post, by).rules.all)

test.each([
  ['the same rule', [allow.owner()], [allow.owner()]],
  ['one of several', [allow.owner()], [allow.guest(), allow.owner().to(['read'])]],
  ['each of several', [allow.owner(), allow.group('A')], [allow.group('A'), allow.owner()]],
  ['all of its groups', [allow.groups(['A', 'B'])], [allow.group('A'), allow.groups(['B', 'C'])]],
  [
    'any token',
    [allow.owner(), allow.group('A'), allow.groupDefinedIn('team', 'oidc')],
    [allow.authenticated()],
  ],
  ['a token of its provider', [allow.owner('oidc')], [allow.authenticated('oidc')]],
] as const)('a rule is covered by %s', (_, rules, by) => expect(covered(rules, by)).toBe(true))

test.each([
  ['another strategy', [allow.owner()], [allow.group('A')]],
  ['another column', [allow.groupDefinedIn('team')], [allow.groupDefinedIn('owner')]],
  ['another claim', [allow.owner()], [allow.owner().identityClaim('x')]],
  [
    'another separator',
    [allow.group('A').withClaimIn('x')],
    [allow.group('A').withClaimIn('x', { separator: ' ' })],
  ],
  ['another provider', [allow.owner()], [allow.owner('oidc')]],
  ['a token of another provider', [allow.owner()], [allow.authenticated('oidc')]],
  ['a token, where it is for callers without one', [allow.custom()], [allow.authenticated()]],
  ['some of its groups', [allow.groups(['A', 'B'])], [allow.group('A')]],
  ['what covers the other one', [allow.owner(), allow.guest()], [allow.owner()]],
] as const)('a rule is not covered by %s', (_, rules, by) => expect(covered(rules, by)).toBe(false))
