import { rowsOf, type Answer, type Call, type Row } from './call.js'
import { mustFit } from './answer-size.js'
import { cursorAfter, openCursor } from './cursor.js'
import { expand } from './expand.js'
import { invalidParameter, type ToFault } from './faults.js'
import { after } from './keyset.js'
import type { ListQuery } from './list-query.js'
import { projectionOf } from './projection.js'
import { serializeShaped } from './serialize.js'
import type { Shape } from './shape.js'
import { toOrderBy, type Order } from './sort.js'

/** A page that is asked for: its query, its order, and the rows that come after its cursor, in the ranges of {@link after}. */
export interface PageInput {
  readonly query: ListQuery
  readonly order: Order
  readonly ranges: readonly Row[]
}

export interface Page {
  readonly rows: readonly Row[]
  readonly shape: Shape
  readonly nextCursor: string | null
  /** How many rows the caller may list in all, where he asked. */
  readonly count: number | undefined
}

/** Where the rows of a page are: in a collection, or behind a relation of one row. It is scoped to the caller. */
export interface RowSource {
  findMany(args: Row): Promise<readonly Row[]>
  count(args: Row): Promise<number>
}

/**
 * Opens the cursor of a query.
 *
 * @param toFault says where in the request the cursor is
 * @throws {ClaimstakeError} `INVALID_CURSOR`
 */
export function pageInput(call: Call, query: ListQuery, toFault: ToFault = invalidParameter): PageInput {
  const { cursor, asked, orders } = query
  if (cursor === undefined) return { query, order: orders[0] ?? [], ranges: [{}] }
  const order = openCursor(call, asked, orders, cursor, toFault)
  return { query, order, ranges: after(order, call.resource.policy.model.enums) }
}

/**
 * Reads a page of the rows the caller may list; to him, no other rows exist. The count is of the whole list, whichever
 * page it stands on, and nothing is counted unless he asks.
 */
export async function readPage(
  call: Call,
  input: PageInput,
  source: RowSource = collectionOf(call),
): Promise<Page> {
  const { query, order, ranges } = input
  const [found, count] = await Promise.all([
    // One row more than asked for tells whether there is a next page, without counting.
    firstRows(call, input, ranges, source, query.limit + 1),
    query.count ? source.count({ where: { AND: query.where } }) : undefined,
  ])
  const rows = found.slice(0, query.limit)
  const last = rows.at(-1)
  return {
    rows: await expand(call, call.resource, rows, query.shape.include, 'list'),
    shape: query.shape,
    count,
    nextCursor: last && found.length > rows.length ? cursorAfter(call, query.asked, order, last) : null,
  }
}

/** The first rows of ranges that follow each other: the next is looked at where those before it have too few. */
async function firstRows(
  call: Call,
  input: PageInput,
  [range, ...more]: readonly Row[],
  source: RowSource,
  take: number,
): Promise<readonly Row[]> {
  if (!range) return []
  const { query, order } = input
  const rows = await source.findMany({
    where: { AND: [...query.where, range] },
    orderBy: toOrderBy(order),
    take,
    ...projectionOf(
      call.resource,
      query.shape,
      order.map(({ column }) => column.name),
    ),
  })
  return rows.length < take
    ? [...rows, ...(await firstRows(call, input, more, source, take - rows.length))]
    : rows
}

function collectionOf(call: Call): RowSource {
  return { findMany: call.page, count: (args) => rowsOf(call.client, call.resource).count(args) }
}

/**
 * A page as it is answered.
 *
 * @throws {ClaimstakeError} `INVALID_PARAMETER` where it is too large
 */
export function pageAnswer({ resource, principal }: Call, { rows, shape, nextCursor, count }: Page): Answer {
  mustFit(resource, rows, shape.include)
  const items = rows.map((row) => serializeShaped(resource, principal, row, shape))
  return { status: 200, body: { items, nextCursor, ...(count !== undefined && { count }) } }
}
