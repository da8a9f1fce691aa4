import { principal, type Claims, type PrincipalSettings } from '../../../src/claims/principal.js'
import { allow } from '../../../src/policy/allow.js'
import { explainPolicy } from '../../../src/policy/explain.js'
import type { AnyRule } from '../../../src/policy/schema-builder.js'
import { model, policy } from '../../support/fake-catalog.js'

const post = model('Post', {
  ...{ id: 'Int', owner: 'String?', accountId: 'Int?', accounts: 'BigInt[]', teams: 'String[]' },
  ...{ title: 'String?', salary: 'Int?' },
})
const caller = (claims: Claims, settings: Partial<PrincipalSettings> = {}) =>
  principal({ provider: 'oidc', issuer: 'i', claims, ...settings })
const ana = caller({ user_id: 'ana', groups: ['Readers', 'Writers'] })

/** What one rule says. */
function verdict(rule: AnyRule, ...[who, operation, row, options]: Rest): unknown {
  return explainPolicy(policy(post, [rule]), who, operation, row, options).rules.map(
    ({ matched, reason }) => `${matched ? 'yes' : 'no'}: ${reason}`,
  )[0]
}
type Rest =
  Parameters<typeof explainPolicy> extends [unknown, infer W, infer O, ...infer R]
    ? [W, O, R[0]?, R[1]?]
    : never

const owner = allow.owner().identityClaim('user_id')
const staff = allow.groups(['Admin', 'Writers'])

test.each([
  ['an owner', owner, ana, { owner: 'ana' }, 'yes: owner names "ana"'],
  ['somebody else', owner, ana, { owner: 'bo' }, 'no: owner is "bo", caller is "ana"'],
  ['nobody', owner, ana, { owner: null }, 'no: owner is null, caller is "ana"'],
  ['a row that does not show its owner', owner, ana, {}, 'no: owner is absent from the row, caller is "ana"'],
  ['no row', owner, ana, undefined, 'yes: opens only rows whose owner names "ana" (claim user_id)'],
  ['no claim', owner, caller({ sub: 'ana' }), { owner: 'ana' }, 'no: claim user_id absent'],
  ['an unusable claim', owner, caller({ user_id: ' ' }), {}, 'no: claim user_id holds no usable identity'],
  [
    'half a composite',
    allow.owner('userPools'),
    caller({ sub: '1' }, { provider: 'userPools' }),
    {},
    'no: claim username absent',
  ],
  [
    'a composite',
    allow.owner('userPools'),
    caller({ sub: '1', username: 'ana' }, { provider: 'userPools' }),
    { owner: 'x' },
    'no: owner is "x", caller is "1::ana", "1", "ana"',
  ],
  ['another provider', allow.owner('userPools'), ana, {}, 'no: provider userPools expected, caller is oidc'],
  [
    'any token',
    allow.owner(),
    caller({}, { provider: 'apiKey' }),
    {},
    'no: provider userPools or oidc expected, caller is apiKey',
  ],
  [
    'a text where a number is needed',
    allow.ownerDefinedIn('accountId').identityClaim('user_id'),
    ana,
    {},
    'no: the claim holds nothing that accountId (Int) could hold',
  ],
  [
    'numbers of 64 bits',
    allow.ownersDefinedIn('accounts').identityClaim('n'),
    caller({ n: 7 }),
    { accounts: [8n] },
    'no: accounts is ["8"], caller is "7"',
  ],
  ['a member', staff, ana, {}, 'yes: caller is in "Writers"'],
  ['a member of other groups', allow.group('Admin'), ana, {}, 'no: caller is in "Readers", "Writers" only'],
  ['no groups', staff, caller({}), {}, 'no: claim groups absent'],
  ['unusable groups', staff, caller({ groups: 7 }), {}, 'no: claim groups holds no usable group'],
  [
    'groups of the row',
    allow.groupsDefinedIn('teams'),
    ana,
    { teams: ['Readers'] },
    'yes: teams names "Readers", "Writers"',
  ],
  ['a token', allow.authenticated(), ana, {}, 'yes: caller has a valid token'],
  [
    'an API key',
    allow.publicApiKey(),
    caller({}, { provider: 'apiKey' }),
    {},
    'yes: caller has a valid API key',
  ],
  [
    'a custom authorizer',
    allow.custom(),
    caller({}, { provider: 'function' }),
    {},
    'yes: caller was let in by the custom authorizer',
  ],
  ['a guest', allow.guest(), caller({}, { provider: 'identityPool' }), {}, 'yes: caller sent no credentials'],
  ['another operation', owner.to(['create', 'delete']), ana, {}, 'no: grants create, delete'],
] as const)('%s is told so', (_, rule, who, row, expected) => {
  expect(verdict(rule, who, 'get', row)).toBe(expected)
})

