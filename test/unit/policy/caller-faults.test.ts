import { modelsOf } from '../../../src/catalog/model.js'
import { callerKind, type CallerKind, type Provider } from '../../../src/claims/principal.js'
import { allow } from '../../../src/policy/allow.js'
import { compilePolicies } from '../../../src/policy/compile-policies.js'
import type { AnyRule } from '../../../src/policy/schema-builder.js'
import { catalog } from '../../support/fake-catalog.js'

const models = modelsOf(
  catalog({ Post: { id: 'Int', owner: 'String?', account: 'Int?', big: 'BigInt[]', key: 'Uuid?' } }),
)
const kind = (provider: Provider, alias = ''): CallerKind =>
  callerKind({ provider, issuer: 'https://i', alias })
const guest = callerKind({ provider: 'identityPool', issuer: '' })

function faults(
  rules: readonly AnyRule[],
  kinds?: readonly CallerKind[],
  salary: readonly AnyRule[] = [allow.guest()],
): string[] {
  const definitions = (list: readonly AnyRule[]) => list.map(({ definition }) => definition)
  const post = { rules: definitions(rules), fields: { owner: { rules: definitions(salary) } }, options: {} }
  try {
    compilePolicies(models, { models: { Post: post } }, { kinds })
    return []
  } catch (error) {
    return (error as Error).message.split('\n').slice(1)
  }
}

const issuer = 'It needs a token issuer of that kind'
const authorizer = 'It needs an authorizer: defineData({ schema, authorizer }), authenticator({ authorizer })'
const keys = 'It needs API keys: authenticator({ apiKeys })'

test.each([
  [allow.owner('userPools'), 'oidc', 'owner() of userPools: no caller can be userPools', issuer],
  [allow.group('A', 'oidc'), 'userPools', "groups('A') of oidc: no caller can be oidc", issuer],
  [allow.authenticated(), 'apiKey', 'authenticated(): no caller can be userPools or oidc', issuer],
  [allow.publicApiKey(), 'oidc', 'publicApiKey(): no caller can be apiKey', keys],
  [allow.custom(), 'oidc', 'custom(): no caller can be function', authorizer],
  [
    allow.groupDefinedIn('owner', 'function'),
    'oidc',
    "groupDefinedIn('owner') of function: no caller can be function",
    authorizer,
  ],
] as const)(
  'a rule that no configured provider can match is refused: %#',
  (rule, provider, fault, remedy) => {
    expect(faults([rule], [kind(provider), guest])).toEqual([
      `  - Post: ${fault}; configured are ${provider}, identityPool. ${remedy}`,
    ])
    expect(faults([rule])).toEqual([])
  },
)

test('a rule of a field is held to the callers too', () => {
  expect(faults([allow.guest()], [kind('oidc'), guest], [allow.custom()])).toEqual([
    `  - Post.owner: custom(): no caller can be function; configured are oidc, identityPool. ${authorizer}`,
  ])
})

test.each([
  [allow.owner('userPools'), 'userPools'],
  [allow.owner(), 'oidc'],
  [allow.authenticated(), 'userPools'],
  [allow.publicApiKey(), 'apiKey'],
  [allow.custom(), 'function'],
] as const)('a rule that some caller can match is fine: %#', (rule, provider) => {
  expect(faults([rule], [kind(provider), guest])).toEqual([])
})

test.each([
  ['account', allow.ownerDefinedIn('account'), 'Int'],
  ['big', allow.ownersDefinedIn('big'), 'BigInt'],
  ['key', allow.ownerDefinedIn('key'), 'a uuid'],
] as const)('an alias that the owner column %s could not hold is refused', (column, rule, type) => {
  const label = rule.definition.list ? 'ownersDefinedIn' : 'ownerDefinedIn'
  expect(faults([rule], [kind('oidc', 'okta'), guest])).toEqual([
    `  - Post: ${label}('${column}'): "${column}" is ${type} and cannot hold the alias "okta::" that is put before the callers of https://i`,
  ])
  expect(faults([rule], [kind('oidc'), guest])).toEqual([])
})

test('an alias is fine in a text column, in a group column, and where the rule is not for those callers', () => {
  const kinds = [kind('oidc', 'okta'), kind('userPools'), guest]
  expect(faults([allow.owner()], kinds)).toEqual([])
  expect(faults([allow.groupDefinedIn('account')], kinds)).toEqual([])
  expect(faults([allow.ownerDefinedIn('account', 'userPools')], kinds)).toEqual([])
})

test('the callers of no issuer are named by their provider', () => {
  const custom = callerKind({ provider: 'function', issuer: '', alias: 'custom' })
  expect(faults([allow.ownerDefinedIn('account', 'function')], [custom, guest])).toEqual([
    expect.stringContaining('before the callers of function'),
  ])
})
