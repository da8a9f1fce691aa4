import { ClaimstakeError, type InputFault } from '../errors.js'

/** Most values in one list. */
export const maxValues = 100

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
