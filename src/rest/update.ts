import { rowsOf, type Row } from './call.js'
import { oneRow, type Endpoint } from './endpoint.js'
import { etagOf, matchCondition } from './etag.js'
import { guardedWrite } from './guarded-write.js'
import { noQuery, parseBody } from './input.js'
import { serializeRow } from './serialize.js'

interface UpdateInput {
  readonly data: Row
  readonly condition: Row | undefined
}

/** `PATCH /posts/{postId}` (RFC 7396): 200 with the row, 204 for a caller who may change it but not see it. */
export const update: Endpoint<UpdateInput, Row> = {
  operation: 'update',

  async validate(call) {
    const body = await call.body()
    noQuery(call)
    const condition = matchCondition(call)
    return { data: parseBody(call.resource.update, body), condition }
  },

  act: (call, { data, condition }) =>
    guardedWrite(call, condition, (where) => rowsOf(call.client, call.resource).update({ where, data })),

  serialize({ resource, principal, settings }, row) {
    const { columns, id } = resource.policy.model
    const isHidden = Object.keys(row).length === id.length && columns.size > id.length
    if (isHidden) return { status: 204 }
    const body = serializeRow(resource, principal, row)
    const etag = etagOf(resource, settings.secrets, body)
    return { status: 200, body, headers: etag === undefined ? {} : { ETag: etag } }
  },

  repeat: oneRow,
}
