import { withCleared } from './clear.js'
import { rowsOf, type Row } from './call.js'
import { oneRow, type Endpoint } from './endpoint.js'
import { parseFields } from './fields.js'
import { guardedWrite } from './guarded-write.js'
import { preconditionOf, preconditionRequired, type Precondition } from './precondition.js'
import { writtenRow } from './written-row.js'

interface UpdateInput {
  readonly data: Row
  readonly precondition: Precondition
}

/** `PATCH /posts/{postId}` (RFC 7396): 200 with the row, 204 for a caller who may change it but not see it. */
export const update: Endpoint<UpdateInput, Row> = {
  operation: 'update',

  async validate(call) {
    const { resource, decision, ifMatch } = call
    const body = await call.body()
    const value = withCleared(call, body)
    const precondition = preconditionOf(call, ifMatch)
    const schema = resource.update
    const data = parseFields(schema, value, decision, { schema, fields: [{ value, pointer: '' }] })
    if (resource.policy.requireIfMatch && ifMatch === undefined) throw preconditionRequired()
    return { data, precondition }
  },

  act: (call, { data, precondition }) =>
    guardedWrite(call, precondition, (client, where) =>
      rowsOf(client, call.resource).update({ where, data }),
    ),

  serialize(call, row) {
    const { body, headers, isHidden } = writtenRow(call, row)
    return isHidden ? { status: 204 } : { status: 200, body, headers }
  },

  repeat: oneRow,
}
