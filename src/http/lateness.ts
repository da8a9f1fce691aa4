/** When the event loop counts as late; times are in milliseconds. */
export interface LatenessOptions {
  /** How late it comes to what is due. */
  readonly limit: number
  /** How often in a row. Default: 3. */
  readonly turns?: number | undefined
  /** The time from one look to the next. Default: 50. */
  readonly pause?: number | undefined
}

/**
 * Watches how late the event loop comes to what is due, while there are calls. Once is no overload: something took its
 * time, and it is over. Where it stays late, more comes in than can be done.
 *
 * @returns to be asked at each call
 */
export function lateness({ limit, turns = 3, pause = 50 }: LatenessOptions): () => boolean {
  let isWatching = false
  let isAsked = false
  let lateTurns = 0
  const watch = () => {
    isAsked = false
    const due = performance.now() + pause
    setTimeout(() => {
      lateTurns = performance.now() - due > limit ? lateTurns + 1 : 0
      isWatching = isAsked
      if (isWatching) watch()
      else lateTurns = 0
    }, pause).unref()
  }
  return () => {
    if (!isWatching) {
      isWatching = true
      watch()
    }
    isAsked = true
    return lateTurns >= turns
  }
}
