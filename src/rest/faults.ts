import type { z } from 'zod'
import { ClaimstakeError, type InputFault } from '../errors.js'

/** Most values in one list. */
export const maxValues = 100

/**
 * Makes a fault of what a list is asked for, a parameter or a member of a body.
 *
 * @param at which of several values it is, where that can be said
 */
export type ToFault = (name: string, detail: string, at?: number) => InputFault

/** A name that is none of the call's; one that is hidden from the caller is no other. */
export function unknownParameter(parameter: string): InputFault {
  return { parameter, code: 'unknown', detail: 'is not a parameter of this call' }
}

/** A parameter whose value is of no use. */
export function invalidParameter(parameter: string, detail: string): InputFault {
  return { parameter, code: 'invalid', detail }
}

/** The refusal of parameters that are none of the call's. */
export function unknownParameters(names: readonly string[]): ClaimstakeError {
  return new ClaimstakeError('UNKNOWN_PARAMETER', { errors: names.map(unknownParameter) })
}

/** The refusal of a read for what is wrong in its parameters or its body. */
export function refusal(errors: readonly InputFault[]): ClaimstakeError {
  const isUnknown = errors.some(({ code }) => code === 'unknown')
  return new ClaimstakeError(isUnknown ? 'UNKNOWN_PARAMETER' : 'INVALID_PARAMETER', { errors })
}

type Path = readonly PropertyKey[]

/** A member of a body that is none of the call's; one that is hidden from the caller is no other. */
export function unknownMember(path: Path): InputFault {
  return { pointer: pointer(path), code: 'unknown', detail: 'is not known here' }
}

/** A member of a body that is of no use. */
export function invalidMember(path: Path, detail: string): InputFault {
  return { pointer: pointer(path), code: 'invalid', detail }
}

/** What zod finds wrong in what stands at a path of the body; no value is quoted. */
export function memberFaults(error: z.ZodError, path: Path = []): InputFault[] {
  return error.issues.flatMap((issue) => {
    const at = [...path, ...issue.path]
    if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownMember([...at, key]))
    return [invalidMember(at, detailOf(issue))]
  })
}

/** A place in a body (JSON Pointer, RFC 6901). */
export function pointer(path: Path): string {
  return path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

/** What was expected. zod's own messages quote no input, but its own words for a pattern help nobody. */
export function detailOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_format')
    return issue.format === 'regex'
      ? 'has not the form of this field'
      : `is not a ${issue.format.replace('guid', 'uuid')}`
  return issue.message.replace(/, received .*$/u, '').replace(/^Invalid (?:input|option): /u, '')
}
