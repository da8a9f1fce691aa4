import { providers } from '../claims/principal.js'
import { rulesOf } from '../policy/policy.js'
import { servedOperations } from '../rest/me.js'
import { meSegment, type Resource } from '../rest/resource.js'
import type { JsonSchema } from './json-schema.js'
import { ref } from './model-schemas.js'
import type { Names } from './names.js'
import type { OpenApiPath } from './operation.js'
import { failureRef, headerRefs } from './responses.js'
import { securityOfRules } from './security.js'

/** `GET /me`: for whoever some rule takes. */
export function mePath(resources: readonly Resource[], names: Names): Record<string, OpenApiPath> {
  const rules = resources.flatMap(({ policy }) => rulesOf(policy))
  return {
    [`/${meSegment}`]: {
      get: {
        operationId: names.operation('get', 'me'),
        summary: 'Get me',
        tags: [names.me],
        security: securityOfRules(rules),
        responses: {
          200: {
            description: 'You, as the service sees you, and what you may do.',
            headers: headerRefs(),
            content: { 'application/json': { schema: ref(names.me) } },
          },
          ...Object.fromEntries(
            ([400, 401, 406, 429, 500, 503] as const).map((status) => [status, failureRef(status)]),
          ),
        },
      },
    },
  }
}

/** The schemas of its answer. */
export function meSchemas(names: Names): Record<string, JsonSchema> {
  return {
    [names.me]: {
      type: 'object',
      description: 'A caller, as the service sees him.',
      properties: {
        provider: ref(names.provider),
        issuer: { type: 'string', description: 'Who issued the token, where there is one.' },
        identity: {
          type: ['string', 'null'],
          description: 'Who you are, as owner fields of your rows show it.',
        },
        groups: { type: 'array', description: 'The groups you are in.', items: { type: 'string' } },
        operations: {
          type: 'array',
          description: 'What can succeed, model by model. On which rows, the rules decide.',
          items: ref(names.modelOperations),
        },
      },
      required: ['provider', 'identity', 'groups', 'operations'],
    },
    [names.modelOperations]: {
      type: 'object',
      description: 'The operations on the rows of one model.',
      properties: {
        model: { type: 'string' },
        operations: { type: 'array', items: ref(names.operationName) },
      },
      required: ['model', 'operations'],
    },
    [names.operationName]: { type: 'string', enum: [...servedOperations] },
    [names.provider]: { type: 'string', enum: [...providers] },
  }
}
