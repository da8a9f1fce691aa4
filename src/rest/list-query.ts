import { z } from 'zod'
import type { InputFault } from '../errors.js'
import { fieldScope, isOpenOnEveryRow } from '../policy/decide.js'
import type { Call, Row } from './call.js'
import { invalidParameter, maxValues, refusal, unknownParameter, type ToFault } from './faults.js'
import type { Filter } from './filters.js'
import { operatorOf } from './operators.js'
import { compositeOwners } from './owner-value.js'
import { readShape, separated, type AskedShape, type Shape } from './shape.js'
import { asks, testOf } from './side.js'
import { ordersOf, type Order } from './sort.js'

/** The parameters of a list call, parsed. */
export interface ListQuery {
  readonly where: readonly Row[]
  /** Filter and sort as the caller wrote them: a cursor is good for these alone. */
  readonly asked: unknown
  /** The orders it can have, that of a first page first; see {@link ordersOf}. */
  readonly orders: readonly Order[]
  readonly limit: number
  readonly cursor: string | undefined
  /** Whether all rows of the list are to be counted. */
  readonly count: boolean
  /** What of each row is answered. */
  readonly shape: Shape
}

/** What a list is asked for beside its filter. */
export interface Paging extends AskedShape {
  readonly sort?: readonly string[] | undefined
  readonly limit?: number | undefined
  readonly cursor?: string | undefined
  readonly count?: 'exact' | undefined
}

/** Most parameters, and most values in all of them. */
const maxNames = 100
const maxPairs = 2 * maxValues

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
  count: once(z.enum(['exact'], 'takes "exact"')),
  // A comma separates as well as a second `sort`: some generated clients join lists.
  sort: z.array(z.string()).transform(separated),
  fields: z.array(z.string()).transform(separated),
  include: z.array(z.string()).transform(separated),
}

const pagingSchema = z.object(paging).partial()

/**
 * Parses the parameters of a list call. Nothing is ignored: an unknown parameter, a repeated or an empty one is
 * refused. A field the caller can never read is as unknown as one that does not exist, whatever its value.
 *
 * @throws {ClaimstakeError} `UNKNOWN_PARAMETER` or `INVALID_PARAMETER`, listing every fault
 */
export function parseListQuery(call: Call): ListQuery {
  const { query, resource } = call
  const names = [...new Set(query.keys())]
  if (names.length > maxNames) throw refusal([invalidParameter('', `are more than ${maxNames}`)])
  if (query.size > maxPairs) throw refusal([invalidParameter('', `have more than ${maxPairs} values`)])
  const sent = Object.fromEntries(names.map((name) => [name, query.getAll(name)]))
  const { data, error } = pagingSchema.safeParse(sent)
  const faults = (error?.issues ?? []).map(({ path, message }) => invalidParameter(String(path[0]), message))
  const where: Row[] = []
  const asked: Record<string, readonly string[]> = {}
  for (const name of names.filter((each) => !Object.hasOwn(paging, each))) {
    const filter = resource.filters.get(name)
    const texts = sent[name] ?? []
    if (!filter || !isFilter(call, filter)) {
      faults.push(unknownParameter(name))
      continue
    }
    const values = filter.schema.safeParse(texts)
    if (values.success) where.push(testOf(call, filter.column, filter.operator, values.data))
    else faults.push(invalidParameter(name, expected(filter, texts)))
    asked[name] = texts
  }
  return listQuery(call, { where, filter: asked, paging: data ?? {}, faults, toFault: invalidParameter })
}

interface Parsed {
  readonly where: readonly Row[]
  /** As the caller wrote it. */
  readonly filter: unknown
  readonly paging: Paging
  /** What has been found wrong so far. */
  readonly faults: readonly InputFault[]
  readonly toFault: ToFault
}

/**
 * Completes the query of a list, however it was sent.
 *
 * @throws {ClaimstakeError} `UNKNOWN_PARAMETER` or `INVALID_PARAMETER`, listing every fault
 */
export function listQuery({ resource, principal, decision, settings }: Call, parsed: Parsed): ListQuery {
  const {
    where,
    filter,
    paging: { sort = [], limit, cursor, count },
    faults,
    toFault,
  } = parsed
  // An order tells of all that is stored, of an owner also what is not shown of him.
  const partly = compositeOwners(resource.policy, principal)
  const orders = ordersOf(resource, (name) => isOpenOnEveryRow(decision, name) && !partly.has(name), sort)
  const unsorted =
    orders.length > 0 ? [] : [toFault('sort', 'takes fields that you can read on every row, each once')]
  const { shape, faults: shapeless } = readShape(resource, decision, 'list', parsed.paging)
  const misshapen = shapeless.map(({ name, detail, at }) => toFault(name, detail, at))
  const wrong = distinct([...faults, ...unsorted, ...misshapen])
  if (wrong.length > 0) throw refusal(wrong)
  return {
    where,
    asked: [filter, sort],
    orders,
    limit: Math.min(limit ?? settings.pageSize, settings.maxPageSize),
    cursor,
    count: count === 'exact',
    shape,
  }
}

/** Several values of one parameter can be wrong in the same way, which is said once. */
function distinct(faults: readonly InputFault[]): InputFault[] {
  return [...new Map(faults.map((fault) => [JSON.stringify(fault), fault])).values()]
}

/** Whether this caller may ask so: not about a field he can never read, nor about what of it is not shown. */
function isFilter(call: Call, { column, operator }: Filter): boolean {
  return fieldScope(call.decision, column.name).kind !== 'none' && asks(call, column, operator)
}

function expected({ operator }: Filter, texts: readonly string[]): string {
  if (operatorOf(operator).takes !== 'values' && texts.length > 1) return 'stands more than once'
  return texts.includes('') ? 'is empty' : 'is not a value of this field'
}
