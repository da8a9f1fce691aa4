import { ClaimstakeError } from '../errors.js'

/** The refusal of a write for the sake of single fields, naming them. */
export function forbiddenFields(fields: readonly string[]): ClaimstakeError {
  return new ClaimstakeError('FORBIDDEN_FIELD', {
    detail: `You may not write ${fields.join(', ')} like this.`,
    errors: fields.map((field) => ({
      pointer: `/${field}`,
      code: 'forbidden',
      detail: 'not writable by you',
    })),
  })
}
