/**
 * The time that has passed, by a clock that may be set: put forward, time has passed; put back, it stood still.
 *
 * @returns milliseconds, which never become fewer
 */
export function elapsed(clock: () => number): () => number {
  let last = clock()
  let passed = 0
  return () => {
    const now = clock()
    passed += Math.max(0, now - last)
    last = now
    return passed
  }
}
