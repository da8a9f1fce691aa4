import { ClaimstakeError } from '../errors.js'
import { isOpenOnEveryRow } from '../policy/decide.js'
import { rowsOf, type Call, type Row } from './call.js'
import type { Endpoint } from './endpoint.js'
import { mustFit } from './answer-size.js'
import { etagOf, noneMatch } from './etag.js'
import { expand } from './expand.js'
import { invalidParameter, refusal, unknownParameters } from './faults.js'
import { projectionOf } from './projection.js'
import { serializeRow, serializeShaped } from './serialize.js'
import { readShape, separated, type Shape } from './shape.js'

interface Found {
  readonly row: Row
  readonly shape: Shape
}

/** `GET /posts/{postId}`: 200 with the row, 304 for a copy that is current, 404 for a missing or hidden row. */
export const get: Endpoint<Shape, Found> = {
  operation: 'get',

  async validate(call) {
    return Promise.resolve(shapeOf(call))
  },

  async act(call, shape) {
    const { client, resource, id } = call
    const projection = projectionOf(resource, shape, tagColumns(call))
    const row = await rowsOf(client, resource).findUnique({ where: id, ...projection })
    if (!row) throw new ClaimstakeError('NOT_FOUND')
    const [expanded = row] = await expand(call, resource, [row], shape.include, 'get')
    return { row: expanded, shape }
  },

  serialize({ resource, principal, settings, ifNoneMatch }, { row, shape }) {
    mustFit(resource, [row], shape.include)
    const body = serializeShaped(resource, principal, row, shape)
    const etag = etagOf(resource, settings.secrets, body, serializeRow(resource, principal, row))
    const headers = { ETag: etag }
    return noneMatch(ifNoneMatch, etag) ? { status: 304, headers } : { status: 200, body, headers }
  },
}

/** What a row's tag begins with, among the fields or not: the version, or else all that the caller may read of it. */
function tagColumns({ resource: { policy }, decision }: Call): string[] {
  const { version, model } = policy
  return version && isOpenOnEveryRow(decision, version.name) ? [version.name] : [...model.columns.keys()]
}

/** @throws {ClaimstakeError} `UNKNOWN_PARAMETER` or `INVALID_PARAMETER` */
function shapeOf({ query, resource, decision }: Call): Shape {
  const names = [...new Set(query.keys())]
  const unknown = names.filter((name) => name !== 'fields' && name !== 'include')
  if (unknown.length > 0) throw unknownParameters(unknown)
  const asked = Object.fromEntries(names.map((name) => [name, separated(query.getAll(name))]))
  const { shape, faults } = readShape(resource, decision, 'item', asked)
  // Once for each parameter, however many of its values are wrong.
  const wrong = new Map(faults.map(({ name, detail }) => [name, invalidParameter(name, detail)]))
  if (wrong.size > 0) throw refusal([...wrong.values()])
  return shape
}
