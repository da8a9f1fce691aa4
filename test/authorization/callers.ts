import type { Claims, Principal } from '../../src/claims/principal.js'
import { principal } from '../../src/claims/principal.js'

// The callers of RULES section 8: Cognito users, each with `sub` and `username`.

export const issuer = 'https://cognito.example.com/pool'

/** The claims of a user in these groups; `more` stands in for `username`. */
export function user(name: string, groups: readonly string[], more: Claims = { username: name }): Claims {
  return { sub: `sub-${name}`, 'cognito:groups': groups, ...more }
}

/** The same caller for the scoped client; over HTTP a token carries the claims. */
export function principalOf(claims: Claims): Principal {
  return principal({ provider: 'userPools', issuer, claims: { iss: issuer, ...claims } })
}

const groups = {
  user1: ['Admin', 'Participant', 'Watcher'],
  user2: ['Devs', 'Subscriber'],
  user3: ['Devs-Admin', 'Subscriber'],
}
const of = (name: keyof typeof groups, more?: Claims) => user(name, groups[name], more)
export const [u1, u2, u3] = [of('user1'), of('user2'), of('user3')]

/** The same with the claims of an ID token, for rules that name `cognito:username`; an access token has `username`. */
const idToken = (name: keyof typeof groups) => of(name, { 'cognito:username': name })
export const [id1, id2, id3] = [idToken('user1'), idToken('user2'), idToken('user3')]

/** What an owner column holds for a caller: the composite of `sub` and `username`. */
export const own = (name: string) => `sub-${name}::${name}`
export const [own1, own2, own3] = [own('user1'), own('user2'), own('user3')]
