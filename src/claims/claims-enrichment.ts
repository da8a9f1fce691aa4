import type { Claims } from './principal.js'

/** What a claims enrichment is told beside the claims. */
export interface EnrichmentContext<Unscoped extends object> {
  /** The `iss` of the token. */
  readonly issuer: string
  /** The bare client, which sees every row. */
  readonly unscoped: Unscoped
  /**
   * The caller's identity at a claim path, as owner rules read it and stamp it: with the alias of its issuer, and
   * `undefined` where the claim is none that could own a row.
   *
   * @param path Default: that of the issuer
   */
  readonly identity: (path?: string) => string | undefined
  /** Aborts at the deadline: give it to `fetch` and the like, or they go on for nobody. */
  readonly signal: AbortSignal
}

/**
 * Adds to the claims of a verified token what somebody else knows of its caller, before any rule sees them: Cognito's
 * pre-token trigger, self-hosted. It is asked for callers with a token, and for nobody else.
 *
 * It is checked at boot (`authenticator()`); a `TypeError` lists every fault.
 *
 * @example
 * const enrichment: ClaimsEnrichment<PrismaClient> = {
 *   async enrich(claims, { unscoped, identity }) {
 *     const userId = identity('user_id')
 *     if (userId === undefined) return { teams: [] }
 *     const rows = await unscoped.membership.findMany({ where: { userId } })
 *     return { teams: rows.map(({ teamId }) => teamId) }
 *   },
 * }
 */
export interface ClaimsEnrichment<Unscoped extends object = object> {
  /**
   * Says which claims to add. What it names takes the place of the token's claim of that name; `undefined` takes it away.
   * `iss`, `sub`, `aud`, `exp`, `nbf`, `iat` and `jti` stay as the issuer signed them, whatever it says of them.
   *
   * @param claims those of the token, frozen
   * @returns an object of plain JSON, under the limits of a custom authorizer's claims; `{}` adds nothing
   */
  enrich(claims: Claims, context: EnrichmentContext<Unscoped>): Promise<Claims> | Claims
  /** How long an answer counts for one token, in seconds (1 to 86,400). Default: 60. */
  readonly timeToLive?: number | undefined
  /** How long it may take, in milliseconds (1 to 30,000). Default: 1,000. */
  readonly deadline?: number | undefined
  /** How many calls it answers at once (1 to 10,000). Default: 100. */
  readonly concurrency?: number | undefined
  /**
   * What becomes of a caller when it throws, is late, gives no usable answer or has too many calls: `refuse` answers 503;
   * `continue` goes on with the claims of the token alone. Default: `refuse`.
   */
  readonly ifUnavailable?: 'refuse' | 'continue' | undefined
}
