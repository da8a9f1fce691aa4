import { ClaimstakeError } from '../errors.js'
import { rowsOf, type Row } from './call.js'
import type { Endpoint } from './endpoint.js'
import { etagOf, noneMatch } from './etag.js'
import { noQuery } from './input.js'
import { serializeRow } from './serialize.js'

/** `GET /posts/{postId}`: 200 with the row, 304 for a copy that is current, 404 for a missing or hidden row. */
export const get: Endpoint<Row, Row> = {
  operation: 'get',

  async validate(call) {
    noQuery(call)
    return Promise.resolve(call.id)
  },

  async act({ client, resource }, id) {
    const row = await rowsOf(client, resource).findUnique({ where: id })
    if (!row) throw new ClaimstakeError('NOT_FOUND')
    return row
  },

  serialize({ resource, principal, settings, ifNoneMatch }, row) {
    const body = serializeRow(resource, principal, row)
    const etag = etagOf(resource, settings.secrets, body)
    const headers = etag === undefined ? {} : { ETag: etag }
    return noneMatch(ifNoneMatch, etag) ? { status: 304, headers } : { status: 200, body, headers }
  },
}
