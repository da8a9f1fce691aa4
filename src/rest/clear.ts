import { ClaimstakeError, type InputFault } from '../errors.js'
import type { Call, Row } from './call.js'
import { isObject } from './fields.js'
import { unknownParameters } from './faults.js'

/**
 * The body of an update with the fields that `?clear=` names set to null, for clients that cannot send null; for a
 * list, null means the empty one. A comma separates as well as a second `clear`.
 *
 * @throws {ClaimstakeError} `UNKNOWN_PARAMETER`; `INVALID_PARAMETER` for what cannot be cleared, and for a field that
 *   the body sets to a value
 */
export function withCleared({ query, resource: { clearable } }: Call, body: unknown): unknown {
  const unknown = [...new Set(query.keys())].filter((name) => name !== 'clear' || clearable.size === 0)
  if (unknown.length > 0) throw unknownParameters(unknown)
  const names = query.getAll('clear').flatMap((text) => text.split(','))
  const set: Row = isObject(body) ? body : {}
  if (names.some((name) => !clearable.has(name)) || new Set(names).size < names.length)
    throw invalid('takes fields that can be cleared, each once')
  if (names.some((name) => Object.hasOwn(set, name) && set[name] !== null))
    throw invalid('names a field that the body sets')
  if (names.length === 0 || !isObject(body)) return body
  return { ...body, ...Object.fromEntries(names.map((name) => [name, null])) }
}

function invalid(detail: string): ClaimstakeError {
  const errors: InputFault[] = [{ parameter: 'clear', code: 'invalid', detail }]
  return new ClaimstakeError('INVALID_PARAMETER', { errors })
}
