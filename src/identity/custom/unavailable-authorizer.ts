import { ClaimstakeError } from '../../errors.js'
import { toldOf } from '../bounded-call.js'

/**
 * A custom authorizer that gives no answer: nobody is let in, and nobody is told to go away.
 *
 * @param cause logged only, without the credentials and without what else hangs on it: an HTTP client's error carries
 *   the headers it sent
 */
export function unavailableAuthorizer(cause: unknown, credentials: string): ClaimstakeError {
  const told = toldOf(cause, (each) => loggable(each, credentials))
  const error = new Error('the custom authorizer gave no answer', { cause: told })
  return new ClaimstakeError('UNAVAILABLE', {
    detail: 'The credentials cannot be judged at the moment.',
    headers: { 'Retry-After': '5' },
    cause: error,
  })
}

/** Characters of a text that are logged. */
const longest = 4096

/** Causes of causes that are logged. */
const deepest = 3

function loggable(error: unknown, credentials: string, depth = 0): Error {
  if (!(error instanceof Error)) return new Error(`it threw no error but a value of type ${typeof error}`)
  const forms = new Set([credentials, encodeURIComponent(credentials.toWellFormed()), escaped(credentials)])
  const hide = (text: unknown) => {
    const cut = String(text).slice(0, longest)
    // What is as short as a word would be cut out of every word.
    if (credentials.length < 8) return [...forms].some((form) => cut.includes(form)) ? '[credentials]' : cut
    return [...forms].reduce((rest, form) => rest.replaceAll(form, '[credentials]'), cut)
  }
  const code = (error as { readonly code?: unknown }).code
  const copy = new Error(hide(error.message))
  copy.name = hide(error.name)
  copy.stack = hide(error.stack)
  if (typeof code === 'string') Object.assign(copy, { code: hide(code) })
  if (error.cause !== undefined && depth < deepest) copy.cause = loggable(error.cause, credentials, depth + 1)
  return copy
}

/** As it stands in JSON. */
function escaped(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}
