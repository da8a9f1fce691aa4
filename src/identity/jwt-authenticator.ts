import type { Request } from 'express'
import { anonymous, principalsOf, type Principal } from '../claims/principal.js'
import type { IssuerSettings } from '../config/issuer.js'
import { bearerToken } from './bearer-token.js'
import { invalidToken } from './challenge.js'
import { keySource } from './key-source.js'
import { signatureCheck } from './signature-check.js'
import { strictToken, type StrictToken } from './strict-token.js'
import { tokenCache, type VerifiedToken } from './token-cache.js'
import { checkClaims, checkHeader, checkLifetime } from './token-checks.js'

/** Finds out who sends a request. */
export type Authenticate = (request: Request) => Promise<Principal>

export interface AuthenticatorOptions {
  /** The clock, in milliseconds since 1970. Default: `Date.now`. */
  readonly now?: (() => number) | undefined
  /** How many verified tokens are remembered; 0 verifies every one every time. Default: 10,000. */
  readonly remembered?: number | undefined
}

type Verify = (request: Request, raw: string, token: StrictToken, now: number) => Promise<VerifiedToken>

/** A key set is asked again this often, in seconds, so that a withdrawn key stops working (SECURITY J51). */
const trustInPublishedKeys = 300

/**
 * Makes the stage of the request that turns credentials into a principal: a bearer token (RFC 6750) that is a JWT
 * of one of the issuers (RFC 7519, read as RFC 8725 advises), verified by Passport's `jwt` strategy.
 *
 * The issuer is chosen by the exact `iss` of the strictly read token, never by trial. The same token gives the
 * same frozen principal object for as long as it is remembered, so callers may cache by it.
 *
 * @param issuers whom to trust; several need an alias each, so that two callers never share a name
 * @returns a function that gives `anonymous` when no credentials were sent, and rejects with a
 *   `ClaimstakeError`: `UNAUTHENTICATED`, `INVALID_TOKEN`, `MALFORMED_CREDENTIALS`, or `UNAVAILABLE` when the
 *   issuer's keys cannot be had
 * @throws {TypeError} when the issuers cannot be told apart
 * @example
 * const authenticate = jwtAuthenticator([parseIssuer({ issuer, audience: 'api', jwksUrl })])
 * app.use('/v1', db.router({ authenticate }))
 */
export function jwtAuthenticator(
  issuers: readonly IssuerSettings[],
  options: AuthenticatorOptions = {},
): Authenticate {
  const { now: clock = Date.now, remembered = 10_000 } = options
  tellApart(issuers)
  const verifiers = new Map(issuers.map((issuer) => [issuer.issuer, verifier(issuer, issuers)]))
  const cache = tokenCache(remembered)
  return async (request) => {
    const raw = bearerToken(request)
    if (raw === undefined) return anonymous
    const now = Math.floor(clock() / 1000)
    const known = cache.get(raw)
    if (known && Math.abs(now - known.verifiedAt) <= known.trustedFor) {
      checkLifetime(known.lifetime, known.clockSkew, now)
      return known.principal
    }
    const token = strictToken(raw)
    const verify = verifiers.get(token.payload['iss'] as string)
    if (!verify) throw invalidToken()
    const verified = await verify(request, raw, token, now)
    // A second verification of one token, later or at the same time, keeps the principal of the first.
    const principal = cache.get(raw)?.principal ?? verified.principal
    cache.set(raw, { ...verified, principal })
    return principal
  }
}

function verifier(issuer: IssuerSettings, all: readonly IssuerSettings[]): Verify {
  const findKey = keySource(issuer.key)
  const checkSignature = signatureCheck(issuer)
  const principalOf = principalsOf({ ...issuer, otherAliases: otherAliases(issuer, all) })
  const trustedFor = issuer.key instanceof URL ? trustInPublishedKeys : Infinity
  return async (request, raw, { header, payload }, now) => {
    const key = await findKey(checkHeader(header, issuer.algorithms))
    const accept = () => ({
      lifetime: checkClaims(payload, issuer, now),
      principal: principalOf(deepFreeze(payload)),
      clockSkew: issuer.clockSkew,
      verifiedAt: now,
      trustedFor,
    })
    return checkSignature(request, { raw, key, accept })
  }
}

/** RULES section 2: `ana` of one issuer is not `ana` of another, so several need an alias each. */
function tellApart(issuers: readonly IssuerSettings[]): void {
  const names = issuers.map(({ issuer }) => issuer)
  const aliases = issuers.map(({ alias }) => alias)
  if (issuers.length === 0) throw new TypeError('no token issuer is configured')
  if (new Set(names).size < names.length) throw new TypeError('a token issuer is configured twice')
  if (issuers.length === 1) return
  if (aliases.includes(undefined)) throw new TypeError('several token issuers need an explicit alias each')
  if (new Set(aliases).size < aliases.length) throw new TypeError('two token issuers have the same alias')
}

function otherAliases(issuer: IssuerSettings, all: readonly IssuerSettings[]): string[] {
  return all.flatMap(({ alias }) =>
    alias !== undefined && alias !== '' && alias !== issuer.alias ? [alias] : [],
  )
}

/** Remembered claims serve many requests: nobody may change them for the next one. */
function deepFreeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(deepFreeze)
  return value
}
