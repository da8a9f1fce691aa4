import type { Request } from 'express'
import type { CallerKind, Principal } from '../../claims/principal.js'
import type { IssuerSettings } from '../../config/issuer.js'
import { invalidToken, unsignedToken } from '../challenge.js'
import type { CredentialOptions, Credentials } from '../credentials.js'
import { digest } from '../digest.js'
import { issuerKeys } from '../keys/issuer-keys.js'
import type { KeyFacts } from '../keys/key-source.js'
import { bearerToken } from './bearer-token.js'
import { strictToken } from './strict-token.js'
import { tokenCache, type TokenCacheFacts, type VerifiedToken } from './token-cache.js'
import { checkLifetime } from './token-checks.js'
import { tokenVerifier } from './token-verifier.js'

/** What becomes of a verified token each time it is used. */
export interface TokenStages {
  /**
   * Whether a token was taken back. The same claims object is asked about for as long as its token is remembered.
   *
   * @throws {ClaimstakeError} `UNAVAILABLE` when nobody can tell
   */
  readonly isRevoked?: ((verified: VerifiedToken) => boolean | Promise<boolean>) | undefined
  /**
   * The caller with what others know of him.
   *
   * @throws {ClaimstakeError} `UNAVAILABLE` when that cannot be had
   */
  readonly enrich?: ((verified: VerifiedToken) => Principal | Promise<Principal>) | undefined
}

/** Credentials whose keys may have to be fetched first. */
type TokenCredentials = Credentials & {
  /** Whether the keys of one issuer at least are there; those that are missing are asked for. */
  readonly isReady: () => Promise<boolean>
  /**
   * Asks for the keys of every issuer.
   *
   * @throws {TypeError} when what an issuer says of them cannot be trusted
   */
  readonly open: () => Promise<void>
  readonly facts: () => TokenFacts
}

/** How tokens and their keys stand. */
export interface TokenFacts {
  readonly tokenCache: TokenCacheFacts
  readonly issuers: readonly { readonly issuer: string; readonly keys: KeyFacts | undefined }[]
}

/**
 * Bearer tokens (RFC 6750) that are JWTs of one of the issuers (RFC 7519, read as RFC 8725 advises), verified by
 * Passport's `jwt` strategy.
 *
 * The issuer is chosen by the exact `iss` of the strictly read token, never by trial. The same token gives the
 * same frozen principal object for as long as it is remembered, so callers may cache by it.
 */
export function jwtCredentials(
  issuers: readonly (readonly [IssuerSettings, CallerKind])[],
  { now: clock, clock: ageing, remembered, notice, isRevoked, enrich }: CredentialOptions & TokenStages,
): TokenCredentials {
  const verifiers = new Map(
    issuers.map(([settings, kind]) => {
      const { issuer, algorithms } = settings
      const keys = issuerKeys(settings.keys, { issuer, algorithms, clock: ageing, notice })
      return [issuer, tokenVerifier(settings, kind, keys)]
    }),
  )
  const cache = tokenCache(remembered)

  const verify = async (request: Request, raw: string, now: number): Promise<VerifiedToken> => {
    const token = strictToken(raw)
    const verifier = verifiers.get(token.payload['iss'] as string)
    if (!verifier) throw unsignedToken('Its iss is not that of a configured issuer.')
    return cache.set(await verifier.verify(request, token, now))
  }
  const read: Credentials = async (request) => {
    const raw = bearerToken(request)
    if (raw === undefined) return undefined
    const now = Math.floor(clock() / 1000)
    const verified = (await cache.get(digest(raw))) ?? (await verify(request, raw, now))
    checkLifetime(verified.lifetime, verified.issuer.clockSkew, now)
    if (await isRevoked?.(verified)) throw invalidToken('The token was revoked.')
    return enrich ? enrich(verified) : verified.principal
  }
  const sources = [...verifiers].map(([issuer, { keys }]) => ({ issuer, keys }))
  const isReady = async () => {
    const ready = await Promise.all(sources.map(({ keys }) => keys.isReady()))
    // One that is away must not take those of the others off the air: only its own callers get 503.
    return ready.length === 0 || ready.includes(true)
  }
  const open = async () => {
    await Promise.all(sources.map(({ keys }) => keys.open()))
  }
  const facts = () => ({
    tokenCache: cache.facts(),
    issuers: sources.map(({ issuer, keys }) => ({ issuer, keys: keys.facts() })),
  })
  return Object.assign(read, { isReady, open, facts })
}
