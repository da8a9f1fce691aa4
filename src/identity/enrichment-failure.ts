import { StrictJsonError } from '../claims/strict-json.js'
import { ClaimstakeError } from '../errors.js'
import { NoAnswerError, toldOf } from './bounded-call.js'
import { UnusableClaimsError } from './plain-claims.js'

/** Causes of causes that are told. */
const deepest = 4

/**
 * A claims enrichment that gives no answer: the caller is neither let in nor told to go away.
 *
 * @param cause logged only, by kind, code and place. Its message stays away: it may hold what the claims hold, or what
 *   a table says of a caller
 */
export function unavailableEnrichment(cause: unknown): ClaimstakeError {
  return new ClaimstakeError('UNAVAILABLE', {
    detail: 'What is known of the caller cannot be had at the moment.',
    headers: { 'Retry-After': '1' },
    cause: new Error('the claims enrichment gave no answer', {
      cause: toldOf(cause, (each) => wordless(each)),
    }),
  })
}

/** The same in short: what went wrong, in our words, cause by cause. */
export function enrichmentFailure(cause: unknown): { readonly reason: string } {
  return { reason: toldOf(cause, reasonsOf) }
}

function reasonsOf(cause: unknown): string {
  const reasons = [reasonOf(cause)]
  for (let error = cause; error instanceof Error && reasons.length <= deepest; error = error.cause)
    if (error.cause instanceof Error) reasons.push(reasonOf(error.cause))
  return reasons.join(': ')
}

function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return `it threw no error but a value of type ${typeof cause}`
  if (cause instanceof NoAnswerError || cause instanceof UnusableClaimsError) return cause.message
  if (cause instanceof StrictJsonError) return `its claims are ${cause.message}`
  const code = word((cause as { readonly code?: unknown }).code)
  return [word(cause.name) ?? 'Error', code].filter((part) => part !== undefined).join(' ')
}

/** The error without its message and what else hangs on it. */
function wordless(error: unknown, depth = 0): Error {
  const copy = new Error(reasonOf(error))
  copy.stack = `${copy.name}: ${copy.message}`
  if (!(error instanceof Error)) return copy
  copy.stack += framesOf(error)
  if (error.cause !== undefined && depth < deepest) copy.cause = wordless(error.cause, depth + 1)
  return copy
}

/** Behind the message, of which a line may look like a frame. */
function framesOf({ message, stack }: Error): string {
  const text = String(stack)
  const start = message === '' ? -1 : text.indexOf(message)
  const lines = start < 0 ? [] : text.slice(start + message.length).split('\n')
  return lines
    .filter((line) => /^ +at /u.test(line))
    .map((line) => `\n${line}`)
    .join('')
}

/** A name or a code: one short word, and never a sentence. */
function word(value: unknown): string | undefined {
  return typeof value === 'string' && /^[A-Za-z]\w{0,63}$/u.test(value) ? value : undefined
}
