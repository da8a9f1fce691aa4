import type { Request } from 'express'
import { principalOf, type CallerKind, type Principal } from '../claims/principal.js'
import { malformedCredentials, refusedCredentials } from './challenge.js'
import { timesSent, type CredentialOptions, type Credentials } from './credentials.js'
import { digest } from './digest.js'
import { inTime } from './in-time.js'
import { recentlyUsed } from './recently-used.js'
import { singleFlight } from './single-flight.js'

/** Where API keys are looked up: `apiKeys(pool)`, or a place of your own. */
export interface ApiKeys {
  /**
   * The key that a caller sent, if there is such a key, not expired and not revoked. A rejection, or no answer within
   * three seconds, means that nobody can tell: the caller then gets 503, never 401.
   *
   * @returns its id, and when it expires in milliseconds since 1970
   */
  readonly find: (key: string) => Promise<{ readonly id: string; readonly expiresAt: number } | undefined>
}

/** A key that was found good. */
interface KnownKey {
  readonly principal: Principal
  readonly expiresAt: number
  /** When it was last asked about, in milliseconds since 1970. */
  readonly askedAt: number
}

/** How long a found key is not asked about again, in milliseconds: a revoked one works no longer than that. */
const trusted = 5_000

/** Longer than any key; what is longer is not even hashed. */
const maxLength = 512

/**
 * API keys in `X-Api-Key`.
 *
 * Requests that carry the same key at the same time share one question. The same key gives the same frozen principal
 * object for as long as it is remembered, also when it is asked about again, so callers may cache by it.
 */
export function apiKeyCredentials(
  keys: ApiKeys,
  kind: CallerKind,
  { now, remembered }: CredentialOptions,
): Credentials {
  const known = recentlyUsed<KnownKey>(remembered)
  const once = singleFlight<KnownKey>()

  const ask = async (key: string, name: string): Promise<KnownKey> => {
    // Before the question, not after the answer: in between the key may be revoked.
    const askedAt = now()
    const found = await inTime(async () => keys.find(key), 'API keys cannot be looked up at the moment.')
    if (!found) {
      known.delete(name)
      throw refusedCredentials()
    }
    const before = known.get(name)?.principal
    const principal = before?.claims['sub'] === found.id ? before : principalOf(kind, { sub: found.id })
    const answer = { principal, expiresAt: found.expiresAt, askedAt }
    known.set(name, answer)
    return answer
  }

  return async (request) => {
    const key = apiKeyOf(request)
    if (key === undefined) return undefined
    const name = digest(key)
    const last = known.get(name)
    const isFresh = last !== undefined && Math.abs(now() - last.askedAt) < trusted
    const { principal, expiresAt } = isFresh ? last : await once(name, () => ask(key, name))
    if (!(expiresAt > now())) throw refusedCredentials()
    return principal
  }
}

/**
 * The key as sent, not yet looked up, or `undefined` when there is no `X-Api-Key` header.
 *
 * @throws {ClaimstakeError} `MALFORMED_CREDENTIALS` for a header that cannot be read, or a second one
 */
function apiKeyOf(request: Request): string | undefined {
  const key = request.headers['x-api-key']
  if (key === undefined) return undefined
  // Node joins two of them with a comma, and so may a proxy: then nobody can say which one counts.
  if (typeof key !== 'string' || timesSent(request, 'X-Api-Key') > 1 || key.includes(','))
    throw malformedCredentials('The X-Api-Key header must be one key, sent once.')
  if (key.length > maxLength || !/^[\x21-\x7e]+$/u.test(key))
    throw malformedCredentials(
      `The X-Api-Key header must be 1 to ${maxLength} visible ASCII characters without a space.`,
    )
  return key
}
