import type { Claims } from '../../claims/principal.js'
import { parseStrictJson } from '../../claims/strict-json.js'
import { unsignedToken } from '../challenge.js'

/** A token that can be read in one way only. Nothing of it is verified yet. */
export interface StrictToken {
  readonly raw: string
  readonly header: Claims
  readonly payload: Claims
}

/** RFC 7515 section 7.1: three parts. An unsecured token has an empty third, an encrypted one has five. */
const compactJws = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/u

/** In characters, which are bytes here. */
const longestToken = 8192
const deepestJson = 16

/**
 * Reads a token before any library does, so that no two readers can understand it differently: three parts in
 * canonical base64url (RFC 4648 section 3.5, otherwise one signature has several spellings), each of the first two
 * a JSON object in strict UTF-8 without repeated keys (RFC 8725 section 3.2 to 3.4, SECURITY J00).
 *
 * @throws {ClaimstakeError} `INVALID_TOKEN`, without a reason: nothing here is signed yet
 */
export function strictToken(raw: string): StrictToken {
  // The length first: nothing below it ever sees more than 8 KiB.
  if (raw.length > longestToken) throw unsignedToken('It is longer than 8 KiB.')
  if (!compactJws.test(raw)) throw unsignedToken('It is not three parts in base64url.')
  const [header = '', payload = '', signature = ''] = raw.split('.')
  canonicalBytes(signature)
  return { raw, header: jsonObject(canonicalBytes(header)), payload: jsonObject(canonicalBytes(payload)) }
}

function canonicalBytes(part: string): Buffer {
  const bytes = Buffer.from(part, 'base64url')
  if (bytes.toString('base64url') !== part) throw unsignedToken('A part of it is not canonical base64url.')
  return bytes
}

function jsonObject(bytes: Buffer): Claims {
  const value = parsed(bytes)
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw unsignedToken('Its header or its payload is no JSON object.')
  return value as Claims
}

function parsed(bytes: Buffer): unknown {
  try {
    return parseStrictJson(bytes, deepestJson, 'any')
  } catch {
    throw unsignedToken('Its header or its payload is not strict JSON.')
  }
}
