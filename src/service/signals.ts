type Stop = () => Promise<void>

/**
 * Runs a start, then waits for SIGINT or SIGTERM and undoes it, last step first. A second signal, or a stop that
 * fails, exits with 1; a start that fails undoes what it did and says why, without a stack where the message is for
 * the operator (`TypeError`, or any error while starting).
 */
export async function runUntilSignalled(
  start: (onStop: (stop: Stop) => void) => Promise<void>,
): Promise<void> {
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
    await start((step) => stops.push(step))
  } catch (error) {
    process.stderr.write(`\n${messageOf(error)}\n`)
    await stop(1)
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
