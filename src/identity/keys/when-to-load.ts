/** What to do before keys are used: use them; ask for new ones beside that; ask first; nothing can be done now. */
export type Step = 'use' | 'use and load' | 'load first' | 'give up'

/** What the choice depends on; times in milliseconds. */
export interface Standing {
  /** How long ago the keys were asked for; infinite when there are none. */
  readonly age: number
  /** How long ago the last attempt failed; `undefined` when it did not. */
  readonly failedFor: number | undefined
}

/** Keys of this age are asked for again, and nobody waits for that. */
const refreshAge = 240_000
/** A key may have been withdrawn for this long: whoever comes now waits for news, if any can be expected. */
const maxAge = 300_000
/** Without news, known keys are good for a day. Then nobody can say whether they still are. */
const staleWindow = 86_400_000

/** How long a key server that failed is left alone, in milliseconds. */
export const cooldown = { withKeys: 30_000, without: 1_000 }

/** Whether keys of this age may be used at all. */
export function isUsable(age: number): boolean {
  return age <= staleWindow
}

/** All of the policy for keys that get old, in one place. */
export function nextStep({ age, failedFor }: Standing): Step {
  const usable = isUsable(age)
  const pause = usable ? cooldown.withKeys : cooldown.without
  if (failedFor !== undefined && failedFor < pause) return usable ? 'use' : 'give up'
  if (!usable) return 'load first'
  // It failed before and may again: a valid token does not wait for that.
  if (failedFor !== undefined) return 'use and load'
  if (age > maxAge) return 'load first'
  return age > refreshAge ? 'use and load' : 'use'
}
