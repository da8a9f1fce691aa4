import { rowsOf, type Row } from './call.js'
import type { Endpoint } from './endpoint.js'
import { matchCondition } from './etag.js'
import { guardedWrite } from './guarded-write.js'
import { noQuery } from './input.js'

/** `DELETE /posts/{postId}`: 204. */
export const remove: Endpoint<Row | undefined> = {
  operation: 'delete',

  async validate(call) {
    noQuery(call)
    return Promise.resolve(matchCondition(call))
  },

  act: (call, condition) =>
    guardedWrite(call, condition, (where) => rowsOf(call.client, call.resource).delete({ where })),

  serialize: () => ({ status: 204 }),
}
