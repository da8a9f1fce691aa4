import type { Response } from 'express'

/** Says that a stage has ended. */
export type Lap = (stage: string) => void

/**
 * Tells in `Server-Timing` how long each stage took, in milliseconds; a failure carries the stages before it. For
 * development: times tell what a caller is not to know.
 */
export function serverTiming(response: Response): Lap {
  let last = performance.now()
  const stages: string[] = []
  return (stage) => {
    const now = performance.now()
    stages.push(`${stage};dur=${(now - last).toFixed(2)}`)
    last = now
    response.set('Server-Timing', stages.join(', '))
  }
}
