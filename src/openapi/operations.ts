import { readableRelations } from '../rest/include-paths.js'
import type { RelatedResource, Resource } from '../rest/resource.js'
import { patternOf, routes, type RouteDefinition, type RouteName } from '../rest/routes.js'
import { capital } from '../rest/words.js'
import { describe, isPlural } from './describe.js'
import { words, type ModelNames, type Names } from './names.js'
import type { Described, OpenApiOperation, OpenApiPath } from './operation.js'
import { failureRef, type FailureStatus } from './responses.js'
import { securityOf, type Security } from './security.js'
import { isOffered } from './visibility.js'

/**
 * The paths of one resource: those the router has, with the methods that some rule grants. HEAD is left out, it is
 * GET without a body.
 */
export function pathsOf(resource: Resource, model: ModelNames, names: Names): Record<string, OpenApiPath> {
  const paths: Record<string, Record<string, OpenApiOperation>> = {}
  for (const [name, route] of Object.entries(routes) as [RouteName, RouteDefinition][]) {
    if (!isOffered(resource.policy, route.endpoint.operation)) continue
    for (const relation of relationsAt(resource, route)) {
      const path = (paths[patternOf(resource, route.place, relation)] ??= {})
      path[route.method.toLowerCase()] = operationOf(name, { resource, relation, model, names })
    }
  }
  return paths
}

/** A route below an item is there once for each relation that somebody can list; any other once. */
function relationsAt(resource: Resource, { place }: RouteDefinition): (RelatedResource | undefined)[] {
  if (place !== 'relation') return [undefined]
  return readableRelations(resource).filter(({ relation }) => relation.list)
}

function operationOf(name: RouteName, described: Described): OpenApiOperation {
  const { resource, relation, names } = described
  const { operation } = routes[name].endpoint
  const { verb = name, failures = [], responses, ...rest } = describe[name](described)
  const noun = isPlural(name) ? resource.plural : resource.name
  const what = relation ? resource.name + capital(relation.relation.field) : noun
  const statuses: readonly FailureStatus[] = [400, 401, 403, 406, ...failures, 429, 500, 503]
  return {
    operationId: names.operation(verb, what),
    summary: `${capital(words(verb))} ${words(what)}`,
    tags: [resource.name],
    security: relation
      ? securityOf(resource.policy, operation).filter((one) =>
          isAmong(one, securityOf(relation.target.policy, 'list')),
        )
      : securityOf(resource.policy, operation),
    ...rest,
    responses: {
      ...responses,
      ...Object.fromEntries(statuses.map((status) => [status, failureRef(status)])),
    },
  }
}

/** Whether credentials are among others: a call over a relation must be allowed on both sides. */
function isAmong(one: Security[number], others: Security): boolean {
  return others.some((other) => Object.keys(other).join() === Object.keys(one).join())
}
