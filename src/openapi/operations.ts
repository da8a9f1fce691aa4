import type { Operation } from '../policy/operation.js'
import type { Endpoint } from '../rest/endpoint.js'
import type { Resource } from '../rest/resource.js'
import { collectionEndpoints, itemEndpoints, patternOf } from '../rest/routes.js'
import { isCreatedLikeRead, ref } from './model-schemas.js'
import { words, type ModelNames, type Names } from './names.js'
import { filterParameters, idParameters, ifMatch, ifNoneMatch, pageParameters } from './parameters.js'
import { failureRef, headerRefs, type FailureStatus } from './responses.js'
import { securityOf, type Security } from './security.js'
import { canLoseSight, isOffered, isOpen } from './visibility.js'

type Member = Readonly<Record<string, unknown>>

/** One method of a path. */
export interface OpenApiOperation {
  readonly operationId: string
  readonly summary: string
  readonly tags: readonly string[]
  readonly security: Security
  readonly parameters?: readonly Member[]
  readonly requestBody?: Member
  readonly responses: Readonly<Record<string, Member>>
}

/** A path by its methods, in lower case. */
export type OpenApiPath = Readonly<Record<string, OpenApiOperation>>

/**
 * The paths of one resource: those the router has, with the methods that some rule grants. HEAD is left out, it is
 * GET without a body.
 */
export function pathsOf(resource: Resource, model: ModelNames, names: Names): Record<string, OpenApiPath> {
  const pathOf = (endpoints: Readonly<Record<string, Endpoint>>): OpenApiPath =>
    Object.fromEntries(
      Object.entries(endpoints)
        .filter(([method, { operation }]) => method !== 'HEAD' && isOffered(resource.policy, operation))
        .map(([method, { operation }]) => [
          method.toLowerCase(),
          operationOf(operation, resource, model, names),
        ]),
    )
  const paths = {
    [patternOf(resource, false)]: pathOf(collectionEndpoints),
    [patternOf(resource, true)]: pathOf(itemEndpoints),
  }
  return Object.fromEntries(Object.entries(paths).filter(([, path]) => Object.keys(path).length > 0))
}

function operationOf(
  operation: Operation,
  resource: Resource,
  model: ModelNames,
  names: Names,
): OpenApiOperation {
  const noun = operation === 'list' ? resource.plural : resource.name
  const { failures = [], responses, ...rest } = describe[operation](resource, model, names)
  const statuses: readonly FailureStatus[] = [400, 401, 403, ...failures, 500, 503]
  return {
    operationId: names.operation(operation, noun),
    summary: `${operation.charAt(0).toUpperCase()}${operation.slice(1)} ${words(noun)}`,
    tags: [resource.name],
    security: securityOf(resource.policy, operation),
    ...rest,
    responses: {
      ...responses,
      ...Object.fromEntries(statuses.map((status) => [status, failureRef(status)])),
    },
  }
}

type Description = Omit<OpenApiOperation, 'operationId' | 'summary' | 'tags' | 'security'> & {
  readonly failures?: readonly FailureStatus[]
}

const describe: Readonly<
  Record<Operation, (resource: Resource, model: ModelNames, names: Names) => Description>
> = {
  list: (resource, model, names) => ({
    parameters: [...filterParameters(resource, names), ...pageParameters(model)],
    responses: {
      200: json('One page of the rows you may list.', ref(model.page), headerRefs('Link')),
    },
  }),

  create: (resource, model) => ({
    requestBody: bodyOf(model.create),
    responses: {
      201: json(
        'The new row, as you may see it.',
        ref(isCreatedLikeRead(resource) ? model.row : model.created),
        headerRefs('Location', 'ETag'),
      ),
    },
    failures: [409, 413, 415, 422],
  }),

  get: (resource, model, names) => ({
    parameters: [...idParameters(resource, names), ifNoneMatch],
    responses: {
      200: json('The row, as you may see it.', ref(model.row), headerRefs('ETag')),
      304: { description: 'The copy you have is current.', headers: headerRefs('ETag') },
    },
    failures: [404],
  }),

  update: (resource, model, names) => ({
    parameters: [...idParameters(resource, names), ...(countsVersions(resource) ? [ifMatch] : [])],
    requestBody: bodyOf(model.update),
    responses: {
      ...(isOffered(resource.policy, 'get') && {
        200: json('The row after the change, as you may see it.', ref(model.row), headerRefs('ETag')),
      }),
      ...(canLoseSight(resource.policy) && {
        204: { description: 'Changed; you may not see the row.', headers: headerRefs() },
      }),
    },
    failures: [404, 409, ...(countsVersions(resource) ? [412 as const] : []), 413, 415, 422],
  }),

  delete: (resource, _, names) => ({
    parameters: [...idParameters(resource, names), ...(countsVersions(resource) ? [ifMatch] : [])],
    responses: { 204: { description: 'Deleted.', headers: headerRefs() } },
    failures: [
      404,
      ...(isReferenced(resource) ? [409 as const] : []),
      ...(countsVersions(resource) ? [412 as const] : []),
    ],
  }),

  listen: () => {
    throw new TypeError('there are no routes for listen')
  },
}

function json(description: string, schema: Member, headers: Member): Member {
  return { description, headers, content: { 'application/json': { schema } } }
}

function bodyOf(name: string): Member {
  return { required: true, content: { 'application/json': { schema: ref(name) } } }
}

/** Whether callers get ETags that If-Match can be checked with. */
function countsVersions({ policy }: Resource): boolean {
  return policy.version !== undefined && isOpen(policy, policy.version.name, 'get')
}

/** Whether another model's foreign key may stand in the way of deleting a row. */
function isReferenced({ policy }: Resource): boolean {
  return [...policy.model.relations.values()].some((relation) => relation.from.length === 0)
}
