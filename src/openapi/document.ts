import type { CustomAuthorizer } from '../claims/custom-authorizer.js'
import type { Resource } from '../rest/resource.js'
import { filterSchemas, operatorSchemas } from './filter-schemas.js'
import type { JsonSchema } from './json-schema.js'
import { meSchemas, mePath } from './me.js'
import { batchSchemas } from './batch-schemas.js'
import { modelSchemas } from './model-schemas.js'
import { namesOf, words, type ModelNames } from './names.js'
import type { OpenApiPath } from './operation.js'
import { pathsOf } from './operations.js'
import { failureResponses, headers, problemSchemas } from './responses.js'
import { securitySchemes } from './security.js'
import { shapeSchemas } from './shape-schemas.js'

type Member = Readonly<Record<string, unknown>>

/** The two kinds of document there are. */
export type OpenApiVersion = '3.0' | '3.1'

/** An OpenAPI document, as far as its readers in this project look into it. */
export interface OpenApiDocument {
  readonly openapi: string
  readonly info: Member & { readonly title: string; readonly version: string }
  readonly servers: readonly { readonly url: string }[]
  readonly tags: readonly { readonly name: string; readonly description: string }[]
  readonly paths: Readonly<Record<string, OpenApiPath>>
  readonly components: {
    readonly schemas: Readonly<Record<string, JsonSchema>>
    readonly responses: Readonly<Record<string, Member>>
    readonly headers: Readonly<Record<string, Member>>
    readonly securitySchemes: Readonly<Record<string, Member>>
  }
}

export interface OpenApiOptions {
  /** Where the routes are: `/v1`. */
  readonly basePath: string
  /** Where credentials of the provider `function` are. */
  readonly authorizer?: CustomAuthorizer | undefined
}

/**
 * Describes the routes of these resources (OpenAPI 3.1), from the zod schemas that check requests. What no rule
 * lets anybody do or see is not in it.
 *
 * @example openApiDocument(resourcesOf(policies), { basePath: '/v1' })
 */
export function openApiDocument(
  resources: readonly Resource[],
  { basePath, authorizer }: OpenApiOptions,
): OpenApiDocument {
  const names = namesOf(resources)
  const models = [...names.models]
  const paths = {
    ...assembled(models, ([resource, model]) => pathsOf(resource, model, names)),
    ...mePath(resources, names),
  }
  const served = resources.filter(({ name }) => Object.values(paths).some((path) => isTagged(path, name)))
  return withoutUnused({
    openapi: '3.1.0',
    info: {
      title: 'Claimstake',
      version: '1',
      description: 'Every caller sees and changes the rows that the rules let him, and no others.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: basePath.replace(/\/+$/u, '') || '/' }],
    tags: [
      ...served.map(({ name, policy, plural }) => ({
        name,
        description: policy.model.doc ?? `The ${words(plural)}.`,
      })),
      { name: names.me, description: 'The caller.' },
    ],
    paths,
    components: {
      schemas: {
        ...assembled(models, ([resource, model]) => {
          const single = modelSchemas(resource, model, names)
          return { ...single, ...batchSchemas(resource, model, names, single) }
        }),
        ...assembled(models, ([resource, model]) => shapeSchemas(resource, model)),
        ...assembled(models, ([resource, model]) => filterSchemas(resource, model, names)),
        ...operatorSchemas(resources, names),
        [names.count]: { type: 'string', enum: ['exact'] },
        ...enumSchemas(resources, names.enums),
        ...meSchemas(names),
        ...problemSchemas(names),
      },
      responses: failureResponses(names),
      headers,
      securitySchemes: securitySchemes(authorizer),
    },
  })
}

type Entry = readonly [Resource, ModelNames]

function assembled<T>(
  models: readonly Entry[],
  part: (model: Entry) => Record<string, T>,
): Record<string, T> {
  return Object.assign({}, ...models.map(part)) as Record<string, T>
}

function enumSchemas(
  resources: readonly Resource[],
  names: ReadonlyMap<string, string>,
): Record<string, JsonSchema> {
  const enums = resources[0]?.policy.model.enums ?? {}
  return Object.fromEntries(
    [...names].map(([key, name]) => [name, { type: 'string', enum: enums[key] ?? [] }]),
  )
}

function isTagged(path: OpenApiPath, name: string): boolean {
  return Object.values(path).some(({ tags }) => tags.includes(name))
}

/** Leaves out the components that no path leads to, and the credentials that no call takes. */
function withoutUnused(document: OpenApiDocument): OpenApiDocument {
  const { schemas, responses, headers: allHeaders, securitySchemes: all } = document.components
  const operations = Object.values(document.paths).flatMap((path) => Object.values(path))
  const accepted = new Set(operations.flatMap(({ security }) => security.flatMap(Object.keys)))
  const used = new Set<string>()
  const visit = (part: unknown): void => {
    for (const [, kind = '', name = ''] of JSON.stringify(part).matchAll(
      /"#\/components\/(\w+)\/([\w-]+)"/gu,
    )) {
      const key = `${kind}/${name}`
      if (used.has(key)) continue
      used.add(key)
      visit((document.components as unknown as Record<string, Member>)[kind]?.[name])
    }
  }
  visit(document.paths)
  const kept = <T>(kind: string, parts: Readonly<Record<string, T>>): Record<string, T> =>
    Object.fromEntries(Object.entries(parts).filter(([name]) => used.has(`${kind}/${name}`)))
  return {
    ...document,
    components: {
      schemas: kept('schemas', schemas),
      responses: kept('responses', responses),
      headers: kept('headers', allHeaders),
      securitySchemes: Object.fromEntries(Object.entries(all).filter(([name]) => accepted.has(name))),
    },
  }
}
