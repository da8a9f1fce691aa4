import { mustSayIfMatch, namedRows, sentBatch, writeAll, type NamedRow } from './batch.js'
import { rowsOf, type Row } from './call.js'
import { listOfRows, type Endpoint } from './endpoint.js'
import { parseFields } from './fields.js'
import { guardedItem } from './guarded-item.js'

/** `POST /posts/batchDelete`: all of the rows or none; 204. */
export const batchDelete: Endpoint<readonly NamedRow[], readonly Row[]> = {
  operation: 'delete',

  async validate(call) {
    const { resource, decision } = call
    const { body, items } = await sentBatch(call)
    const { rows, repeated } = namedRows(call, items)
    const found = { fields: [], schema: resource.update, more: repeated }
    parseFields(resource.batch.delete, body, decision, found)
    mustSayIfMatch(call, items)
    return rows
  },

  act: (call, items) =>
    writeAll(
      call,
      items.map((row) =>
        guardedItem(row, '', (client, where) => rowsOf(client, call.resource).delete({ where })),
      ),
    ),

  serialize: () => ({ status: 204 }),

  repeat: listOfRows,
}
