import { rowsOf, type Row } from './call.js'
import { oneRow, type Endpoint } from './endpoint.js'
import { parseFields } from './fields.js'
import { noQuery } from './input.js'
import { writtenRow } from './written-row.js'

/** `POST /posts`: 201 with the row as the caller may see it, its address and its ETag. */
export const create: Endpoint<Row, Row> = {
  operation: 'create',

  async validate(call) {
    const body = await call.body()
    noQuery(call)
    const schema = call.resource.create
    return parseFields(schema, body, call.decision, { schema, fields: [{ value: body, pointer: '' }] })
  },

  act: ({ client, resource }, data) => rowsOf(client, resource).create({ data }),

  serialize(call, row) {
    const { body, headers } = writtenRow(call, row)
    const id = call.resource.policy.model.id.map(({ name }) => encodeURIComponent(String(body[name])))
    return { status: 201, body, headers: { Location: [call.path, ...id].join('/'), ...headers } }
  },

  repeat: oneRow,
}
