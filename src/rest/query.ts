import { z } from 'zod'
import type { InputFault } from '../errors.js'
import type { Call, Row } from './call.js'
import type { Endpoint } from './endpoint.js'
import { invalidMember, memberFaults } from './faults.js'
import { noQuery } from './input.js'
import { listQuery, type ListQuery } from './list-query.js'
import { pageAnswer, pageInput, readPage, type Page, type PageInput } from './read-page.js'
import { parseWhere } from './where-tree.js'

/** `POST /posts/query`: the list call with its filter in the body, where it can be a tree of any operators. */
export const query: Endpoint<PageInput, Page> = {
  operation: 'list',

  async validate(call) {
    noQuery(call)
    return pageInput(call, parseQuery(call, await call.body()), memberFault)
  },

  async act(call, input) {
    return readPage(call, input)
  },

  serialize: pageAnswer,
}

/** What is asked for beside the filter. */
export const pagingBody = z
  .strictObject({
    sort: z.array(z.string()).max(100),
    limit: z.int('takes a whole number from 1').min(1, 'takes a whole number from 1'),
    cursor: z.string().min(1, 'is empty'),
    count: z.enum(['exact'], 'takes "exact"'),
    fields: z.array(z.string()).max(100),
    include: z.array(z.string()).max(100),
  })
  .partial()

// The filter depends on the caller: it is parsed by itself.
const bodySchema = pagingBody.extend({ where: z.unknown().optional() })

/**
 * Parses the body of a query. As it asks for rows and writes none, what is wrong in it is a 400.
 *
 * @throws {ClaimstakeError} `UNKNOWN_PARAMETER` or `INVALID_PARAMETER`, listing every fault with a pointer
 */
function parseQuery(call: Call, body: unknown): ListQuery {
  const { data = {}, error } = bodySchema.safeParse(body)
  const sent = whereIn(body)
  const { where, faults } = sent === undefined ? { where: {}, faults: [] } : parseWhere(call, sent, ['where'])
  return listQuery(call, {
    where: [where],
    filter: sent ?? {},
    paging: data,
    faults: [...(error ? memberFaults(error) : []), ...faults],
    toFault: memberFault,
  })
}

function whereIn(body: unknown): unknown {
  return typeof body === 'object' && body !== null && Object.hasOwn(body, 'where')
    ? (body as Row)['where']
    : undefined
}

function memberFault(name: string, detail: string, at?: number): InputFault {
  return invalidMember(at === undefined ? [name] : [name, at], detail)
}
