import type { Column } from '../catalog/model.js'
import type { Resource } from '../rest/resource.js'
import { jsonSchemaOf, withoutNull, type JsonSchema } from './json-schema.js'
import { columnSchema, ref } from './model-schemas.js'
import { words, type ModelNames, type Names } from './names.js'
import { isOpen } from './visibility.js'

type Parameter = Readonly<Record<string, unknown>>

/** The id in the path. */
export function idParameters({ name: model, row, idParameters: ids }: Resource, names: Names): Parameter[] {
  return ids.map(({ name, column, schema }) => ({
    name,
    in: 'path',
    required: true,
    description: column.doc ?? `The ${words(column.name)} of the ${words(model)}.`,
    schema: textSchemaOf(column, jsonSchemaOf(schema, 'input'), jsonSchemaOf(row, 'output'), names),
  }))
}

/** One parameter for each column that rows can be compared by and some caller can list. */
export function filterParameters({ policy, filters, row }: Resource, names: Names): Parameter[] {
  const rowSchema = jsonSchemaOf(row, 'output')
  return [...policy.model.columns.values()].flatMap((column) => {
    const filter = filters.get(column.name)
    if (!filter || !isOpen(policy, column.name, 'list')) return []
    return {
      name: column.name,
      in: 'query',
      description: `Only rows with this \`${column.name}\`.${column.doc ? ` ${column.doc}` : ''}`,
      schema: textSchemaOf(column, jsonSchemaOf(filter, 'input'), rowSchema, names),
    }
  })
}

/** The parameters of every list. */
export function pageParameters({ sort }: ModelNames): Parameter[] {
  return [
    {
      name: 'sort',
      in: 'query',
      description:
        'The order: fields by precedence, each ascending or with `_desc`. Repeat the parameter for more.',
      style: 'form',
      explode: true,
      schema: { type: 'array', items: ref(sort) },
    },
    {
      name: 'limit',
      in: 'query',
      description:
        'Rows of a page. Asking for more than the service gives at once is no mistake, it gives what it can.',
      schema: { type: 'integer', format: 'int32', minimum: 1 },
    },
    {
      name: 'cursor',
      in: 'query',
      description: 'The `nextCursor` of the page before, with the same filters and order.',
      schema: { type: 'string' },
    },
    {
      name: 'count',
      in: 'query',
      description: 'Adds how many rows you may list in all. Without it nothing is counted.',
      schema: { type: 'string', enum: ['exact'] },
    },
  ]
}

/** Asks for the row only if it has changed. */
export const ifNoneMatch: Parameter = {
  name: 'If-None-Match',
  in: 'header',
  description: 'ETags of the copies you have: one of them current is answered with 304.',
  schema: { type: 'string' },
}

/** Writes only if the row has not changed. */
export const ifMatch: Parameter = {
  name: 'If-Match',
  in: 'header',
  description:
    'The ETag of the row you know: if it has changed since, nothing is written and the answer is 412.',
  schema: { type: 'string' },
}

/**
 * A column's value in a URL. Numbers and Booleans are read from text there; to a client they are what they are in
 * a row.
 */
function textSchemaOf(column: Column, text: JsonSchema, row: JsonSchema, names: Names): JsonSchema {
  const isTyped = ['Int', 'Float', 'Boolean'].includes(column.type)
  const schema = isTyped ? (row.properties?.[column.name] ?? text) : text
  return columnSchema(column, withoutNull(schema), names)
}
