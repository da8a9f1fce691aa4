type Stop = () => Promise<void>

/** What a start is given. */
export interface Lifecycle {
  /** Adds what a stop undoes; the last one added is undone first. */
  readonly onStop: (stop: Stop) => void
  /** Also stops when the process that started this one is gone: npm's shell dies of a signal without passing it on. */
  readonly stopWithParent: () => void
  readonly isStopping: () => boolean
}

/**
 * Runs a start, then waits for SIGINT or SIGTERM and undoes it, last step first. A second signal, or a stop that
 * fails, exits with 1; a start that fails undoes what it did and says why, without a stack where the message is for
 * the operator (`TypeError`, or any error while starting).
 */
export async function runUntilSignalled(start: (lifecycle: Lifecycle) => Promise<void>): Promise<void> {
  const stops: Stop[] = []
  let stopping = false
  const stop = async (code: number) => {
    if (stopping) process.exit(1)
    stopping = true
    let result = code
    for (const step of stops.reverse()) {
      await step().catch((error: unknown) => {
        process.stderr.write(`${messageOf(error)}\n`)
        result = 1
      })
    }
    process.exit(result)
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop(0))
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? String(error.stack) : String(error)}\n`)
      void stop(1)
    })
  }
  try {
    await start({
      isStopping: () => stopping,
      onStop: (step) => void stops.push(step),
      stopWithParent() {
        const parent = process.ppid
        setInterval(() => void (process.ppid !== parent && !stopping && stop(0)), 500).unref()
      },
    })
  } catch (error) {
    process.stderr.write(`\n${messageOf(error)}\n`)
    await stop(1)
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
