import type { Request } from 'express'
import type { CustomAuthorizer } from '../claims/custom-authorizer.js'
import { anonymous, principalOf, type CallerKind, type Principal } from '../claims/principal.js'
import type { IssuerSettings } from '../config/issuer.js'
import { apiKeyCredentials, type ApiKeys } from './api-key-credentials.js'
import { callerKinds, listOf } from './caller-kinds.js'
import type { Credentials } from './credentials.js'
import { customCredentials } from './custom/custom-credentials.js'
import { jwtCredentials } from './token/jwt-credentials.js'

/** Finds out who sends a request. */
export interface Authenticate {
  (request: Request): Promise<Principal>
  /** Whom it can find: a rule that names a provider which is not among them is refused at boot. */
  readonly kinds?: readonly CallerKind[]
  /** Whether the keys of every token issuer are there: for a readiness check. It asks for those that are missing. */
  readonly isReady?: () => Promise<boolean>
}

/** Whom to believe; what is not given is not asked. */
export interface AuthenticatorOptions {
  /** Whose tokens to trust (`parseIssuer`); several need an alias each, so that two callers never share a name. */
  readonly issuers?: readonly IssuerSettings[] | undefined
  /** Where API keys are looked up. */
  readonly apiKeys?: ApiKeys | undefined
  /** A function of your own that judges credentials of your own. */
  readonly authorizer?: CustomAuthorizer | undefined
  /** The clock, in milliseconds since 1970. Default: `Date.now`. */
  readonly now?: (() => number) | undefined
  /** How many good credentials of each kind are remembered; 0 checks all of them every time. Default: 10,000. */
  readonly remembered?: number | undefined
}

/**
 * Makes the stage of the request that turns credentials into a principal. The first kind of credentials that a
 * request carries decides, for good or ill: bad ones never fall back to another kind, nor to a guest.
 *
 * @returns a function that gives a guest when no credentials were sent, and rejects with a `ClaimstakeError`:
 *   `UNAUTHENTICATED`, `INVALID_TOKEN`, `INVALID_CREDENTIALS`, `MALFORMED_CREDENTIALS`, or `UNAVAILABLE` when
 *   whoever could tell is out of reach
 * @throws {TypeError} when callers of two sources could not be told apart, or an option cannot be used
 * @example
 * const authenticate = authenticator({ issuers: [parseIssuer({ issuer, audience: 'api', jwksUrl })] })
 * app.use('/v1', db.router({ authenticate }))
 */
export function authenticator(options: AuthenticatorOptions): Authenticate {
  const { issuers = [], apiKeys, authorizer, now = Date.now, remembered = 10_000 } = options
  if (issuers.length === 0 && !apiKeys && !authorizer) {
    throw new TypeError('nobody is to be believed: there is no token issuer, no API key and no authorizer')
  }
  const kinds = callerKinds({ issuers, authorizer, apiKeys: apiKeys !== undefined })
  if (!Number.isSafeInteger(remembered) || remembered < 0)
    throw new TypeError('remembered must be a whole number, 0 or more')
  const shared = { now, remembered }
  const tokens = jwtCredentials(kinds.issuers, shared)
  const keys = apiKeys && kinds.apiKey ? [apiKeyCredentials(apiKeys, kinds.apiKey, shared)] : []
  const custom = kinds.authorizer ? [customCredentials(...kinds.authorizer, shared)] : []
  // What stands in `Authorization` counts before what stands elsewhere.
  const order: readonly Credentials[] = authorizer?.scheme
    ? [...custom, tokens, ...keys]
    : [tokens, ...keys, ...custom]
  const guest = kinds.guest.otherAliases.length > 0 ? principalOf(kinds.guest, {}) : anonymous

  const authenticate = async (request: Request) => {
    for (const read of order) {
      const principal = await read(request)
      if (principal) return principal
    }
    return guest
  }
  return Object.assign(authenticate, { kinds: listOf(kinds), isReady: tokens.isReady })
}
