import type { Claims } from '../../claims/principal.js'

/** What a token is for, or `other` for what is neither: a refresh or a logout token, or one that contradicts itself. */
export type StatedUse = 'access' | 'id' | 'other'

/** OpenID Connect Core sections 2 and 3.3.2.11: members that only ID tokens have. */
const idMarks = ['nonce', 'at_hash', 'c_hash', 's_hash']

/** RFC 9068 section 2.2, and what Okta and Entra ID call the same. */
const accessMarks = ['scope', 'scp', 'client_id', 'cid']

/** The event that makes a token a logout token (OpenID Connect Back-Channel Logout 1.0 section 2.4). */
const logoutEvent = 'http://schemas.openid.net/event/backchannel-logout'

/**
 * What a token says it is for: in words of its own (`typ` of RFC 9068, Cognito's `token_use`, Keycloak's claim `typ`)
 * or, without any, by claims that only one kind has. A logout token says so, whatever else it says.
 *
 * @returns `undefined` for a token that does not say: most issuers' access tokens
 */
export function statedUse(header: Claims, claims: Claims): StatedUse | undefined {
  if (holds(claims['events'], logoutEvent)) return 'other'
  const stated = [byTyp(header['typ']), byTokenUse(claims), byKeycloak(claims['typ'])]
  const uses = new Set(stated.filter((use) => use !== undefined))
  if (uses.size > 1) return 'other'
  const [use] = uses
  if (use) return use
  if (idMarks.some((name) => Object.hasOwn(claims, name))) return 'id'
  return accessMarks.some((name) => Object.hasOwn(claims, name)) ? 'access' : undefined
}

function byTyp(typ: unknown): StatedUse | undefined {
  return typeof typ === 'string' && /^(?:application\/)?at\+jwt$/iu.test(typ) ? 'access' : undefined
}

function byTokenUse(claims: Claims): StatedUse | undefined {
  if (!Object.hasOwn(claims, 'token_use')) return undefined
  const use = claims['token_use']
  return use === 'access' || use === 'id' ? use : 'other'
}

function byKeycloak(typ: unknown): StatedUse | undefined {
  if (typ === 'Bearer') return 'access'
  if (typ === 'ID') return 'id'
  return typ === 'Refresh' || typ === 'Offline' || typ === 'Logout' ? 'other' : undefined
}

function holds(value: unknown, member: string): boolean {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, member)
}
