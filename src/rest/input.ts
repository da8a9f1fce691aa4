import type { z } from 'zod'
import type { InputFault } from '../errors.js'
import type { Call } from './call.js'
import { detailOf, pointer, unknownParameters } from './faults.js'

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
