import { ClaimstakeError } from '../errors.js'

/** How long a caller waits for an answer about his credentials, in milliseconds. */
const patience = 3_000

/**
 * Tells "the answer is no" from "nobody could say": only the first is the caller's fault.
 *
 * @param detail what cannot be done at the moment, for the caller
 * @throws {ClaimstakeError} `UNAVAILABLE` when the question throws, or is not answered within three seconds
 */
export async function inTime<Answer>(
  question: () => Answer | Promise<Answer>,
  detail: string,
): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${patience} ms`)), patience)
  })
  try {
    return await Promise.race([question(), late])
  } catch (cause) {
    throw unavailable(detail, cause)
  } finally {
    clearTimeout(timer)
  }
}

/** Nobody is let in, and nobody is told to go away. */
export function unavailable(detail: string, cause: unknown): ClaimstakeError {
  return new ClaimstakeError('UNAVAILABLE', { detail, headers: { 'Retry-After': '1' }, cause })
}
