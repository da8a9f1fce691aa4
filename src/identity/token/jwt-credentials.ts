import type { Request } from 'express'
import { principalOf, type CallerKind } from '../../claims/principal.js'
import type { IssuerSettings } from '../../config/issuer.js'
import { bearerToken } from './bearer-token.js'
import { invalidToken } from '../challenge.js'
import type { CredentialOptions, Credentials } from '../credentials.js'
import { keySource } from '../keys/key-source.js'
import { signatureCheck } from './signature-check.js'
import { strictToken, type StrictToken } from './strict-token.js'
import { tokenCache, type VerifiedToken } from './token-cache.js'
import { checkClaims, checkHeader, checkLifetime } from './token-checks.js'

interface Verify {
  (request: Request, raw: string, token: StrictToken, now: number): Promise<VerifiedToken>
  readonly isReady: () => Promise<boolean>
}

/** Credentials whose keys may have to be fetched first. */
type TokenCredentials = Credentials & {
  /** Whether the keys of every issuer are there. */
  readonly isReady: () => Promise<boolean>
}

/** A key set is asked again this often, in seconds, so that a withdrawn key stops working (SECURITY J51). */
const trustInPublishedKeys = 300

/**
 * Bearer tokens (RFC 6750) that are JWTs of one of the issuers (RFC 7519, read as RFC 8725 advises), verified by
 * Passport's `jwt` strategy.
 *
 * The issuer is chosen by the exact `iss` of the strictly read token, never by trial. The same token gives the
 * same frozen principal object for as long as it is remembered, so callers may cache by it.
 */
export function jwtCredentials(
  issuers: readonly (readonly [IssuerSettings, CallerKind])[],
  { now: clock, remembered }: CredentialOptions,
): TokenCredentials {
  const verifiers = new Map(issuers.map(([issuer, kind]) => [issuer.issuer, verifier(issuer, kind)]))
  const cache = tokenCache(remembered)
  const read: Credentials = async (request) => {
    const raw = bearerToken(request)
    if (raw === undefined) return undefined
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
  const isReady = async () => {
    const ready = await Promise.all([...verifiers.values()].map((verify) => verify.isReady()))
    return !ready.includes(false)
  }
  return Object.assign(read, { isReady })
}

function verifier(issuer: IssuerSettings, kind: CallerKind): Verify {
  const findKey = keySource(issuer.key)
  const checkSignature = signatureCheck(issuer)
  const trustedFor = issuer.key instanceof URL ? trustInPublishedKeys : Infinity
  const verify = async (request: Request, raw: string, { header, payload }: StrictToken, now: number) => {
    const key = await findKey(checkHeader(header, issuer.algorithms))
    const accept = () => ({
      lifetime: checkClaims(payload, issuer, now),
      principal: principalOf(kind, payload),
      clockSkew: issuer.clockSkew,
      verifiedAt: now,
      trustedFor,
    })
    return checkSignature(request, { raw, key, accept })
  }
  return Object.assign(verify, { isReady: findKey.isReady })
}
