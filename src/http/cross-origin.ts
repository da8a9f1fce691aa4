import cors from 'cors'
import type { RequestHandler } from 'express'

export interface CrossOriginOptions {
  /** The origins whose pages may call and read the answers; `['*']` is every page. */
  readonly origins: readonly string[]
  /** Headers that carry credentials, beside `Authorization` and `X-Api-Key`. */
  readonly credentialHeaders?: readonly string[]
}

const methods = ['GET', 'HEAD', 'POST', 'PATCH', 'DELETE']

const requestHeaders = [
  'Authorization',
  'Content-Type',
  'If-Match',
  'If-None-Match',
  'Idempotency-Key',
  'X-Api-Key',
  'X-Request-Id',
]

/** What a page may read of an answer beyond the few headers that browsers always show. */
const answerHeaders = [
  'ETag',
  'Link',
  'Location',
  'Retry-After',
  'X-Request-Id',
  'Idempotency-Replayed',
  'WWW-Authenticate',
  'Allow',
  'RateLimit-Limit',
  'RateLimit-Remaining',
  'RateLimit-Reset',
]

/** How long a browser remembers a preflight, in seconds; Chromium keeps none longer. */
const maxAge = 7200

/**
 * Lets pages of other origins call (CORS), failures included: without the headers a browser shows a page nothing of
 * a problem. Credentials of the browser's own (cookies, TLS) are never invited: `Authorization` is set by the page.
 * What OPTIONS answers is left to whoever comes next.
 */
export function crossOrigin({ origins, credentialHeaders = [] }: CrossOriginOptions): RequestHandler {
  return cors({
    origin: origins.includes('*') ? '*' : [...origins],
    methods,
    allowedHeaders: [...new Set([...requestHeaders, ...credentialHeaders])],
    exposedHeaders: answerHeaders,
    maxAge,
    preflightContinue: true,
  })
}
