import { ClaimstakeError } from '../../errors.js'
import { unsignedToken } from '../challenge.js'
import type { KeyHint } from '../token/token-checks.js'
import { elapsed } from './elapsed.js'
import { KeyServerFault } from './key-server-fault.js'
import type { KeySet } from './key-set.js'
import type { KeySource, KeySourceOptions } from './key-source.js'
import type { LoadKeys } from './load-keys.js'
import { cooldown, isUsable, nextStep } from './when-to-load.js'

/** An unknown key id has the keys asked for again no more often than this, in milliseconds. */
const doubtPause = 30_000

/**
 * The keys that an issuer publishes. Its server is asked rarely, by one call at a time, and may be away for a day: what
 * was last heard of it stays good. When it is asked is said by {@link nextStep}, and by `lookAgain` for a token that the
 * known keys do not explain.
 */
export function publishedKeys(
  load: LoadKeys,
  { issuer, clock, notice }: Pick<KeySourceOptions, 'issuer' | 'clock' | 'notice'>,
): KeySource {
  const now = elapsed(clock)
  const fetches: Record<string, number> = { ok: 0 }
  let keys: { readonly set: KeySet; readonly askedAt: number } | undefined
  let failure: { readonly fault: KeyServerFault; readonly at: number } | undefined
  let loading: Promise<void> | undefined
  let doubtedAt = -Infinity
  let loads = 0
  let generation = 0

  const age = () => (keys ? now() - keys.askedAt : Infinity)
  const standing = () => ({ age: age(), failedFor: failure && now() - failure.at })

  /** Never rejects: who waits for it looks at what it left. */
  const loadOnce = async (): Promise<void> => {
    const before = keys?.set
    const askedAt = now()
    try {
      const set = await load(before)
      if (before && !before.isWithin(set)) generation++
      keys = { set, askedAt }
      count('ok')
      if (failure) notice('the keys of a token issuer can be had again', { issuer })
      failure = undefined
      if (set.skipped.private > 0 && !before?.skipped.private)
        notice('a token issuer publishes a private key: whoever reads it can sign tokens', { issuer })
    } catch (error) {
      const fault = asFault(error)
      count(fault.kind)
      if (failure?.fault.message !== fault.message) notice(said(fault), { issuer, reason: fault.message })
      failure = { fault, at: now() }
    }
  }
  const count = (outcome: string) => void (fetches[outcome] = (fetches[outcome] ?? 0) + 1)
  const loadKeys = (): Promise<void> => {
    loading ??= loadOnce().finally(() => {
      loads++
      loading = undefined
    })
    return loading
  }

  const refresh = (): Promise<void> | undefined => {
    const step = nextStep(standing())
    if (step === 'use') return undefined
    if (step === 'give up') return Promise.reject(outOfReach(failure?.fault))
    const loaded = loadKeys()
    if (step === 'use and load') return undefined
    return loaded.then(() => {
      if (!isUsable(age())) throw outOfReach(failure?.fault)
    })
  }

  /** For a token that the known keys do not explain. Anybody can make such tokens, so they get little. */
  const lookAgain = async (): Promise<void> => {
    const isTooSoon = now() - doubtedAt < doubtPause || (failure && now() - failure.at < cooldown.withKeys)
    if (!loading && isTooSoon) return
    if (!loading) doubtedAt = now()
    await loadKeys()
  }

  const find = async (hint: KeyHint) => {
    const loadsBefore = loads
    await refresh()
    const found = keys?.set.find(hint)
    if (found) return found.key
    // What was asked for meanwhile is as new as can be.
    if (loads === loadsBefore) await lookAgain()
    const late = keys?.set.find(hint)
    if (late) return late.key
    throw failure
      ? outOfReach(failure.fault)
      : unsignedToken('Its issuer publishes no key of its kid and alg.')
  }

  return {
    find,
    refresh,
    async successor(hint, key) {
      // Somebody else may have looked already.
      if (keys?.set.find(hint)?.key === key) await lookAgain()
      const found = keys?.set.find(hint)?.key
      return found === key ? undefined : found
    },
    generation: () => generation,
    async isReady() {
      await refresh()?.catch(() => undefined)
      return isUsable(age())
    },
    async open() {
      await loadKeys()
      if (failure?.fault.kind === 'untrusted')
        throw new TypeError(`The keys of the issuer ${issuer} cannot be trusted:\n- ${failure.fault.message}`)
    },
    facts: () => ({
      keys: isUsable(age()) ? (keys?.set.size ?? 0) : 0,
      staleSeconds: failure && keys ? age() / 1000 : 0,
      fetches: { ...fetches },
      skipped: keys?.set.skipped ?? {},
      privateKeys: keys?.set.skipped.private ?? 0,
    }),
  }
}

function said({ kind }: KeyServerFault): string {
  return kind === 'untrusted'
    ? 'what a token issuer says of its keys cannot be trusted'
    : 'the keys of a token issuer cannot be had: its server was asked in vain'
}

function asFault(error: unknown): KeyServerFault {
  if (error instanceof KeyServerFault) return error
  return new KeyServerFault('unreadable', 'its keys could not be read', { cause: error })
}

/** Not the caller's fault: never 401. */
function outOfReach(cause: unknown): ClaimstakeError {
  return new ClaimstakeError('UNAVAILABLE', {
    detail: 'The keys of the token issuer are out of reach.',
    headers: { 'Retry-After': '5' },
    cause,
  })
}
