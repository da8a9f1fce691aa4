import type { Call } from './call.js'
import type { Secret } from './secrets.js'

/** A call with an `Idempotency-Key`, in the digests of one secret. */
export interface CallName {
  /** Of its caller, method, path and `Idempotency-Key`: what is kept of the call is found by it. */
  readonly key: string
  /** Of the rest that was sent. With another one under the same key it is another call. */
  readonly fingerprint: string
  readonly secret: Secret
}

/**
 * The names of a call under each secret, newest first. It is kept under all of them, for while one secret replaces
 * another there are instances that know the old one alone: they too must find what was done.
 */
export async function callNames(call: Call): Promise<readonly CallName[]> {
  const { idempotencyKey, principal, method, path, query, ifMatch, settings } = call
  const named = JSON.stringify([settings.identityText(principal), method, path, idempotencyKey])
  const sent = JSON.stringify([query.toString(), ifMatch ?? null, await call.body()])
  return settings.secrets.each.map((secret) => ({
    secret,
    key: secret.digest('idempotency key', named),
    fingerprint: secret.digest('idempotency body', sent),
  }))
}
