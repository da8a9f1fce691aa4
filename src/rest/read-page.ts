import { rowsOf, type Answer, type Call, type Row } from './call.js'
import { cursorAfter, openCursor } from './cursor.js'
import { expand } from './expand.js'
import { invalidParameter, type ToFault } from './faults.js'
import { after } from './keyset.js'
import type { ListQuery } from './list-query.js'
import { projectionOf } from './projection.js'
import { serializeShaped } from './serialize.js'
import type { Shape } from './shape.js'
import { toOrderBy } from './sort.js'

/** A page that is asked for: its query, and the rows that come after its cursor. */
export interface PageInput {
  readonly query: ListQuery
  readonly position: readonly Row[]
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
  const enums = call.resource.policy.model.enums
  const { cursor } = query
  const position = cursor === undefined ? [] : [after(openCursor(call, query, cursor, toFault), enums)]
  return { query, position }
}

/**
 * Reads a page of the rows the caller may list; to him, no other rows exist. The count is of the whole list, whichever
 * page it stands on, and nothing is counted unless he asks.
 */
export async function readPage(
  call: Call,
  { query, position }: PageInput,
  source: RowSource = rowsOf(call.client, call.resource),
): Promise<Page> {
  const [found, count] = await Promise.all([
    source.findMany({
      where: { AND: [...query.where, ...position] },
      orderBy: toOrderBy(query.keys),
      // One row more than asked for tells whether there is a next page, without counting.
      take: query.limit + 1,
      ...projectionOf(
        call.resource,
        query.shape,
        query.keys.map(({ column }) => column.name),
      ),
    }),
    query.count ? source.count({ where: { AND: query.where } }) : undefined,
  ])
  const rows = found.slice(0, query.limit)
  const last = rows.at(-1)
  return {
    rows: await expand(call, call.resource, rows, query.shape.include, 'list'),
    shape: query.shape,
    count,
    nextCursor: last && found.length > rows.length ? cursorAfter(call, query, last) : null,
  }
}

/** A page as it is answered. */
export function pageAnswer({ resource, principal }: Call, { rows, shape, nextCursor, count }: Page): Answer {
  const items = rows.map((row) => serializeShaped(resource, principal, row, shape))
  return { status: 200, body: { items, nextCursor, ...(count !== undefined && { count }) } }
}
