/**
 * Work that is worth doing now and then, on an occasion: the first one, and again when so much time has passed.
 *
 * @param pause in milliseconds, from the start of one run to that of the next
 * @returns to be called on each occasion; it never throws, what goes wrong is told to the function it is given
 */
export function nowAndThen(
  pause: number,
  work: () => Promise<void>,
): (onFailure: (error: unknown) => void) => void {
  let due = 0
  return (onFailure) => {
    const now = performance.now()
    if (now < due) return
    due = now + pause
    work().catch(onFailure)
  }
}
