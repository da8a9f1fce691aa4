import { ClaimstakeError } from '../errors.js'
import { allowed } from '../scope/caller.js'
import { rowsOf, type Call, type Row } from './call.js'
import type { Endpoint } from './endpoint.js'
import { unknownParameters } from './faults.js'
import { folded } from './filters.js'
import { parseListQuery } from './list-query.js'
import { linked } from './list.js'
import { pageAnswer, pageInput, readPage, type Page, type PageInput, type RowSource } from './read-page.js'
import type { RelatedResource, Resource } from './resource.js'

/**
 * `GET /posts/{postId}/comments`: 200 with a page of the rows behind a to-many relation that the caller may list, 404
 * for a row that is missing or hidden.
 */
export const relation: Endpoint<PageInput, Page> = {
  operation: 'get',

  async validate(call) {
    const related = relatedCall(call)
    const inPath = [...new Set(call.query.keys())].filter((name) => isInPath(call.resource, name))
    if (inPath.length > 0) throw unknownParameters(inPath)
    return Promise.resolve(pageInput(related, parseListQuery(related)))
  },

  act: (call, input) => readPage(relatedCall(call), input, behind(call)),

  // The address of the next page is the caller's own, the rows are the related model's.
  serialize: (call, page) => linked(call, page, pageAnswer(relatedCall(call), page)),
}

/**
 * The call as one that lists the related model.
 *
 * @throws {ClaimstakeError} `FORBIDDEN_OPERATION`, or `UNAUTHENTICATED`
 */
function relatedCall(call: Call): Call {
  const { target } = relationOf(call)
  return { ...call, resource: target, decision: allowed(call.principal, target.policy, 'list') }
}

/** The related rows of the one row in the path, found with it in one call: a hidden one is a missing one. */
function behind(call: Call): RowSource {
  const { client, resource, id } = call
  const { field } = relationOf(call).relation
  const findWith = async (select: Row): Promise<Row> => {
    const row = await rowsOf(client, resource).findUnique({ where: id, select })
    if (!row) throw new ClaimstakeError('NOT_FOUND')
    return row
  }
  return {
    findMany: async (args) => (await findWith({ [field]: args }))[field] as readonly Row[],
    async count({ where }) {
      const row = await findWith({ _count: { select: { [field]: { where } } } })
      return (row['_count'] as Readonly<Record<string, number>>)[field] ?? 0
    },
  }
}

function relationOf({ relation: related }: Call): RelatedResource {
  if (!related) throw new TypeError('the route has no relation')
  return related
}

/** Whether a parameter is one of the path: generated clients have one name for both. */
export function isInPath({ idParameters }: Resource, name: string): boolean {
  return idParameters.some((parameter) => folded(parameter.name) === folded(name))
}
