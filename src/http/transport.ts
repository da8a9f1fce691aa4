import { randomUUID } from 'node:crypto'
import type { Request, RequestHandler } from 'express'
import { ClaimstakeError, unusableHeader } from '../errors.js'

const ids = new WeakMap<Request, string>()
const single = ['Host', 'Content-Type', 'Content-Length']
const saneId = /^[\w.:-]{1,128}$/u

/** How long the rest of a body is taken that nobody wants, in milliseconds. */
const patience = 1000

/**
 * Express's first stage: gives the request an id (the caller's own, where it is sane) and every answer the headers
 * that keep it out of shared caches; ends requests that go on after their answer. A router that is mounted in such an
 * app does it again, to no effect.
 */
export const transport: RequestHandler = (request, response, next) => {
  if (ids.has(request)) {
    next()
    return
  }
  const sent = request.get('X-Request-Id')
  const id = sent !== undefined && saneId.test(sent) ? sent : randomUUID()
  ids.set(request, id)
  response.set({
    'X-Request-Id': id,
    'Cache-Control': 'private, no-cache',
    Vary: 'Authorization, X-Api-Key, Accept, Origin',
  })
  response.once('finish', () => endSoon(request))
  next()
}

/**
 * The router's stage behind it: refuses a request of which Node would quietly take the first of two headers.
 *
 * @throws {ClaimstakeError} `MALFORMED_REQUEST`
 */
export const unambiguous: RequestHandler = (request, _, next) => {
  const twice = namesTwice(request)
  if (twice.length > 0)
    throw new ClaimstakeError('MALFORMED_REQUEST', {
      detail: 'A header stands twice.',
      errors: twice.map(unusableHeader),
    })
  next()
}

/** The id that {@link transport} gave a request. */
export function requestIdOf(request: Request): string {
  return ids.get(request) ?? ''
}

/** The headers that stand twice, of which Node would quietly take the first. */
function namesTwice({ rawHeaders }: Request): string[] {
  const names = rawHeaders.filter((_, at) => at % 2 === 0).map((name) => name.toLowerCase())
  return single.filter((name) => names.indexOf(name.toLowerCase()) !== names.lastIndexOf(name.toLowerCase()))
}

/**
 * After an answer that came before the end of the body, what is still sent is read and thrown away, so that the sender
 * sees the answer; but a body without an end is cut off.
 */
function endSoon(request: Request): void {
  if (request.complete) return
  request.resume()
  const cut = setTimeout(() => request.destroy(), patience).unref()
  request.once('close', () => clearTimeout(cut))
}
