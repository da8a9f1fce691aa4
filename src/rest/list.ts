import type { Answer, Call } from './call.js'
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

  serialize: (call, page) => linked(call, page, pageAnswer(call, page)),
}

/** The answer with a link to the page behind it, where there is one. */
export function linked(call: Call, { nextCursor }: Page, answer: Answer): Answer {
  return nextCursor === null ? answer : { ...answer, headers: nextLink(call, nextCursor) }
}

/** The longest `Link`: clients and proxies refuse an answer whose headers are longer than 8 to 16 KiB in all. */
const maxLink = 4096

/**
 * The header `Link` (RFC 8288) to the page behind this one. A cursor holds the sorted texts of a row, which somebody
 * else may have written: where it is long, `nextCursor` in the body is all there is, or his row would break the answer.
 */
function nextLink({ path, query }: Call, cursor: string): Readonly<Record<string, string>> {
  const next = new URLSearchParams(query)
  next.set('cursor', cursor)
  const link = `<${path}?${next.toString()}>; rel="next"`
  return link.length > maxLink ? {} : { Link: link }
}
