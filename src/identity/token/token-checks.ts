import { holdsLongList } from '../../claims/long-list.js'
import type { Claims } from '../../claims/principal.js'
import type { Algorithm } from '../../config/algorithm.js'
import type { IssuerSettings } from '../../config/issuer.js'
import { invalidToken } from '../challenge.js'

/** The two members of a JOSE header that choose a key; the others never do, wherever they point. */
export interface KeyHint {
  readonly alg: Algorithm
  readonly kid?: string
}

/** When a token may be used, in seconds since 1970: checked again each time it is. */
export interface Lifetime {
  readonly exp: number
  readonly nbf: number
}

/** RFC 8725 section 3.11: a token of another kind (logout, DPoP, security event) is not an access token. */
const types = ['jwt', 'application/jwt', 'at+jwt', 'application/at+jwt']

/** The end of the year 9999. Whoever is beyond it has counted in milliseconds. */
const latestDate = 253_402_300_799

/**
 * Checks the JOSE header (RFC 7515 section 4) before a key is looked for. `jwk`, `jku`, `x5u` and `x5c` are not
 * read at all: a token does not bring its own key.
 *
 * @throws {ClaimstakeError} `INVALID_TOKEN`, without a reason: nothing is signed yet
 */
export function checkHeader(header: Claims, allowed: readonly Algorithm[]): KeyHint {
  const { alg, kid, typ, cty } = header
  const algorithm = allowed.find((each) => each === alg)
  if (algorithm === undefined) throw invalidToken()
  // We know no extension (section 4.1.11), and payloads are neither unencoded (RFC 7797) nor compressed.
  if (['crit', 'b64', 'zip'].some((name) => Object.hasOwn(header, name))) throw invalidToken()
  if (typ !== undefined && !(typeof typ === 'string' && types.includes(typ.toLowerCase())))
    throw invalidToken()
  // A token within a token (RFC 7519 section 5.2) is nothing an issuer of access tokens makes.
  if (cty !== undefined && (typeof cty !== 'string' || /^(?:application\/)?jwt$/iu.test(cty)))
    throw invalidToken()
  if (kid === undefined) return { alg: algorithm }
  // Any text may be a key id, but it goes into logs and look-ups: no control characters, no books.
  if (typeof kid !== 'string' || !/^[\x20-\x7e]{1,256}$/u.test(kid)) throw invalidToken()
  return { alg: algorithm, kid }
}

/**
 * Checks the registered claims (RFC 7519 section 4.1) of a token whose signature is good, in this order: `iss`,
 * `aud`, `exp`, `nbf`, `iat`; and that no list is longer than a caller can have groups (RULES section 2). Stricter
 * than the libraries, which let a missing `exp`, an infinite one or an empty audience pass.
 *
 * @param now seconds since 1970
 * @throws {ClaimstakeError} `INVALID_TOKEN` naming the claim and what is wrong with it
 */
export function checkClaims(claims: Claims, issuer: IssuerSettings, now: number): Lifetime {
  const { iss, aud } = claims
  if (iss !== issuer.issuer) throw invalidToken('The claim "iss" names another issuer.')
  if (!audiences(aud).some((each) => issuer.audience.includes(each))) {
    throw invalidToken('The claim "aud" does not name this service.')
  }
  const exp = date(claims, 'exp')
  if (exp === undefined) throw invalidToken('The claim "exp" is missing.')
  const lifetime = { exp, nbf: date(claims, 'nbf') ?? 0 }
  checkLifetime(lifetime, issuer.clockSkew, now)
  const iat = date(claims, 'iat')
  if (iat !== undefined && !(iat <= now + issuer.clockSkew))
    throw invalidToken('The claim "iat" is in the future.')
  if (holdsLongList(claims)) throw invalidToken('A list in the token is too long.')
  return lifetime
}

/** @throws {ClaimstakeError} `INVALID_TOKEN` when the token has expired or is not valid yet */
export function checkLifetime({ exp, nbf }: Lifetime, clockSkew: number, now: number): void {
  // Written so that whatever is no number fails.
  if (!(exp > now - clockSkew)) throw invalidToken('The token has expired.')
  if (!(nbf <= now + clockSkew)) throw invalidToken('The token is not valid yet.')
}

/** One text or a list of texts; a list that holds anything else is no audience at all. */
function audiences(aud: unknown): readonly string[] {
  const list: unknown[] = Array.isArray(aud) ? aud : [aud]
  return list.every((each) => typeof each === 'string') ? list : []
}

/** A NumericDate (RFC 7519 section 2): JSON's `1e999` is Infinity here, and infinitely valid to the libraries. */
function date(claims: Claims, name: 'exp' | 'nbf' | 'iat'): number | undefined {
  const value = claims[name]
  if (!Object.hasOwn(claims, name)) return undefined
  if (typeof value === 'number' && value >= 0 && value <= latestDate) return value
  throw invalidToken(`The claim "${name}" is not a date in seconds.`)
}