test.each([
  [owner, { owner: 'canary' }, 'no: owner does not name the caller'],
  [owner, { owner: 'ana' }, 'yes: owner names the caller'],
  [owner, undefined, 'yes: opens only rows whose owner names the caller (claim user_id)'],
  [staff, {}, 'yes: caller is in such a group'],
  [allow.group('Admin'), {}, 'no: caller is in other groups only'],
])('without values, nothing of the claims or the row is named', (rule, row, expected) => {
  expect(verdict(rule, ana, 'get', row, { values: false })).toBe(expected)
})

test('a thousand groups and a long value are cut', () => {
  const many = caller({ groups: Array.from({ length: 1000 }, (_, at) => `g${at}`) })
  expect(verdict(allow.group('Admin'), many, 'get')).toBe(
    'no: caller is in "g0", "g1", "g2", "g3", "g4", 995 more only',
  )
  const text = String(verdict(owner, ana, 'get', { owner: 'x'.repeat(500) }))
  expect(text).toHaveLength('no: owner is , caller is "ana"'.length + 100)
})

test('the claim is named that the caller is known by, and a create takes rows', () => {
  expect(verdict(allow.owner(), caller({ sub: 's' }), 'create')).toBe(
    'yes: takes only rows whose owner names "s" (claim sub)',
  )
  expect(verdict(allow.groupsDefinedIn('teams').withClaimIn('g'), caller({ g: 'A' }), 'list')).toBe(
    'yes: opens only rows whose teams names "A" (claim g)',
  )
  expect(verdict(allow.groupsDefinedIn('teams'), caller({ groups: 'A' }), 'list')).toBe(
    'yes: opens only rows whose teams names "A" (claim groups)',
  )
})

test('five groups and a hundred characters are told in full', () => {
  const five = caller({ groups: ['a', 'b', 'c', 'd', 'e'] })
  expect(verdict(allow.group('Admin'), five, 'get')).toBe('no: caller is in "a", "b", "c", "d", "e" only')
  const long = 'x'.repeat(98)
  expect(verdict(owner, ana, 'get', { owner: long })).toBe(`no: owner is "${long}", caller is "ana"`)
})

test('every rule of the model and of its fields is told, with the outcome', () => {
  const rules = policy(post, [owner, allow.authenticated().to(['read'])], {
    salary: [allow.group('HR')],
  })
  expect(explainPolicy(rules, ana, 'update', { owner: 'bo' })).toStrictEqual({
    model: 'Post',
    operation: 'update',
    allowed: false,
    rules: [
      { rule: 'owner()', matched: false, reason: 'owner is "bo", caller is "ana"' },
      { rule: 'authenticated()', matched: false, reason: 'grants get, list, listen' },
      {
        field: 'salary',
        rule: "groups('HR')",
        matched: false,
        reason: 'caller is in "Readers", "Writers" only',
      },
    ],
  })
  expect(explainPolicy(rules, ana, 'get', { owner: 'bo' }).allowed).toBe(true)
  expect(explainPolicy(rules, ana, 'update').allowed).toBe(true)
  expect(explainPolicy(rules, caller({}), 'update').allowed).toBe(false)
})

test('a rule that grants nothing to a field says so', () => {
  const rules = policy(post, [owner], { salary: [allow.group('HR').to(['delete'])] })
  expect(explainPolicy(rules, ana, 'get').rules[1]).toMatchObject({
    matched: false,
    reason: 'grants nothing',
  })
})
