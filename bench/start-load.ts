import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Load, LoadResult } from './load-generator.js'

/** A load generator in a process of its own; one load at a time. */
export interface LoadGenerator {
  readonly run: (load: Load) => Promise<LoadResult>
  readonly stop: () => void
}

/** Starts bench/load-generator.ts. */
export function startLoad(): LoadGenerator {
  const file = fileURLToPath(new URL('load-generator.ts', import.meta.url))
  const child = fork(file, { execArgv: ['--import', 'tsx'] })
  return {
    async run(load) {
      const answered = once(child, 'message')
      child.send(load)
      const [result] = (await answered) as [LoadResult]
      return result
    },
    stop: () => child.disconnect(),
  }
}
