import { acyclic } from './acyclic.js'
import type { OpenApiDocument } from './document.js'
import type { JsonSchema } from './json-schema.js'
import { schema30 } from './schema-3-0.js'
import { isSchema, mapValues } from './subschemas.js'

/**
 * An OpenAPI 3.1 document as 3.0.3, for generators that know no other. It says the same, as far as 3.0 has words for
 * it, and has no recursive schema: see {@link acyclic}.
 *
 * @example openApi30(openApiDocument(resources, { basePath: '/v1' }))
 */
export function openApi30(document: OpenApiDocument): OpenApiDocument {
  const { schemas, ...components } = document.components
  const resolve = (reference: string) => schemas[reference.replace('#/components/schemas/', '')]
  const convert = (schema: JsonSchema) => schema30(schema, resolve)
  return {
    ...document,
    openapi: '3.0.3',
    info: { ...document.info, ...licenceOf(document.info) },
    paths: withSchemas(document.paths, convert),
    components: { ...withSchemas(components, convert), schemas: acyclic(mapValues(schemas, convert)) },
  }
}

/** 3.0 knows a licence by its address alone. */
function licenceOf({ license }: OpenApiDocument['info']): object {
  if (!isSchema(license) || typeof license['identifier'] !== 'string') return {}
  const { identifier, ...rest } = license
  return { license: { ...rest, url: `https://spdx.org/licenses/${identifier}.html` } }
}

/** Changes the schemas of parameters, headers and bodies. What stands in examples is no part of the document. */
function withSchemas<T>(part: T, convert: (schema: JsonSchema) => JsonSchema): T {
  const change = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(change)
    if (!isSchema(value)) return value
    return Object.fromEntries(
      Object.entries(value).map(([key, member]) => {
        if (key === 'example' || key === 'examples') return [key, member]
        return [key, key === 'schema' && isSchema(member) ? convert(member) : change(member)]
      }),
    )
  }
  return change(part) as T
}
