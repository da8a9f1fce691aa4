import { parseIdentityPath } from '../claims/claim-path.js'
import { principalOf, type Claims, type Principal } from '../claims/principal.js'
import { readIdentity } from '../claims/read-claims.js'
import type { EnrichmentSettings } from '../config/enrichment.js'
import { boundedCall } from './bounded-call.js'
import type { Notice } from './credentials.js'
import { enrichmentFailure, unavailableEnrichment } from './enrichment-failure.js'
import { plainClaims } from './plain-claims.js'
import { recentlyUsed } from './recently-used.js'
import { singleFlight } from './single-flight.js'
import type { VerifiedToken } from './token/token-cache.js'

/** What an enricher needs beside its settings. */
export interface EnricherOptions {
  /** What the function is given to look things up with. */
  readonly unscoped: object
  /** Milliseconds since any moment. */
  readonly clock: () => number
  /** How many answers are remembered at most; 0 = 10,000, because asking for each request is no choice. */
  readonly remembered: number
  /** Is told that callers go on with the claims of their tokens alone. */
  readonly notice: Notice
}

/** The caller of a token with what somebody else knows of him. */
export type Enrich = (verified: Pick<VerifiedToken, 'name' | 'principal'>) => Principal | Promise<Principal>

/** A caller, since when his claims are known to be these, and for how long they count, in milliseconds. */
interface Known {
  readonly principal: Principal
  readonly since: number
  readonly lasts: number
}

/** Milliseconds for which nobody asks again about a caller who went on without an answer. */
const pause = 1000

/** Milliseconds between two notices. */
const quiet = 10_000

/** What the issuer signed about the token itself (RFC 7519 section 4.1): nobody else has a say in it. */
const registered: ReadonlySet<string> = new Set(['iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti'])

/**
 * Asks a claims enrichment about the callers of verified tokens: once for each token and time to live, however many
 * requests there are at once. The answer is remembered under the token's name alone, so it never serves another token.
 *
 * A caller whose claims come out as before stays the same principal object, so callers may cache by it.
 *
 * @throws {ClaimstakeError} `UNAVAILABLE` (the function it returns) when there is no answer and the settings refuse
 */
export function enricher(
  { enrich, timeToLive, ifUnavailable, ...limits }: EnrichmentSettings,
  { unscoped, clock, remembered, notice }: EnricherOptions,
): Enrich {
  const call = boundedCall(limits)
  const answers = recentlyUsed<Known>(remembered || 10_000)
  const once = singleFlight<Principal>()
  const tell = onceInAWhile(clock, notice)

  const ask = async (token: Principal, before: Principal | undefined): Promise<Principal> => {
    const { issuer } = token
    const identity = (path?: string) =>
      readIdentity(token, path === undefined ? undefined : parseIdentityPath(path))?.value
    const context = { issuer, unscoped, identity }
    const given = await call((signal) => enrich(token.claims, Object.freeze({ ...context, signal })))
    const claims = merged(token.claims, given)
    const text = JSON.stringify(claims)
    const same = [before, token].find((known) => known && JSON.stringify(known.claims) === text)
    return same ?? principalOf(token, claims)
  }
  const askAndKeep = (name: string, token: Principal, before: Principal | undefined): Promise<Principal> => {
    // Before the question, not after the answer: in between the truth may change.
    const since = clock()
    return ask(token, before)
      .then((principal) => ({ principal, since, lasts: timeToLive * 1000 }))
      .catch((cause: unknown): Known => {
        if (ifUnavailable === 'refuse') throw unavailableEnrichment(cause)
        tell(cause)
        return { principal: token, since: clock(), lasts: pause }
      })
      .then((known) => {
        answers.set(name, known)
        return known.principal
      })
  }

  return ({ name, principal }) => {
    const known = answers.get(name)
    // A clock that went back says nothing about how old it is.
    const age = known ? clock() - known.since : -1
    if (known && age >= 0 && age < known.lasts) return known.principal
    // Over is over, also if the clock goes back later.
    if (known) answers.set(name, { ...known, lasts: 0 })
    return once(name, () => askAndKeep(name, principal, known?.principal))
  }
}

/** The claims of a token, with what was said of them: by name, and of no registered one. */
function merged(own: Claims, given: unknown): Claims {
  const added = Object.entries(plainClaims(given))
  const takenAway = Object.entries(given as Claims).filter(([, value]) => value === undefined)
  const said = [...added, ...takenAway].filter(([name]) => !registered.has(name))
  const names = new Set(said.map(([name]) => name))
  const kept = Object.entries(own).filter(([name]) => !names.has(name))
  return Object.fromEntries([...kept, ...said.filter(([, value]) => value !== undefined)])
}

/** Tells of the first failure at once, and then of how many there were meanwhile. */
function onceInAWhile(clock: () => number, notice: EnricherOptions['notice']): (cause: unknown) => void {
  let last: number | undefined
  let failures = 0
  return (cause) => {
    failures++
    const now = clock()
    if (last !== undefined && Math.abs(now - last) < quiet) return
    notice('the claims enrichment gave no answer: callers go on with the claims of their tokens', {
      failures,
      ...enrichmentFailure(cause),
    })
    last = now
    failures = 0
  }
}
