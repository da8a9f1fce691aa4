import { KeyObject } from 'node:crypto'
import { createRemoteJWKSet, errors, type RemoteJWKSet } from 'jose'
import { keyFault } from '../../config/algorithm.js'
import type { KeyOrigin } from '../../config/issuer-key.js'
import { ClaimstakeError } from '../../errors.js'
import { invalidToken } from '../challenge.js'
import type { KeyHint } from '../token/token-checks.js'

/** The keys that sign the tokens of one issuer. */
export interface KeySource {
  /**
   * The key that must have signed a token.
   *
   * @throws {ClaimstakeError} `INVALID_TOKEN` when the issuer has no such key; `UNAVAILABLE` when that cannot be known
   */
  readonly find: (hint: KeyHint) => Promise<KeyObject>
  /**
   * The key that the issuer has put in the place of one under which a signature turned out to be bad, if it has: key
   * servers have been seen to keep the id.
   */
  readonly successor: (hint: KeyHint, key: KeyObject) => Promise<KeyObject | undefined>
  /**
   * Has the keys fetched anew when they are getting old.
   *
   * @returns what to wait for before they may be used, or `undefined` when they may be used now
   * @throws {ClaimstakeError} `UNAVAILABLE`, through the promise, when they are too old to be used at all
   */
  readonly refresh: () => Promise<void> | undefined
  /** Another number whenever a key was taken back or replaced: what was verified before must be verified again. */
  readonly generation: () => number
  /** Whether there are keys to check tokens with; asks for them where there are none yet. */
  readonly isReady: () => Promise<boolean>
}

/** Durations in milliseconds: a caller waits at most the first, a withdrawn key is trusted at most the second. */
const jwksOptions = { timeoutDuration: 3000, cacheMaxAge: 300_000, cooldownDuration: 30_000 }

/** How often readiness may ask for keys, in milliseconds. */
const askedAgain = 1000

/** The key source of an issuer: its one key, or the set it publishes (RFC 7517). */
export function keySource(origin: KeyOrigin): KeySource {
  if (origin.kind === 'key') return oneKey(origin.key)
  const published = createRemoteJWKSet(origin.url, jwksOptions)
  return {
    async find(hint) {
      const found = KeyObject.from(await published({ ...hint }).catch(explain))
      const fault = keyFault(hint.alg, found)
      if (fault !== undefined) throw invalidToken(undefined, new Error(`the published key ${fault}`))
      return found
    },
    successor: () => Promise.resolve(undefined),
    refresh: () => undefined,
    generation: () => Math.floor(Date.now() / jwksOptions.cacheMaxAge),
    isReady: loading(published),
  }
}

function oneKey(key: KeyObject): KeySource {
  return {
    find: () => Promise.resolve(key),
    successor: () => Promise.resolve(undefined),
    refresh: () => undefined,
    generation: () => 0,
    isReady: () => Promise.resolve(true),
  }
}

/** Once there are keys, there are: when they get old, the next token asks. Until then asked at most once a second. */
function loading(published: RemoteJWKSet): () => Promise<boolean> {
  let isLoaded = false
  let askedAt = -Infinity
  return async () => {
    if (!isLoaded && published.jwks() === undefined && performance.now() - askedAt > askedAgain) {
      askedAt = performance.now()
      await published.reload().catch(() => undefined)
    }
    isLoaded ||= (published.jwks()?.keys.length ?? 0) > 0
    return isLoaded
  }
}

/** Tells "there is no such key" from "nobody could say": only the first is the caller's fault. */
function explain(cause: unknown): never {
  const refused = [errors.JWKSNoMatchingKey, errors.JWKSMultipleMatchingKeys, errors.JOSENotSupported]
  if (refused.some((kind) => cause instanceof kind)) throw invalidToken(undefined, cause)
  throw new ClaimstakeError('UNAVAILABLE', {
    detail: 'The keys of the token issuer are out of reach.',
    headers: { 'Retry-After': '5' },
    cause,
  })
}
