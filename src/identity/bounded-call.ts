/** Calls a function of the user's, with a signal that aborts at its deadline. */
export type BoundedCall = <Answer>(ask: (signal: AbortSignal) => Promise<Answer> | Answer) => Promise<Answer>

/** A call that was not made, or not waited for any longer. */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError'
}

/**
 * Gives calls a deadline, and lets only so many be underway at once.
 *
 * @param limits.deadline how long one may take, in milliseconds
 * @param limits.concurrency how many are answered at once
 * @returns a call that rejects with `NoAnswerError` when it is late or one too many, else with what the function throws
 */
export function boundedCall({
  deadline,
  concurrency,
}: {
  readonly deadline: number
  readonly concurrency: number
}): BoundedCall {
  let running = 0
  return async (ask) => {
    // Whoever waits for a slow function holds a connection; a queue would only make it slower.
    if (running >= concurrency) throw new NoAnswerError(`it has ${concurrency} calls to answer already`)
    running++
    const late = new AbortController()
    const timer = setTimeout(() => {
      late.abort(new NoAnswerError(`it took longer than ${deadline} ms`))
    }, deadline)
    try {
      const call = (async () => ask(late.signal))()
      // A race listens to the loser too, so what comes of it when it is late disturbs nobody.
      return await Promise.race([call, rejection(late.signal)])
    } finally {
      clearTimeout(timer)
      // A call that is late has been told to stop and counts no more: one that hangs must not shut everybody out.
      running--
    }
  }
}

/** Rejects when the signal aborts, with its reason. */
function rejection(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
  })
}

/**
 * Does something with what a function of the user's threw, which may throw itself when it is looked at: a failure to
 * tell of a failure must not take its place.
 */
export function toldOf<Told>(cause: unknown, tell: (cause: unknown) => Told): Told {
  try {
    return tell(cause)
  } catch {
    return tell(new NoAnswerError('it threw something that cannot be read'))
  }
}
