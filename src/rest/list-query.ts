import { z } from 'zod'
import { fieldScope } from '../policy/decide.js'
import { ClaimstakeError, type InputFault } from '../errors.js'
import type { Call } from './call.js'
import { ownerForms } from './owner-value.js'
import { sortKeys, sortNames, type SortKey } from './sort.js'

/** The parameters of a list call, parsed. */
export interface ListQuery {
  readonly where: readonly Readonly<Record<string, unknown>>[]
  /** The filters as the caller wrote them, for the cursor. */
  readonly filters: readonly (readonly [string, string])[]
  readonly keys: readonly SortKey[]
  readonly limit: number
  readonly cursor: string | undefined
}

const maxParameters = 100
const wholeNumber = z
  .string()
  .regex(/^[1-9]\d{0,8}$/u)
  .transform(Number)

/**
 * Parses the parameters of a list call. Nothing is ignored: an unknown parameter, a repeated or an empty one is
 * refused, and a field the caller can never read is as unknown as one that does not exist.
 *
 * @throws {ClaimstakeError} `UNKNOWN_PARAMETER` or `INVALID_PARAMETER`, listing every fault
 */
export function parseListQuery(call: Call): ListQuery {
  const { query, resource, decision, settings } = call
  const unknown: InputFault[] = []
  const invalid: InputFault[] = []
  const fault = (parameter: string, detail: string) => invalid.push({ parameter, code: 'invalid', detail })
  const parse = <T>(name: string, schema: z.ZodType<T>, text: string, detail: string): T | undefined => {
    const result = schema.safeParse(text)
    if (!result.success) fault(name, detail)
    return result.data
  }

  const where: Readonly<Record<string, unknown>>[] = []
  const filters: (readonly [string, string])[] = []
  let limit: number | undefined
  let sort: readonly string[] = []
  if (query.size > maxParameters) fault('', `there are more than ${maxParameters} parameters`)
  for (const name of new Set(query.keys())) {
    const values = query.getAll(name)
    const [text = ''] = values
    const filter = resource.filters.get(name)
    if (name === 'sort') {
      const allowed = sortNames(resource, decision)
      sort = values.flatMap((value) => value.split(','))
      const wrong = sort.find((value) => !allowed.includes(value))
      if (wrong !== undefined || hasTwice(sort)) fault('sort', `takes each of ${allowed.join(', ')} once`)
    } else if (
      name !== 'limit' &&
      name !== 'cursor' &&
      !(filter && fieldScope(decision, name).kind !== 'none')
    ) {
      unknown.push({ parameter: name, code: 'unknown', detail: 'not a parameter of this call' })
    } else if (values.length > 1) {
      fault(name, 'stands more than once')
    } else if (name === 'limit') {
      limit = parse(name, wholeNumber, text, 'takes a whole number from 1')
    } else if (name === 'cursor') {
      if (text === '') fault(name, 'is empty')
    } else if (filter) {
      const value = parse(name, filter, text, 'is not a value of this field')
      where.push(ownerForms(call, name, value))
      filters.push([name, text])
    }
  }
  if (unknown.length > 0) throw new ClaimstakeError('UNKNOWN_PARAMETER', { errors: unknown })
  if (invalid.length > 0) throw new ClaimstakeError('INVALID_PARAMETER', { errors: invalid })
  return {
    where,
    filters,
    keys: sortKeys(resource, decision, sort),
    limit: Math.min(limit ?? settings.pageSize, settings.maxPageSize),
    cursor: query.get('cursor') ?? undefined,
  }
}

/** Whether a field stands twice, be it in both directions. */
function hasTwice(sort: readonly string[]): boolean {
  return new Set(sort.map((name) => name.replace(/_desc$/u, ''))).size < sort.length
}
