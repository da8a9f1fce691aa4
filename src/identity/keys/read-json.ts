import { parseStrictJson, StrictJsonError } from '../../claims/strict-json.js'
import { KeyServerFault } from './key-server-fault.js'

/** Deeper than any key set: certificates in a list in a key in a list in an object. */
const maxDepth = 16

/** @throws {KeyServerFault} for what is not JSON, or says something twice */
export function readJson(bytes: Uint8Array): unknown {
  try {
    return parseStrictJson(bytes, maxDepth, 'any')
  } catch (cause) {
    if (!(cause instanceof StrictJsonError)) throw cause
    throw new KeyServerFault('unreadable', `its answer is not acceptable JSON (${cause.message})`, { cause })
  }
}
