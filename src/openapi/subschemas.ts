import type { JsonSchema } from './json-schema.js'

const single = ['items', 'additionalProperties', 'not'] as const
const lists = ['allOf', 'anyOf', 'oneOf'] as const

/** A copy of a schema, with each schema that stands directly in it changed. Values in it (`enum`, examples) stay. */
export function mapSubschemas(schema: JsonSchema, change: (part: JsonSchema) => JsonSchema): JsonSchema {
  const copy: Record<string, unknown> = { ...schema }
  for (const word of single) if (isSchema(copy[word])) copy[word] = change(copy[word])
  for (const word of lists) if (Array.isArray(copy[word])) copy[word] = copy[word].filter(isSchema).map(change)
  if (schema.properties) copy['properties'] = mapValues(schema.properties, change)
  return copy
}

/** The schemas that stand directly in a schema. */
export function subschemas(schema: JsonSchema): readonly JsonSchema[] {
  const found: JsonSchema[] = []
  mapSubschemas(schema, (part) => {
    found.push(part)
    return part
  })
  return found
}

export function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function mapValues<T, U>(
  record: Readonly<Record<string, T>>,
  change: (value: T) => U,
): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]))
}
