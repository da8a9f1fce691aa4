import type { Request } from 'express'
import type { ClaimsEnrichment } from '../claims/claims-enrichment.js'
import type { CustomAuthorizer } from '../claims/custom-authorizer.js'
import { anonymous, principalOf, type CallerKind, type Principal } from '../claims/principal.js'
import { parseEnrichment } from '../config/enrichment.js'
import type { IssuerSettings } from '../config/issuer.js'
import { apiKeyCredentials, type ApiKeys } from './api-key-credentials.js'
import { callerKinds, listOf } from './caller-kinds.js'
import type { CredentialOptions, Credentials, Notice } from './credentials.js'
import { customCredentials } from './custom/custom-credentials.js'
import { enricher, type Enrich } from './enrichment.js'
import { jwtCredentials, type TokenFacts } from './token/jwt-credentials.js'
import { revocationCheck, type RevocationFacts, type Revocations } from './token/revocation-check.js'

/** Finds out who sends a request. */
export interface Authenticate {
  (request: Request): Promise<Principal>
  /** Whom it can find: a rule that names a provider which is not among them is refused at boot. */
  readonly kinds?: readonly CallerKind[]
  /**
   * Whether there are keys of a token issuer, for a readiness check; of several issuers one is enough, so that one which
   * is away shuts out nobody else's callers. It asks for those that are missing.
   */
  readonly isReady?: () => Promise<boolean>
  /** Whether the claims of tokens are enriched: rules that count on it are refused at boot where they are not. */
  readonly enriches?: boolean
  /**
   * Asks every token issuer for its keys, before the first token comes. That they are out of reach is no reason not to
   * start: until they are there, tokens are answered with 503.
   *
   * @throws {TypeError} when what an issuer says of its keys cannot be trusted
   */
  readonly open?: () => Promise<void>
  /** How tokens, keys and the memory of them stand: for metrics. */
  readonly facts?: () => TokenFacts & { readonly revocations?: RevocationFacts | undefined }
}

/** Whom to believe; what is not given is not asked. */
export interface AuthenticatorOptions<Unscoped extends object = object> {
  /** Whose tokens to trust (`parseIssuer`); several need an alias each, so that two callers never share a name. */
  readonly issuers?: readonly IssuerSettings[] | undefined
  /** Where API keys are looked up. */
  readonly apiKeys?: ApiKeys | undefined
  /** Where tokens that were taken back are looked up. Without it, a good token is good until it expires. */
  readonly revocations?: Revocations | undefined
  /** A function of your own that judges credentials of your own. */
  readonly authorizer?: CustomAuthorizer | undefined
  /** A function of your own that adds to the claims of a token; needs `unscoped`. */
  readonly enrichment?: ClaimsEnrichment<Unscoped> | undefined
  /** The bare client, which sees every row: it is handed to the enrichment and used for nothing else. */
  readonly unscoped?: NoInfer<Unscoped> | undefined
  /** Receives what deserves a look and is no failure of a request. Default: `console.warn`. */
  readonly notice?: Notice | undefined
  /** The clock, in milliseconds since 1970. Default: `Date.now`, and for what gets old one that nobody can set. */
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
export function authenticator<Unscoped extends object = object>(
  options: AuthenticatorOptions<Unscoped>,
): Authenticate & Required<Authenticate> {
  const { issuers = [], apiKeys, revocations, authorizer, now = Date.now, remembered = 10_000 } = options
  if (issuers.length === 0 && !apiKeys && !authorizer) {
    throw new TypeError('nobody is to be believed: there is no token issuer, no API key and no authorizer')
  }
  const kinds = callerKinds({ issuers, authorizer, apiKeys: apiKeys !== undefined })
  if (!Number.isSafeInteger(remembered) || remembered < 0)
    throw new TypeError('remembered must be a whole number, 0 or more')
  const { now: clock = () => performance.now(), notice = console.warn } = options
  const shared = { now, clock, remembered, notice: harmless(notice) }
  const enrich = enrichOf(options, shared)
  const tokens = jwtCredentials(kinds.issuers, {
    ...shared,
    isRevoked: revocations && revocationCheck(revocations),
    enrich,
  })
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
  return Object.assign(authenticate, {
    kinds: listOf(kinds),
    isReady: tokens.isReady,
    open: tokens.open,
    facts: () => ({ ...tokens.facts(), revocations: revocations?.facts?.() }),
    enriches: enrich !== undefined,
  })
}

/** A log that fails is no reason to take keys for unreadable, or to refuse a caller. */
function harmless(notice: Notice): Notice {
  return (...told) => {
    try {
      notice(...told)
    } catch {
      // There is nobody left to tell.
    }
  }
}

function enrichOf<Unscoped extends object>(
  { enrichment, unscoped }: AuthenticatorOptions<Unscoped>,
  { remembered, notice, clock }: CredentialOptions,
): Enrich | undefined {
  if (!enrichment) return undefined
  const settings = parseEnrichment(enrichment)
  if (typeof unscoped !== 'object')
    throw new TypeError('the claims enrichment needs unscoped: the bare client')
  // How old an answer is must not depend on somebody setting the clock.
  return enricher(settings, { unscoped, remembered, notice, clock })
}
