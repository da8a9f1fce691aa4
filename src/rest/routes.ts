import { ClaimstakeError } from '../errors.js'
import type { Operation } from '../policy/operation.js'
import { batchCreate } from './batch-create.js'
import { batchDelete } from './batch-delete.js'
import { batchUpdate } from './batch-update.js'
import { create } from './create.js'
import { remove } from './delete.js'
import type { Endpoint } from './endpoint.js'
import { get } from './get.js'
import { list } from './list.js'
import { query } from './query.js'
import { relation as relationList } from './relation.js'
import type { RelatedResource, Resource } from './resource.js'
import { update } from './update.js'

/**
 * Where below a collection a route is: the collection (`/posts`), an item (`/posts/{postId}`), a to-many relation
 * (`/posts/{postId}/comments`), or a call of its own (`/posts/query`), named like its last segment.
 */
export type Place =
  'collection' | 'item' | 'relation' | 'query' | 'batchCreate' | 'batchUpdate' | 'batchDelete'

/** One method in one place. */
export interface RouteDefinition {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  readonly place: Place
  readonly endpoint: Endpoint
}

/** The name of a route: what it does. */
export type RouteName =
  | 'list'
  | 'query'
  | 'create'
  | 'get'
  | 'update'
  | 'delete'
  | 'batchCreate'
  | 'batchUpdate'
  | 'batchDelete'
  | 'relation'

/** Every route a resource can have. HEAD is GET without its body. */
export const routes: Readonly<Record<RouteName, RouteDefinition>> = {
  list: { method: 'GET', place: 'collection', endpoint: list },
  create: { method: 'POST', place: 'collection', endpoint: create },
  get: { method: 'GET', place: 'item', endpoint: get },
  update: { method: 'PATCH', place: 'item', endpoint: update },
  delete: { method: 'DELETE', place: 'item', endpoint: remove },
  query: { method: 'POST', place: 'query', endpoint: query },
  batchCreate: { method: 'POST', place: 'batchCreate', endpoint: batchCreate },
  batchUpdate: { method: 'POST', place: 'batchUpdate', endpoint: batchUpdate },
  batchDelete: { method: 'POST', place: 'batchDelete', endpoint: batchDelete },
  relation: { method: 'GET', place: 'relation', endpoint: relationList },
}

const definitions = Object.values(routes)

/** Where a request goes. */
export interface Route {
  readonly endpoint: Endpoint
  readonly resource: Resource
  /** The id in the path, still as text; empty for a collection. */
  readonly id: readonly string[]
  readonly relation: RelatedResource | undefined
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
  const [segment = '', ...parts] = path.slice(1).split('/').map(decode)
  const resource = resources.get(segment)
  if (!resource || parts.includes('')) throw new ClaimstakeError('NOT_FOUND')
  const here = definitions.filter(
    (route) => isPossible(resource, route) && isAt(resource, route.place, parts),
  )
  if (here.length === 0) throw new ClaimstakeError('NOT_FOUND')
  const asked = method === 'HEAD' ? 'GET' : method
  const found = here.find((route) => route.method === asked)
  if (!found) throw new ClaimstakeError('METHOD_NOT_ALLOWED', { headers: { Allow: allowOf(here) } })
  const relation = found.place === 'relation' ? relationAt(resource, parts.at(-1)) : undefined
  return {
    endpoint: found.endpoint,
    resource,
    id: isBelowItem(found.place) ? parts.slice(0, resource.idParameters.length) : [],
    relation,
    pattern: patternOf(resource, found.place, relation),
  }
}

/** `/posts`, `/posts/{postId}`, `/posts/{postId}/comments` or `/posts/query`. */
export function patternOf(
  { segment, idParameters }: Resource,
  place: Place,
  relation?: RelatedResource,
): string {
  const id = isBelowItem(place) ? idParameters.map(({ name }) => `{${name}}`) : []
  const last = place === 'relation' ? (relation?.segment ?? '') : place
  return ['', segment, ...id, ...(place === 'collection' || place === 'item' ? [] : [last])].join('/')
}

/** Whether a model can be asked for it at all: a view has no route that writes. */
function isPossible({ policy }: Resource, { endpoint }: RouteDefinition): boolean {
  const lacks: ReadonlySet<Operation> = policy.model.lacks
  return !lacks.has(endpoint.operation)
}

function isBelowItem(place: Place): boolean {
  return place === 'item' || place === 'relation'
}

function isAt(resource: Resource, place: Place, parts: readonly string[]): boolean {
  const ids = resource.idParameters.length
  if (place === 'collection') return parts.length === 0
  if (place === 'item') return parts.length === ids
  if (place === 'relation')
    return parts.length === ids + 1 && relationAt(resource, parts.at(-1)) !== undefined
  return parts.length === 1 && parts[0] === place
}

function relationAt({ relations }: Resource, segment: string | undefined): RelatedResource | undefined {
  return [...relations.values()].find((to) => to.relation.list && to.segment === segment)
}

function allowOf(here: readonly RouteDefinition[]): string {
  const methods = here.flatMap(({ method }) => (method === 'GET' ? ['GET', 'HEAD'] : [method]))
  return [...methods, 'OPTIONS'].join(', ')
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    throw new ClaimstakeError('MALFORMED_REQUEST', { detail: 'The path has a broken percent-encoding.' })
  }
}
