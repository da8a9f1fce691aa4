import type { Call } from './call.js'
import type { Endpoint } from './endpoint.js'
import { parseListQuery } from './list-query.js'
import { pageAnswer, pageInput, readPage, type Page, type PageInput } from './read-page.js'

/** `GET /posts`: 200 with a page of the rows the caller may list; to him, no other rows exist. */
export const list: Endpoint<PageInput, Page> = {
  operation: 'list',

  async validate(call) {
    return Promise.resolve(pageInput(call, parseListQuery(call)))
  },

  async act(call, input) {
    return readPage(call, input)
  },

  serialize(call, page) {
    const answer = pageAnswer(call, page)
    return page.nextCursor === null
      ? answer
      : { ...answer, headers: { Link: nextLink(call, page.nextCursor) } }
  },
}

/** The link to the page behind this one, for the header `Link` (RFC 8288). */
export function nextLink({ path, query }: Call, cursor: string): string {
  const next = new URLSearchParams(query)
  next.set('cursor', cursor)
  return `<${path}?${next.toString()}>; rel="next"`
}
