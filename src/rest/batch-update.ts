import { mustSayIfMatch, namedRows, sentBatch, writeAll, type NamedRow } from './batch.js'
import { rowsOf, type Row } from './call.js'
import { listOfRows, type Endpoint } from './endpoint.js'
import { isObject, parseFields } from './fields.js'
import { guardedItem } from './guarded-item.js'
import { serializeRow } from './serialize.js'

interface ItemUpdate extends NamedRow {
  readonly data: Row
}

/** `POST /posts/batchUpdate`: all of the changes or none; 200 with the rows, in the order sent. */
export const batchUpdate: Endpoint<readonly ItemUpdate[], readonly Row[]> = {
  operation: 'update',

  async validate(call) {
    const { resource, decision } = call
    const { body, items } = await sentBatch(call)
    const { rows, repeated } = namedRows(call, items)
    const fields = items.map((item, at) => ({
      value: isObject(item) ? item['set'] : undefined,
      pointer: `/items/${at}/set`,
    }))
    const found = { fields, schema: resource.update, more: repeated }
    const parsed = parseFields(resource.batch.update, body, decision, found)
    mustSayIfMatch(call, items)
    return rows.map((row, at) => ({ ...row, data: parsed.items[at]?.set ?? {} }))
  },

  act: (call, items) =>
    writeAll(
      call,
      items.map(({ data, ...row }) =>
        guardedItem(row, '/set', (client, where) => rowsOf(client, call.resource).update({ where, data })),
      ),
    ),

  serialize: ({ resource, principal }, rows) => ({
    status: 200,
    body: { items: rows.map((row) => serializeRow(resource, principal, row)) },
  }),

  repeat: listOfRows,
}
