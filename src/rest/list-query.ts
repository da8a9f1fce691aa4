import { z } from 'zod'
import { ClaimstakeError, type InputFault } from '../errors.js'
import { fieldScope, isOpenOnEveryRow } from '../policy/decide.js'
import type { Call, Row } from './call.js'
import { ownerForms } from './owner-value.js'
import { sortKeys, type SortKey } from './sort.js'

/** The parameters of a list call, parsed. */
export interface ListQuery {
  readonly where: readonly Row[]
  /** The filter as the caller wrote it, for the cursor. */
  readonly filter: unknown
  readonly keys: readonly SortKey[]
  readonly limit: number
  readonly cursor: string | undefined
  /** Whether all rows of the list are to be counted. */
  readonly count: boolean
  /** What of each row is read, as Prisma's `select`. Default: every column. */
  readonly select?: Row | undefined
}

const maxParameters = 100

/** A parameter that stands once. */
const once = <T>(schema: z.ZodType<T>) =>
  z
    .tuple([z.string()], 'stands more than once')
    .transform(([text]): unknown => text)
    .pipe(schema)

const paging = {
  limit: once(
    z
      .string()
      .regex(/^[1-9]\d{0,14}$/u, 'takes a whole number from 1')
      .transform(Number),
  ),
  cursor: once(z.string().min(1, 'is empty')),
  count: once(z.literal('exact', 'takes "exact"')),
  // A comma separates as well as a second `sort`: some generated clients join lists.
  sort: z.array(z.string()).transform((values) => values.flatMap((value) => value.split(','))),
}

const pagingSchema = z.object(paging).partial()

/**
 * Parses the parameters of a list call. Nothing is ignored: an unknown parameter, a repeated or an empty one is
 * refused. A field the caller can never read is as unknown as one that does not exist, whatever its value.
 *
 * @throws {ClaimstakeError} `UNKNOWN_PARAMETER` or `INVALID_PARAMETER`, listing every fault
 */
export function parseListQuery(call: Call): ListQuery {
  const { query, resource, decision, settings } = call
  const names = [...new Set(query.keys())]
  const isFilter = (name: string) => resource.filters.has(name) && fieldScope(decision, name).kind !== 'none'
  const unknown = names.filter((name) => !Object.hasOwn(paging, name) && !isFilter(name))
  if (query.size > maxParameters) throw invalid([fault('', `are more than ${maxParameters}`)])
  if (unknown.length > 0) throw unknownParameters(unknown)

  const sent = Object.fromEntries(names.map((name) => [name, query.getAll(name)]))
  const { data, error } = pagingSchema.safeParse(sent)
  const faults = (error?.issues ?? []).map(({ path, message }) => fault(String(path[0]), message))
  const where: Row[] = []
  for (const name of names.filter(isFilter)) {
    const schema = resource.filters.get(name)
    const value = schema && once(schema).safeParse(sent[name])
    if (value?.success && sent[name]?.[0] !== '') where.push(ownerForms(call, name, value.data))
    else
      faults.push(
        fault(name, (sent[name]?.length ?? 0) > 1 ? 'stands more than once' : 'is not a value of this field'),
      )
  }
  const keys = sortKeys(resource, (name) => isOpenOnEveryRow(decision, name), data?.sort ?? [])
  if (!keys) faults.push(fault('sort', 'takes fields that you can read on every row, each once'))
  if (!keys || faults.length > 0) throw invalid(faults)
  return {
    where,
    filter: Object.fromEntries(names.filter(isFilter).map((name) => [name, sent[name]])),
    keys,
    limit: Math.min(data?.limit ?? settings.pageSize, settings.maxPageSize),
    cursor: data?.cursor,
    count: data?.count === 'exact',
  }
}

/** The refusal of parameters that are none of the call's. */
export function unknownParameters(names: readonly string[]): ClaimstakeError {
  const errors = names.map((parameter) => ({
    parameter,
    code: 'unknown',
    detail: 'is not a parameter of this call',
  }))
  return new ClaimstakeError('UNKNOWN_PARAMETER', { errors })
}

function fault(parameter: string, detail: string): InputFault {
  return { parameter, code: 'invalid', detail }
}

function invalid(errors: readonly InputFault[]): ClaimstakeError {
  return new ClaimstakeError('INVALID_PARAMETER', { errors })
}
