import express, { type NextFunction, type Request, type Response } from 'express'
import { parseStrictJson, StrictJsonError } from '../claims/strict-json.js'
import { ClaimstakeError } from '../errors.js'

/** How deep a body may nest: Json columns and filters need little, a parser bomb a lot. */
const maxDepth = 32
const mediaType = /^application\/(?:json|merge-patch\+json)\s*(?:;\s*charset\s*=\s*"?utf-8"?\s*)?$/iu

/** Reads JSON bodies of at most `limit` bytes. Made once; called when the body is wanted, not before. */
export function bodyReader(limit: number): (request: Request, response: Response) => Promise<unknown> {
  const raw = express.raw({ type: () => true, limit, inflate: false })
  return async (request, response) => {
    if (!mediaType.test(request.get('Content-Type') ?? '')) {
      throw new ClaimstakeError('UNSUPPORTED_MEDIA_TYPE', { detail: 'Send application/json.' })
    }
    if (request.body !== undefined) {
      throw new TypeError(
        'Another parser has read the body: mount the Claimstake router before express.json().',
      )
    }
    await new Promise<void>((done, failed) => {
      const next: NextFunction = (error?: unknown) => {
        if (error === undefined) done()
        else failed(readingFailure(error))
      }
      // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Express's own request
      raw(request, response, next)
    })
    return parse(request.body)
  }
}

function parse(body: unknown): unknown {
  try {
    return parseStrictJson(Buffer.isBuffer(body) ? body : Buffer.alloc(0), maxDepth)
  } catch (error) {
    if (!(error instanceof StrictJsonError)) throw error
    throw new ClaimstakeError('MALFORMED_JSON', { detail: `The body is refused: ${error.message}.` })
  }
}

/** body-parser's errors carry a status; anything else is a connection that broke. */
function readingFailure(error: unknown): ClaimstakeError {
  const status = typeof error === 'object' && error !== null && 'status' in error ? error.status : undefined
  if (status === 413) return new ClaimstakeError('BODY_TOO_LARGE', { cause: error })
  if (status === 415)
    return new ClaimstakeError('UNSUPPORTED_MEDIA_TYPE', { detail: 'Send it uncompressed.', cause: error })
  return new ClaimstakeError('MALFORMED_REQUEST', { detail: 'The body could not be read.', cause: error })
}
