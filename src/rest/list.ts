import { rowsOf, type Call, type Row } from './call.js'
import { cursorAfter, openCursor } from './cursor.js'
import type { Endpoint } from './endpoint.js'
import { after } from './keyset.js'
import { parseListQuery, type ListQuery } from './list-query.js'
import { serializeRow } from './serialize.js'
import { toOrderBy } from './sort.js'

interface ListInput {
  readonly query: ListQuery
  /** Where the page before ended. */
  readonly position: readonly Row[]
}

interface Page {
  readonly rows: readonly Row[]
  readonly nextCursor: string | null
}

/** `GET /posts`: 200 with a page of the rows the caller may list; to him, no other rows exist. */
export const list: Endpoint<ListInput, Page> = {
  operation: 'list',

  async validate(call) {
    const query = parseListQuery(call)
    const enums = call.resource.policy.model.enums
    const position = query.cursor === undefined ? [] : [after(openCursor(call, query, query.cursor), enums)]
    return Promise.resolve({ query, position })
  },

  async act(call, { query, position }) {
    const found = await rowsOf(call.client, call.resource).findMany({
      where: { AND: [...query.where, ...position] },
      orderBy: toOrderBy(query.keys),
      // One row more than asked for tells whether there is a next page, without counting.
      take: query.limit + 1,
    })
    const rows = found.slice(0, query.limit)
    const last = rows.at(-1)
    return { rows, nextCursor: last && found.length > rows.length ? cursorAfter(call, query, last) : null }
  },

  serialize(call, { rows, nextCursor }) {
    const items = rows.map((row) => serializeRow(call.resource, call.principal, row))
    const headers = nextCursor === null ? {} : { Link: nextLink(call, nextCursor) }
    return { status: 200, body: { items, nextCursor }, headers }
  },
}

function nextLink({ path, query }: Call, cursor: string): string {
  const next = new URLSearchParams(query)
  next.set('cursor', cursor)
  return `<${path}?${next.toString()}>; rel="next"`
}
