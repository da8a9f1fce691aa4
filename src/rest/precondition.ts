import { ClaimstakeError, unusableHeader, type InputFault } from '../errors.js'
import { decide, isOpenOnEveryRow } from '../policy/decide.js'
import type { Call, Row } from './call.js'
import { stateIn, tagsIn } from './etag.js'

/** What `If-Match` asks of a row. */
export type Precondition =
  /** Nothing but that it is there: no header, or `*`. */
  | { readonly kind: 'exists' }
  /** That its version is one of these: a condition for the WHERE of the write. */
  | { readonly kind: 'versions'; readonly where: Row }
  /** That its state is one of these, which only the row itself can tell: it is locked, and read again. */
  | { readonly kind: 'states'; readonly states: readonly string[] }

/**
 * Reads `If-Match`, of a header or of an item of a batch.
 *
 * @param text the header; `undefined` where none was sent
 * @param place the member of the body it stands in
 * @throws {ClaimstakeError} `MALFORMED_REQUEST` for what is no list of tags, and for tags of a caller who can get no row
 */
export function preconditionOf(
  { resource: { policy }, principal }: Call,
  text: string | undefined,
  place?: string,
): Precondition {
  if (text === undefined || text.trim() === '*') return { kind: 'exists' }
  const tags = tagsIn(text)
  // Some generated clients send the word null for a header they were not given.
  if (!tags) throw malformed('If-Match takes an ETag, a list of them, or *.', place)
  const reading = decide(policy, principal, 'get')
  if (!reading.allowed) throw malformed('You can get no row here, so you have no ETag to send.', place)
  const states = tags.flatMap((tag) => stateIn(tag) ?? [])
  const { version } = policy
  if (!version || !isOpenOnEveryRow(reading, version.name)) return { kind: 'states', states }
  const known = states.filter((state) => /^\d{1,18}$/u.test(state))
  const values = version.type === 'BigInt' ? known.map(BigInt) : known.map(Number).filter(isInt32)
  return { kind: 'versions', where: { [version.name]: { in: values } } }
}

/**
 * The refusal of writes that do not say which state of the row they are for, where the model demands it.
 *
 * @param errors the items of a batch that do not say it
 */
export function preconditionRequired(errors?: readonly InputFault[]): ClaimstakeError {
  return new ClaimstakeError('PRECONDITION_REQUIRED', errors ? { errors } : {})
}

/** No column holds more, and the database would refuse the comparison. */
function isInt32(version: number): boolean {
  return version <= 2_147_483_647
}

function malformed(detail: string, place: string | undefined): ClaimstakeError {
  const fault: InputFault =
    place === undefined
      ? unusableHeader('If-Match')
      : { pointer: place, code: 'invalid', detail: 'is no If-Match' }
  return new ClaimstakeError('MALFORMED_REQUEST', { detail, errors: [fault] })
}
