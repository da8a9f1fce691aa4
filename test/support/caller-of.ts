import { anonymous, type Principal } from '../../src/claims/principal.js'
import type { Caller } from '../../src/scope/caller.js'
import type { Reading } from '../../src/scope/reading.js'

/** A caller in a world without other models: for what looks at one model alone. */
export function callerOf(principal: Principal = anonymous): Caller {
  const explain = () => {
    throw new TypeError('there are no models to explain')
  }
  return { principal, policies: new Map(), models: new Map(), delegates: new Map(), explain }
}

/** A call of his under way. */
export function readingOf(principal?: Principal): Reading {
  return { caller: callerOf(principal), cursors: [], missing: new Set() }
}
