import { z } from 'zod'

/** A whole number from 1 to `most`. */
export function wholeNumber(most: number): z.ZodInt {
  const message = `must be a whole number from 1 to ${most.toLocaleString('en')}`
  return z.int(message).min(1, message).max(most, message)
}
