import type { Request } from 'express'
import getRawBody from 'raw-body'
import { parseStrictJson, StrictJsonError } from '../claims/strict-json.js'
import { ClaimstakeError, unusableHeader, type InputFault } from '../errors.js'

/** How deep a body may nest: Json columns and filters need little, a parser bomb a lot. */
const maxDepth = 32
const mediaType = /^application\/(?:json|merge-patch\+json)\s*(?:;\s*charset\s*=\s*"?utf-8"?\s*)?$/iu

/** Reads JSON bodies of at most `limit` bytes. Made once; called when the body is wanted, not before. */
export function bodyReader(limit: number): (request: Request) => Promise<unknown> {
  return async (request) => {
    // What says how large it is is refused for that first; what does not is found out while it is read.
    if (Number(request.get('Content-Length')) > limit) throw new ClaimstakeError('BODY_TOO_LARGE')
    if (!mediaType.test(request.get('Content-Type') ?? '')) {
      throw unsupported('Send application/json.', 'Content-Type')
    }
    if (request.body !== undefined) {
      throw new TypeError(
        'Another parser has read the body: mount the Claimstake router before express.json().',
      )
    }
    if (!/^(?:identity)?$/iu.test(request.get('Content-Encoding') ?? ''))
      throw unsupported('Send it uncompressed.', 'Content-Encoding')
    const length = request.get('Content-Length') ?? null
    return parse(await getRawBody(request, { limit, length }).catch(readingFailure))
  }
}

function parse(body: Buffer): unknown {
  try {
    return parseStrictJson(body, maxDepth)
  } catch (error) {
    if (!(error instanceof StrictJsonError)) throw error
    const errors: InputFault[] = [{ pointer: '', code: 'invalid', detail: error.message }]
    throw new ClaimstakeError('MALFORMED_JSON', { detail: `The body is refused: ${error.message}.`, errors })
  }
}

function unsupported(detail: string, header: string): ClaimstakeError {
  return new ClaimstakeError('UNSUPPORTED_MEDIA_TYPE', { detail, errors: [unusableHeader(header)] })
}

/** raw-body's errors carry a status; anything else is a connection that broke. */
function readingFailure(cause: unknown): never {
  const status = typeof cause === 'object' && cause !== null && 'status' in cause ? cause.status : undefined
  if (status === 413) throw new ClaimstakeError('BODY_TOO_LARGE', { cause })
  throw new ClaimstakeError('MALFORMED_REQUEST', { detail: 'The body could not be read.', cause })
}
