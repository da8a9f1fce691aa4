import { randomUUID } from 'node:crypto'
import type { Request, RequestHandler } from 'express'

const ids = new WeakMap<Request, string>()
const saneId = /^[\w.:-]{1,128}$/u

/**
 * Express's first stage: gives the request an id (the caller's own, where it is sane) and every answer the headers
 * that keep it out of shared caches.
 */
export const transport: RequestHandler = (request, response, next) => {
  if (!ids.has(request)) {
    const sent = request.get('X-Request-Id')
    const id = sent !== undefined && saneId.test(sent) ? sent : randomUUID()
    ids.set(request, id)
    response.set({
      'X-Request-Id': id,
      'Cache-Control': 'private, no-cache',
      Vary: 'Authorization, Accept, Origin',
    })
  }
  next()
}

/** The id that {@link transport} gave a request. */
export function requestIdOf(request: Request): string {
  return ids.get(request) ?? ''
}
