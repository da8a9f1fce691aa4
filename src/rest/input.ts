import type { z } from 'zod'
import type { InputFault } from '../errors.js'
import type { Call } from './call.js'
import { unknownParameters } from './faults.js'

/** Refuses every query parameter, for the calls that take none. */
export function noQuery({ query }: Call): void {
  noParameters(query)
}

/** Refuses every one of these parameters. */
export function noParameters(query: URLSearchParams): void {
  const names = [...new Set(query.keys())]
  if (names.length > 0) throw unknownParameters(names)
}

/** The faults a schema found: each with a pointer (RFC 6901), none with the value sent. */
export function faultsOf({ issues }: z.core.$ZodError): InputFault[] {
  return issues.flatMap(toFaults)
}

function toFaults(issue: z.core.$ZodIssue): InputFault[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      pointer: pointer([...issue.path, key]),
      code: 'unknown',
      detail: 'not a field that can be written here',
    }))
  }
  const missing = issue.code === 'invalid_type' && issue.input === undefined
  return [{ pointer: pointer(issue.path), code: missing ? 'required' : 'invalid', detail: detailOf(issue) }]
}

function pointer(path: readonly PropertyKey[]): string {
  return path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

/** What was expected. zod's own messages quote no input, but its own words for a pattern help nobody. */
function detailOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_format')
    return issue.format === 'regex'
      ? 'has not the form of this field'
      : `is not a ${issue.format.replace('guid', 'uuid')}`
  return issue.message.replace(/, received .*$/u, '').replace(/^Invalid (?:input|option): /u, '')
}
