import { holdsLongList } from '../../claims/long-list.js'
import { parseGroupPath } from '../../claims/claim-path.js'
import { isNumericDate } from '../../claims/numeric-date.js'
import type { Claims } from '../../claims/principal.js'
import { valuesAt } from '../../claims/read-claims.js'
import type { Algorithm } from '../../config/algorithm.js'
import type { IssuerSettings } from '../../config/issuer.js'
import { invalidToken, unsignedToken } from '../challenge.js'
import { statedUse } from './token-use.js'

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

/** RFC 9068 section 4. */
const strictTypes = ['at+jwt', 'application/at+jwt']

/**
 * Checks the JOSE header (RFC 7515 section 4) before a key is looked for. `jwk`, `jku`, `x5u` and `x5c` are not
 * read at all: a token does not bring its own key.
 *
 * @throws {ClaimstakeError} `INVALID_TOKEN`, without a reason: nothing is signed yet
 */
export function checkHeader(
  header: Claims,
  { algorithms: allowed, strictTyp }: Pick<IssuerSettings, 'algorithms' | 'strictTyp'>,
): KeyHint {
  const { alg, kid, typ, cty } = header
  const algorithm = allowed.find((each) => each === alg)
  if (algorithm === undefined) throw unsignedToken('Its alg is not one of the algorithms of its issuer.')
  // We know no extension (section 4.1.11), and payloads are neither unencoded (RFC 7797) nor compressed.
  if (['crit', 'b64', 'zip'].some((name) => Object.hasOwn(header, name)))
    throw unsignedToken('Its header has an extension (crit, b64 or zip).')
  const isKnownType = typeof typ === 'string' && (strictTyp ? strictTypes : types).includes(typ.toLowerCase())
  if (!isKnownType && (strictTyp || typ !== undefined))
    throw unsignedToken('Its typ is not that of such a token.')
  // A token within a token (RFC 7519 section 5.2) is nothing an issuer of access tokens makes.
  if (cty !== undefined && (typeof cty !== 'string' || /^(?:application\/)?jwt$/iu.test(cty)))
    throw unsignedToken('It holds another token (cty).')
  if (kid === undefined) return { alg: algorithm }
  // Any text may be a key id, but it goes into logs and look-ups: no control characters, no books.
  if (typeof kid !== 'string' || !/^[\x20-\x7e]{1,256}$/u.test(kid))
    throw unsignedToken('Its kid is not 1 to 256 printable characters.')
  return { alg: algorithm, kid }
}

/** Checks the claims of a token whose signature is good. */
export type CheckClaims = (header: Claims, claims: Claims, now: number) => Lifetime

/**
 * Prepares the checks of one issuer's claims, in this order: `iss`, what the token is for, the audience, `exp`, `nbf`,
 * `iat` (RFC 7519 section 4.1), those that the issuer's settings require; and that no list is longer than a caller can
 * have groups (RULES section 2). Stricter than the libraries, which let a missing `exp`, an infinite one or an empty
 * audience pass.
 *
 * @returns takes `now` in seconds since 1970, and throws a {@link ClaimstakeError} `INVALID_TOKEN` naming the claim and
 *   what is wrong with it
 */
export function claimChecks(issuer: IssuerSettings): CheckClaims {
  const audienceOf = audienceReader(issuer)
  const required = issuer.requiredClaims.map(({ path, values }) => ({ path: parseGroupPath(path), values }))
  return (header, claims, now) => {
    if (claims['iss'] !== issuer.issuer) throw invalidToken('The claim "iss" names another issuer.')
    const use = statedUse(header, claims)
    if (use === 'other' || (issuer.tokenUse !== 'any' && use !== undefined && use !== issuer.tokenUse))
      throw invalidToken('The token is not for this use.')
    const audience = audienceOf(claims)
    if (!audience.values.some((each) => issuer.audience.includes(each)))
      throw invalidToken(`The claim "${audience.claim}" does not name this service.`)
    const lifetime = checkTimes(claims, issuer, now)
    if (holdsLongList(claims)) throw invalidToken('A list in the token is too long.')
    for (const { path, values } of required) {
      const found = valuesAt(claims, path).flat()
      if (!found.some((value) => values?.includes(value as string) ?? isPresent(value)))
        throw invalidToken(`The claim "${path.text}" is missing, or has not a value that it must have.`)
    }
    return lifetime
  }
}

function checkTimes(claims: Claims, issuer: IssuerSettings, now: number): Lifetime {
  const { clockSkew, maxAge, maxLifetime } = issuer
  const exp = date(claims, 'exp')
  if (exp === undefined) throw invalidToken('The claim "exp" is missing.')
  if (maxLifetime !== undefined && !(exp <= now + maxLifetime + clockSkew))
    throw invalidToken('The token lives longer than it may.')
  const iat = date(claims, 'iat')
  if (iat !== undefined && !(iat <= now + clockSkew)) throw invalidToken('The claim "iat" is in the future.')
  if (maxAge !== undefined && iat === undefined) throw invalidToken('The claim "iat" is missing.')
  // Whatever a token says of its end, it is not good for longer than that.
  const end = maxAge === undefined || iat === undefined ? exp : Math.min(exp, iat + maxAge)
  const nbf = date(claims, 'nbf') ?? 0
  checkLifetime({ exp: end, nbf }, clockSkew, now)
  // What was judged by the clock above stays so: where it is put back, a remembered token is no better than a new one.
  const start = Math.max(nbf, iat ?? 0, maxLifetime === undefined ? 0 : exp - maxLifetime)
  return { exp: end, nbf: start }
}

interface Audience {
  readonly claim: string
  readonly values: readonly string[]
}

/** Where an issuer's tokens say whom they are for: Cognito's access tokens carry `client_id` and no `aud`. */
function audienceReader({
  audienceClaim,
  provider,
}: Pick<IssuerSettings, 'audienceClaim' | 'provider'>): (claims: Claims) => Audience {
  const path = audienceClaim === undefined ? undefined : parseGroupPath(audienceClaim)
  return (claims) => {
    if (path) return { claim: path.text, values: texts(valuesAt(claims, path).flat()) }
    const isCognitoAccess = provider === 'userPools' && claims['token_use'] === 'access'
    const claim = isCognitoAccess ? 'client_id' : 'aud'
    return { claim, values: texts([claims[claim]].flat()) }
  }
}

/** A list that holds anything but texts is no audience at all. */
function texts(list: readonly unknown[]): readonly string[] {
  return list.every((each) => typeof each === 'string') ? list : []
}

function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null && value !== ''
}

/** @throws {ClaimstakeError} `INVALID_TOKEN` when the token has expired or is not valid yet */
export function checkLifetime({ exp, nbf }: Lifetime, clockSkew: number, now: number): void {
  // Written so that whatever is no number fails.
  if (!(exp > now - clockSkew)) throw invalidToken('The token has expired.')
  if (!(nbf <= now + clockSkew)) throw invalidToken('The token is not valid yet.')
}

/** A NumericDate, if there is any: an infinite one is infinitely valid to the libraries. */
function date(claims: Claims, name: 'exp' | 'nbf' | 'iat'): number | undefined {
  const value = claims[name]
  if (!Object.hasOwn(claims, name)) return undefined
  if (isNumericDate(value)) return value
  throw invalidToken(`The claim "${name}" is not a date in seconds.`)
}
