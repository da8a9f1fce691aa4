import { principal, type Claims } from '../../../src/claims/principal.js'
import { allow } from '../../../src/policy/allow.js'
import { identityText, isIdentified, principalText } from '../../../src/policy/principal-key.js'
import { model, policy } from '../../support/fake-catalog.js'

const post = model('Post', { id: 'Uuid', owner: 'String?', team: 'String?', title: 'String?' })
const note = model('Note', { id: 'Uuid', owner: 'String?' })

interface Kind {
  readonly provider?: 'oidc' | 'userPools'
  readonly issuer?: string
}

const textOf = (claims: Claims, kind?: Kind) => textBy(principalText, claims, kind)
const identityOf = (claims: Claims, kind?: Kind) => textBy(identityText, claims, kind)

function textBy(
  by: typeof identityText,
  claims: Claims,
  { provider = 'oidc', issuer = 'https://id' }: Kind = {},
): string {
  const policies = new Map([
    [
      'Post',
      policy(
        post,
        [allow.owner(), allow.owner().identityClaim('user_id'), allow.group('A').withClaimIn('roles')],
        { title: [allow.owner().identityClaim('$.org.id'), allow.groupDefinedIn('team'), allow.guest()] },
      ),
    ],
    ['Note', policy(note, [allow.owner().identityClaim('user_id'), allow.group('B').withClaimIn('roles')])],
  ])
  return by(policies)(principal({ provider, issuer, claims }))
}

const claims = {
  ...{ sub: 'sub-1', username: 'ana', user_id: 7, org: { id: 'acme' }, roles: ['A', 'C'], groups: 'staff' },
  email: 'ana@example.com',
}

test('it is the provider, the issuer, sub, and what every claim path of a rule reads, each path once', () => {
  expect(JSON.parse(textOf(claims))).toEqual([
    'oidc',
    'https://id',
    'sub-1',
    ['sub-1', '7', 'acme'],
    [['staff'], ['A', 'C']],
  ])
})

test.each<[string, Claims]>([
  ['sub', { ...claims, sub: 'sub-2' }],
  ['a claim an owner rule names', { ...claims, user_id: 8 }],
  ['a claim the owner rule of a field names', { ...claims, org: { id: 'other' } }],
  ['a claim a group rule names', { ...claims, roles: ['A'] }],
  ['the groups of the issuer', { ...claims, groups: 'other' }],
])('callers who differ in %s are told apart', (_, others) => expect(textOf(others)).not.toBe(textOf(claims)))

test('callers of two providers or issuers are told apart, though their claims are equal', () => {
  expect(textOf(claims, { issuer: 'https://other' })).not.toBe(textOf(claims))
  expect(textOf(claims, { provider: 'userPools' })).not.toBe(textOf(claims))
})

test('callers who differ in what no rule names are one', () =>
  expect(textOf({ ...claims, email: 'bo@example.com' })).toBe(textOf(claims)))

test('a caller without any of the claims has a text too', () =>
  expect(JSON.parse(textOf({}))).toEqual(['oidc', 'https://id', null, [null, null, null], [[], []]]))

test('groups have no order and none is in twice', () =>
  expect(textOf({ ...claims, roles: ['C', 'A', 'C'] })).toBe(textOf(claims)))

describe('the identity of a caller', () => {
  test('is the same without groups, so whatever groups they are in', () => {
    expect(JSON.parse(identityOf(claims))).toEqual(['oidc', 'https://id', 'sub-1', ['sub-1', '7', 'acme']])
    expect(identityOf({ ...claims, roles: ['A', 'B'], groups: [] })).toBe(identityOf(claims))
  })

  test.each<[string, Claims, Kind]>([
    ['sub', { ...claims, sub: 'sub-2' }, {}],
    ['a claim an owner rule names', { ...claims, user_id: 8 }, {}],
    ['a claim the owner rule of a field names', { ...claims, org: { id: 'other' } }, {}],
    ['the issuer', claims, { issuer: 'https://other' }],
    ['the provider', claims, { provider: 'userPools' }],
  ])('is another one with another value of %s', (_, others, kind) =>
    expect(identityOf(others, kind)).not.toBe(identityOf(claims)),
  )

  test('is all that rules know where there is none, groups too', () => {
    const nobody = { roles: ['A'], groups: 'staff' }
    expect(identityOf(nobody)).toBe(textOf(nobody))
    expect(identityOf({ ...nobody, roles: [] })).not.toBe(identityOf(nobody))
  })
})

test.each<[boolean, Claims]>([
  [true, { sub: 's' }],
  [true, { sub: 7 }],
  [true, { user_id: 7 }],
  [false, {}],
  [false, { sub: ' ', user_id: null, username: 'ana' }],
  [false, { groups: ['A'] }],
])('%s: %j holds an identity', (expected, held) => {
  const rules = [allow.owner().identityClaim('user_id'), allow.group('A')]
  const policies = new Map([['Post', policy(post, rules)]])
  const caller = principal({ provider: 'oidc', issuer: 'i', claims: held })
  expect(isIdentified(policies)(caller)).toBe(expected)
})

test('a sub is an identity, also of an issuer whose identities are elsewhere', () => {
  const policies = new Map([['Post', policy(post, [allow.owner()])]])
  const callerOf = (claims: Claims) =>
    principal({ provider: 'oidc', issuer: 'i', identityClaim: 'email', claims })
  expect(isIdentified(policies)(callerOf({ sub: 's' }))).toBe(true)
  expect(isIdentified(policies)(callerOf({ user: 's' }))).toBe(false)
})

test('groups are read as each rule reads them: two separators are two readings', () => {
  const read = [
    allow.group('A').withClaimIn('roles', { separator: ',' }),
    allow.groups(['B']).withClaimIn('roles', { separator: ',' }),
    allow.group('C').withClaimIn('roles'),
  ]
  const text = principalText(new Map([['Post', policy(post, read)]]))
  const caller = principal({ provider: 'oidc', issuer: 'i', claims: { roles: 'A,B' } })
  expect(JSON.parse(text(caller))).toEqual(['oidc', 'i', null, [null], [[], ['A', 'B'], ['A,B']]])
})
