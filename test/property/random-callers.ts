import fc from 'fast-check'
import { principal } from '../../src/claims/principal.js'
import { listOf, oneOf, people, teams } from './random-rows.js'

// Callers of every provider, with claims usable and not.

const identities = [...people, 7, 1.5, '', ' ', null, 'a::b', 'okta']
const groupClaims = fc.oneof(
  fc.array(oneOf<unknown>([...teams, 3, null, 'red blue']), { maxLength: 3 }),
  listOf(teams).map((names) => JSON.stringify(names)),
  oneOf<unknown>([...teams, 'red blue', 'red, blue', '', null, 7, { red: true }]),
)
const claimsArbitrary = fc.record(
  {
    sub: oneOf<unknown>(['sub-1', 'sub-1', ...identities]),
    username: oneOf<unknown>(identities),
    'cognito:username': oneOf<unknown>(identities),
    user_id: oneOf<unknown>(identities),
    groups: groupClaims,
    'cognito:groups': groupClaims,
    user_groups: groupClaims,
    realm: fc.record({ id: oneOf<unknown>(identities), roles: groupClaims }, { requiredKeys: [] }),
    orgs: fc.array(fc.record({ name: oneOf<unknown>([...teams, 3]) }, { requiredKeys: [] }), {
      maxLength: 2,
    }),
  },
  { requiredKeys: [] },
)
const issuers = [
  ...[{}, {}, {}, { matchParts: false }, { otherAliases: ['okta'] }],
  ...[{ alias: 'okta' }, { alias: 'okta', groups: 'trusted' as const }, { groups: 'none' as const }],
]
export const usualPrincipal = fc
  .record({
    provider: oneOf(['userPools', 'oidc', 'oidc', 'function'] as const),
    matchParts: fc.boolean(),
    name: oneOf(['ana', 'bo']),
    teams: listOf(['red', 'blue']),
  })
  .map(({ provider, matchParts, name, teams: groups }) =>
    principal({
      ...{ provider, issuer: 'https://id', matchParts },
      claims: { sub: 'sub-1', username: name, user_id: name, groups, 'cognito:groups': groups },
    }),
  )
const anyPrincipal = fc
  .record({
    provider: oneOf(['userPools', 'oidc', 'oidc', 'function', 'apiKey'] as const),
    settings: oneOf(issuers),
    claims: claimsArbitrary,
  })
  .map(({ provider, settings, claims }) => principal({ provider, issuer: 'https://id', ...settings, claims }))
export const principalArbitrary = fc.oneof(anyPrincipal, usualPrincipal)
export const callerArbitrary = fc.oneof(
  { arbitrary: principalArbitrary, weight: 6 },
  { arbitrary: fc.constant(principal({ provider: 'identityPool', issuer: '', claims: {} })), weight: 1 },
)
