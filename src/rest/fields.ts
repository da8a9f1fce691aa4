import type { z } from 'zod'
import { ClaimstakeError, type InputFault } from '../errors.js'
import { fieldScope, type Allowed } from '../policy/decide.js'
import type { Row } from './call.js'
import type { BodySchema } from './body-schemas.js'
import { faultsOf } from './input.js'

/** One object of fields in a body, and where it stands: `''`, `/items/3/set`. */
export interface FieldsAt {
  readonly value: unknown
  readonly pointer: string
}

/** What is told beside the faults that the schema finds. */
export interface Found {
  readonly fields: readonly FieldsAt[]
  /** What those fields may be. */
  readonly schema: BodySchema
  readonly more?: readonly InputFault[]
}

/**
 * A body as its schema makes it. In one pass: what is not acceptable, and the fields that this caller may write on no
 * row at all, which the rules alone can tell. The first is 422 and counts; the second alone is 403.
 *
 * @throws {ClaimstakeError} `INVALID_INPUT` or `FORBIDDEN_FIELD`, listing the faults of both kinds
 */
export function parseFields<T>(
  whole: z.ZodType<T>,
  body: unknown,
  decision: Allowed,
  { fields, schema, more = [] }: Found,
): T {
  const result = whole.safeParse(body, { reportInput: true })
  const invalid = [...(result.error ? faultsOf(result.error) : []), ...more]
  const forbidden = fields.flatMap((at) => forbiddenIn(decision, schema, at))
  if (!result.success || invalid.length > 0)
    throw new ClaimstakeError('INVALID_INPUT', {
      errors: [...invalid, ...forbidden.map(({ fault }) => fault)],
    })
  if (forbidden.length > 0) throw refusalOf(forbidden)
  return result.data
}

interface Forbidden {
  readonly field: string
  readonly fault: InputFault
}

function forbiddenIn(decision: Allowed, schema: BodySchema, { value, pointer }: FieldsAt): Forbidden[] {
  // What is no field here is told as such, whoever asks.
  const sent = isObject(value) ? Object.keys(value).filter((name) => Object.hasOwn(schema.shape, name)) : []
  return sent
    .filter((name) => fieldScope(decision, name).kind === 'none')
    .map((field) => ({
      field,
      fault: { pointer: `${pointer}/${field}`, code: 'forbidden', detail: 'not writable by you' },
    }))
}

function refusalOf(forbidden: readonly Forbidden[]): ClaimstakeError {
  const names = [...new Set(forbidden.map(({ field }) => field))]
  return new ClaimstakeError('FORBIDDEN_FIELD', {
    detail: `You may not write ${names.join(', ')} like this.`,
    errors: forbidden.map(({ fault }) => fault),
  })
}

/** An object that is no list. */
export function isObject(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
