import { z } from 'zod'

/** A JSON Schema (2020-12), the dialect of OpenAPI 3.1. */
export interface JsonSchema {
  readonly type?: string | readonly string[]
  readonly format?: string
  readonly enum?: readonly unknown[]
  readonly items?: JsonSchema
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly [keyword: string]: unknown
}

/**
 * The JSON Schema of a zod schema, in the words generated clients understand: `format` in place of a pattern or a
 * range that says the same, and `null` as one more type in place of `anyOf`.
 *
 * @param io `input` for what a caller sends, `output` for what he gets
 */
export function jsonSchemaOf(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  return tidied(z.toJSONSchema(schema, { io }))
}

/** The same values and `null`. */
export function nullable(schema: JsonSchema): JsonSchema {
  if (typeof schema.type !== 'string')
    return schema.type || isAnything(schema) ? schema : { anyOf: [schema, { type: 'null' }] }
  return { ...schema, type: [schema.type, 'null'], ...(schema.enum && { enum: [...schema.enum, null] }) }
}

/** The same values without `null`. */
export function withoutNull(schema: JsonSchema): JsonSchema {
  if (!Array.isArray(schema.type)) return schema
  const [type = 'string'] = (schema.type as readonly string[]).filter((name) => name !== 'null')
  return { ...schema, type, ...(schema.enum && { enum: schema.enum.filter((value) => value !== null) }) }
}

function tidied(source: z.core.JSONSchema.BaseSchema): JsonSchema {
  const [first, second, ...more] = source.anyOf ?? []
  if (first && second?.type === 'null' && more.length === 0) return nullable(tidied(first))
  const { pattern, items, properties, ...rest } = source
  delete rest.$schema
  return named({
    ...rest,
    ...(pattern !== undefined && rest.format === undefined && { pattern }),
    ...(isSchema(items) && { items: tidied(items) }),
    ...(properties && {
      properties: Object.fromEntries(
        Object.entries(properties).flatMap(([name, value]) =>
          isSchema(value) ? [[name, tidied(value)]] : [],
        ),
      ),
    }),
  })
}

/** With the format's name from the OpenAPI registry, where there is one. */
function named(schema: JsonSchema): JsonSchema {
  if (withoutNull(schema).type === 'number') return { ...schema, format: 'double' }
  if (schema.format === 'base64') return withoutFormat(schema)
  const { minimum, maximum, ...rest } = schema
  const isInt32 = schema.type === 'integer' && minimum === -2_147_483_648 && maximum === 2_147_483_647
  return isInt32 ? { ...rest, format: 'int32' } : schema
}

/** `contentEncoding` says it: of `format: byte` swagger-typescript-api makes a Blob, which is no JSON. */
function withoutFormat({ format: _, ...rest }: JsonSchema): JsonSchema {
  return rest
}

function isAnything(schema: JsonSchema): boolean {
  return Object.keys(schema).length === 0
}

function isSchema(value: unknown): value is z.core.JSONSchema.BaseSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
