import { require as load } from 'tsx/cjs/api'
import type * as StartRun from './start-run.js'

/**
 * Starts the databases of this run. Jest turns a global setup into CommonJS, which ours is not: so tsx loads
 * what does the work.
 */
// eslint-disable-next-line no-restricted-exports -- Jest calls the default export of its global setup
export default async function globalSetup(): Promise<void> {
  const { startRun } = load('./start-run.ts', import.meta.url) as typeof StartRun
  Object.assign(globalThis, { endTestRun: await startRun() })
}
