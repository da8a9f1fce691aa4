import { rowsOf, type Row } from './call.js'
import { oneRow, type Endpoint } from './endpoint.js'
import { etagOf } from './etag.js'
import { noQuery, parseBody } from './input.js'
import { serializeRow } from './serialize.js'

/** `POST /posts`: 201 with the row as the caller may see it, its address and its ETag. */
export const create: Endpoint<Row, Row> = {
  operation: 'create',

  async validate(call) {
    const body = await call.body()
    noQuery(call)
    return parseBody(call.resource.create, body)
  },

  act: ({ client, resource }, data) => rowsOf(client, resource).create({ data }),

  serialize({ resource, principal, settings, path }, result) {
    const body = serializeRow(resource, principal, result)
    const etag = etagOf(resource, settings.secrets, body)
    const id = resource.policy.model.id.map(({ name }) => encodeURIComponent(String(body[name])))
    return { status: 201, body, headers: { Location: [path, ...id].join('/'), ...(etag && { ETag: etag }) } }
  },

  repeat: oneRow,
}
