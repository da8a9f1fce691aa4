import type { Resource } from '../rest/resource.js'
import { isInPath } from '../rest/relation.js'
import type { RouteName } from '../rest/routes.js'
import { ref } from './model-schemas.js'
import type { Described, OpenApiOperation } from './operation.js'
import {
  clearParameters,
  filterParameters,
  idempotencyKey,
  idParameters,
  ifMatchParameters,
  ifNoneMatch,
  pageParameters,
} from './parameters.js'
import { headerRefs, type FailureStatus } from './responses.js'
import { shapeParameters } from './shape-schemas.js'
import { canLoseSight, isOffered } from './visibility.js'

type Member = Readonly<Record<string, unknown>>

/** What the document says of a route beyond what all of them have in common. */
type Description = Omit<OpenApiOperation, 'operationId' | 'summary' | 'tags' | 'security'> & {
  /** How its operation id begins. Default: the route's name. */
  readonly verb?: string
  /** The statuses of its failures beside those that every call can end with. */
  readonly failures?: readonly FailureStatus[]
}

/** Whether a route is about several rows. */
export function isPlural(name: RouteName): boolean {
  return name === 'list' || name === 'query' || name.startsWith('batch')
}

/** The routes, each in a few words. */
export const describe: Readonly<Record<RouteName, (described: Described) => Description>> = {
  list: ({ resource, model, names }) => ({
    parameters: [
      ...filterParameters(resource, names),
      ...pageParameters(model, names),
      ...shapeParameters(resource, model, 'list'),
    ],
    responses: {
      200: json('One page of the rows you may list.', ref(model.page), headerRefs('Link')),
    },
  }),

  query: ({ model }) => ({
    requestBody: bodyOf(model.query),
    responses: { 200: json('One page of the rows you may list.', ref(model.page), headerRefs()) },
    failures: [413, 415],
  }),

  create: ({ model }) => ({
    parameters: [idempotencyKey],
    requestBody: bodyOf(model.create),
    responses: {
      201: json(
        'The new row, as you may see it.',
        ref(model.row),
        headerRefs('Location', 'ETag', 'Idempotency-Replayed'),
      ),
    },
    // A call that is sent again may be about a row its caller no longer sees.
    failures: [404, 409, 413, 415, 422],
  }),

  get: ({ resource, model, names }) => ({
    parameters: [...idParameters(resource, names), ...shapeParameters(resource, model, 'item'), ifNoneMatch],
    responses: {
      200: json('The row, as you may see it.', ref(model.row), headerRefs('ETag')),
      304: { description: 'The copy you have is current.', headers: headerRefs('ETag') },
    },
    failures: [404],
  }),

  relation: ({ resource, relation, model, names }) => {
    const { target } = relation ?? { target: resource }
    const related = names.models.get(target) ?? model
    const inPath = idParameters(resource, names)
    const asked = [
      ...filterParameters(target, names),
      ...pageParameters(related, names),
      ...shapeParameters(target, related, 'list'),
    ]
    return {
      verb: 'list',
      parameters: [...inPath, ...asked.filter(({ name }) => !isInPath(resource, String(name)))],
      responses: {
        200: json('One page of the related rows you may list.', ref(related.page), headerRefs('Link')),
      },
      failures: [404],
    }
  },

  update: ({ resource, model, names }) => ({
    parameters: [
      ...idParameters(resource, names),
      ...clearParameters(resource, model),
      ...ifMatchParameters(resource),
      idempotencyKey,
    ],
    requestBody: bodyOf(model.update),
    responses: {
      ...(isOffered(resource.policy, 'get') && {
        200: json(
          'The row after the change, as you may see it.',
          ref(model.row),
          headerRefs('ETag', 'Idempotency-Replayed'),
        ),
      }),
      ...(canLoseSight(resource.policy) && {
        204: {
          description: 'Changed; you may not see the row.',
          headers: headerRefs('Idempotency-Replayed'),
        },
      }),
    },
    failures: [404, 409, ...conditional(resource), 413, 415, 422],
  }),

  delete: ({ resource, names }) => ({
    parameters: [...idParameters(resource, names), ...ifMatchParameters(resource)],
    responses: { 204: { description: 'Deleted.', headers: headerRefs() } },
    failures: [404, ...(isReferenced(resource) ? [409 as const] : []), ...conditional(resource)],
  }),

  batchCreate: ({ model }) => ({
    parameters: [idempotencyKey],
    requestBody: bodyOf(model.batchCreate),
    responses: {
      200: json('The new rows, as you may see them, in the order sent.', ref(model.batch), headerRefs('Idempotency-Replayed')),
    },
    failures: [404, 409, 413, 415, 422],
  }),

  batchUpdate: ({ resource, model }) => ({
    parameters: [idempotencyKey],
    requestBody: bodyOf(model.batchUpdate),
    responses: {
      200: json('The rows after the change, as you may see them.', ref(model.batch), headerRefs('Idempotency-Replayed')),
    },
    failures: [404, 409, ...conditional(resource), 413, 415, 422],
  }),

  batchDelete: ({ resource, model }) => ({
    parameters: [idempotencyKey],
    requestBody: bodyOf(model.batchDelete),
    responses: { 204: { description: 'Deleted.', headers: headerRefs('Idempotency-Replayed') } },
    failures: [404, 409, ...conditional(resource), 413, 415, 422],
  }),
}

function json(description: string, schema: Member, headers: Member): Member {
  return { description, headers, content: { 'application/json': { schema } } }
}

function bodyOf(name: string): Member {
  return { required: true, content: { 'application/json': { schema: ref(name) } } }
}

/** What a write can end with for the sake of `If-Match`. */
function conditional({ policy }: Resource): FailureStatus[] {
  return [
    ...(isOffered(policy, 'get') ? [412 as const] : []),
    ...(policy.requireIfMatch ? [428 as const] : []),
  ]
}

/** Whether another model's foreign key may stand in the way of deleting a row. */
function isReferenced({ policy }: Resource): boolean {
  return [...policy.model.relations.values()].some((relation) => relation.from.length === 0)
}
