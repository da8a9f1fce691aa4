import { sentBatch, writeAll } from './batch.js'
import { rowsOf, type Row } from './call.js'
import { listOfRows, type Endpoint } from './endpoint.js'
import { parseFields } from './fields.js'
import { serializeRow } from './serialize.js'

/** `POST /posts/batchCreate`: all of the rows or none; 200 with those the caller may see, in the order sent. */
export const batchCreate: Endpoint<readonly Row[], readonly Row[]> = {
  operation: 'create',

  async validate(call) {
    const { resource, decision } = call
    const { body, items } = await sentBatch(call)
    const fields = items.map((value, at) => ({ value, pointer: `/items/${at}` }))
    const found = { fields, schema: resource.create }
    return parseFields(resource.batch.create, body, decision, found).items
  },

  act: (call, items) =>
    writeAll(
      call,
      items.map((data) => ({
        fields: '',
        write: ({ client, resource }) => rowsOf(client, resource).create({ data }),
      })),
    ),

  serialize: ({ resource, principal }, rows) => ({
    status: 200,
    body: { items: rows.map((row) => serializeRow(resource, principal, row)) },
  }),

  repeat: listOfRows,
}
