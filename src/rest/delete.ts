import { rowsOf, type Row } from './call.js'
import type { Endpoint } from './endpoint.js'
import { guardedWrite } from './guarded-write.js'
import { noQuery } from './input.js'
import { preconditionOf, preconditionRequired, type Precondition } from './precondition.js'

/** `DELETE /posts/{postId}`: 204. A body is not looked at: some clients send `null`, or a content type alone. */
export const remove: Endpoint<Precondition, Row> = {
  operation: 'delete',

  async validate(call) {
    noQuery(call)
    const precondition = preconditionOf(call, call.ifMatch)
    if (call.resource.policy.requireIfMatch && call.ifMatch === undefined) throw preconditionRequired()
    return Promise.resolve(precondition)
  },

  act: (call, precondition) =>
    guardedWrite(call, precondition, (client, where) => rowsOf(client, call.resource).delete({ where })),

  serialize: () => ({ status: 204 }),
}
