import { ClaimstakeError } from '../errors.js'
import type { Row } from './call.js'
import { create } from './create.js'
import { remove } from './delete.js'
import type { Endpoint } from './endpoint.js'
import { get } from './get.js'
import { list } from './list.js'
import type { Resource } from './resource.js'
import { update } from './update.js'

/** The methods of a collection (`/posts`). HEAD is GET without its body. */
export const collectionEndpoints: Readonly<Record<string, Endpoint>> = {
  GET: list,
  HEAD: list,
  POST: create,
}

/** The methods of an item (`/posts/{postId}`). */
export const itemEndpoints: Readonly<Record<string, Endpoint>> = {
  GET: get,
  HEAD: get,
  PATCH: update,
  DELETE: remove,
}

/** Where a request goes. */
export interface Route {
  readonly endpoint: Endpoint
  readonly resource: Resource
  /** The id in the path, still as text; empty for a collection. */
  readonly id: readonly string[]
  /** The path's pattern, for logs. */
  readonly pattern: string
}

/**
 * Finds the route of a method and a path. A trailing slash, an encoded slash or a method-override header never leads
 * to another one: the path is split before anything in it is decoded.
 *
 * @throws {ClaimstakeError} `NOT_FOUND`, `METHOD_NOT_ALLOWED` with `Allow`, `MALFORMED_REQUEST`
 */
export function findRoute(resources: ReadonlyMap<string, Resource>, method: string, path: string): Route {
  const [segment = '', ...id] = path.slice(1).split('/').map(decode)
  const resource = resources.get(segment)
  if (!resource || id.includes('') || (id.length > 0 && id.length !== resource.idParameters.length))
    throw new ClaimstakeError('NOT_FOUND')
  const endpoints = id.length === 0 ? collectionEndpoints : itemEndpoints
  const endpoint = Object.hasOwn(endpoints, method) ? endpoints[method] : undefined
  if (!endpoint) throw new ClaimstakeError('METHOD_NOT_ALLOWED', { headers: { Allow: allowOf(endpoints) } })
  return { endpoint, resource, id, pattern: patternOf(resource, id.length > 0) }
}

/** The `Allow` header of a path. */
export function allowOf(endpoints: Readonly<Record<string, Endpoint>>): string {
  return [...Object.keys(endpoints), 'OPTIONS'].join(', ')
}

/** `/posts` or `/posts/{postId}`. */
export function patternOf({ segment, idParameters }: Resource, item: boolean): string {
  return item ? `/${segment}/${idParameters.map(({ name }) => `{${name}}`).join('/')}` : `/${segment}`
}

/**
 * The id as Prisma's `findUnique` takes it.
 *
 * @throws {ClaimstakeError} `NOT_FOUND` for a text that is no id at all: no row can have it
 */
export function idOf({ policy, idParameters }: Resource, texts: readonly string[]): Row {
  const values: Record<string, unknown> = {}
  for (const [at, { column, schema }] of idParameters.entries()) {
    const text = texts[at] ?? ''
    const parsed = schema.safeParse(text)
    if (!parsed.success || !isStorable(text)) throw new ClaimstakeError('NOT_FOUND')
    values[column.name] = parsed.data
  }
  const { idKey } = policy.model
  return idParameters.length === 1 ? values : { [idKey.name]: values }
}

/** Postgres stores neither NUL nor half a character. */
function isStorable(text: string): boolean {
  return text !== '' && text.isWellFormed() && !text.includes('\0')
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    throw new ClaimstakeError('MALFORMED_REQUEST', { detail: 'The path has a broken percent-encoding.' })
  }
}
