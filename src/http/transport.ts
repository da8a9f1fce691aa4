import { randomUUID } from 'node:crypto'
import type { Request, RequestHandler } from 'express'
import { ClaimstakeError } from '../errors.js'

const ids = new WeakMap<Request, string>()
const single = ['host', 'content-type', 'content-length']
const saneId = /^[\w.:-]{1,128}$/u

/**
 * Express's first stage: gives the request an id (the caller's own, where it is sane) and every answer the headers
 * that keep it out of shared caches.
 */
export const transport: RequestHandler = (request, response, next) => {
  if (isAmbiguous(request))
    throw new ClaimstakeError('MALFORMED_REQUEST', { detail: 'A header stands twice.' })
  if (!ids.has(request)) {
    const sent = request.get('X-Request-Id')
    const id = sent !== undefined && saneId.test(sent) ? sent : randomUUID()
    ids.set(request, id)
    response.set({
      'X-Request-Id': id,
      'Cache-Control': 'private, no-cache',
      Vary: 'Authorization, X-Api-Key, Accept, Origin',
    })
  }
  if (isAmbiguous(request))
    throw new ClaimstakeError('MALFORMED_REQUEST', { detail: 'A header stands twice.' })
  next()
}

/** The id that {@link transport} gave a request. */
export function requestIdOf(request: Request): string {
  return ids.get(request) ?? ''
}

/** Whether a header stands twice of which Node would quietly take the first. */
function isAmbiguous({ rawHeaders }: Request): boolean {
  const names = rawHeaders.filter((_, at) => at % 2 === 0).map((name) => name.toLowerCase())
  return single.some((name) => names.indexOf(name) !== names.lastIndexOf(name))
}
