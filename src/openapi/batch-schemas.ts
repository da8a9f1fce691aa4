import type { Column } from '../catalog/model.js'
import type { Resource } from '../rest/resource.js'
import { valueExample } from './examples.js'
import { jsonSchemaOf, type JsonSchema } from './json-schema.js'
import { columnSchema, ref } from './model-schemas.js'
import type { ModelNames, Names } from './names.js'

type Components = Readonly<Record<string, JsonSchema>>

/**
 * The components of the calls for many rows of one model.
 *
 * @param single the components of its calls for one row
 */
export function batchSchemas(
  resource: Resource,
  model: ModelNames,
  names: Names,
  single: Components,
): Components {
  const { policy, idParameters } = resource
  const columns = idParameters.map(({ column }) => column)
  const [id] = columns
  const isCompound = columns.length > 1
  const key = keySchema(resource, columns, names)
  const idExamples = key['examples'] as readonly [Readonly<Record<string, unknown>>]
  const idExample = isCompound ? idExamples[0] : idExamples[0][id?.name ?? '']
  const named = {
    id: isCompound ? ref(model.key) : (key.properties?.[id?.name ?? ''] ?? {}),
    ifMatch: {
      type: 'string',
      description: 'The ETag of the row you know, or `*`: as the header If-Match.',
    },
  }
  const needed = ['id', ...(policy.requireIfMatch ? ['ifMatch'] : [])]
  const item = { id: idExample, ...(policy.requireIfMatch && { ifMatch: '*' }) }
  const change = { ...item, set: exampleOf(single[model.update]) }
  return {
    ...(isCompound && { [model.key]: key }),
    [model.batchCreate]: listOf(
      'The rows to make, all or none.',
      model.create,
      exampleOf(single[model.create]),
    ),
    [model.batchUpdate]: listOf('The changes, all or none.', model.batchUpdateItem, change),
    [model.batchUpdateItem]: {
      ...closed('A row, and the fields of it to change.', { ...named, set: ref(model.update) }),
      required: [...needed, 'set'],
    },
    [model.batchDelete]: listOf('The rows to delete, all or none.', model.batchDeleteItem, item),
    [model.batchDeleteItem]: { ...closed('A row to delete.', named), required: needed },
    [model.batch]: {
      type: 'object',
      description: 'The rows, in the order sent.',
      properties: { items: { type: 'array', items: ref(model.row) } },
      required: ['items'],
    },
  }
}

function listOf(description: string, item: string, example: unknown): JsonSchema {
  return {
    ...closed(description, { items: { type: 'array', minItems: 1, maxItems: 100, items: ref(item) } }),
    required: ['items'],
    examples: [{ items: [example] }],
  }
}

function closed(description: string, properties: Components): JsonSchema {
  return { type: 'object', description, properties, additionalProperties: false }
}

/** The parts of an id as a row shows them. */
function keySchema({ policy, row }: Resource, columns: readonly Column[], names: Names): JsonSchema {
  const shown = jsonSchemaOf(row, 'output').properties ?? {}
  const parts = columns.map((column) => [column.name, columnSchema(column, shown[column.name] ?? {}, names)])
  const properties = Object.fromEntries(parts) as Record<string, JsonSchema>
  const example = columns.map((column) => [
    column.name,
    valueExample(column, properties[column.name] ?? {}, policy.model.enums),
  ])
  return {
    ...closed('An id of several columns.', properties),
    required: columns.map(({ name }) => name),
    examples: [Object.fromEntries(example)],
  }
}

function exampleOf(schema: JsonSchema | undefined): unknown {
  const [example] = (schema?.['examples'] ?? []) as readonly unknown[]
  return example
}
