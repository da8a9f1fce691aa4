import type { Column } from '../catalog/model.js'
import { readableRelations } from '../rest/include-paths.js'
import type { Resource } from '../rest/resource.js'
import { rulesOf, type Policy } from '../policy/policy.js'
import { bodyExample } from './examples.js'
import { jsonSchemaOf, nullable, withoutNull, type JsonSchema } from './json-schema.js'
import type { ModelNames, Names } from './names.js'
import { isOpen } from './visibility.js'

/** The components of one model: its row, its page, what is sent to create and to change it, and its orders. */
export function modelSchemas(
  resource: Resource,
  model: ModelNames,
  names: Names,
): Record<string, JsonSchema> {
  return {
    [model.row]: rowSchema(resource, names),
    [model.create]: createSchema(resource, names),
    [model.update]: updateSchema(resource, names),
    [model.page]: {
      type: 'object',
      description: 'One page of a list.',
      properties: {
        items: { type: 'array', items: ref(model.row) },
        nextCursor: {
          type: ['string', 'null'],
          description: 'Where the next page begins; null on the last one.',
        },
        count: {
          type: 'integer',
          format: 'int64',
          description: 'How many rows you may list in all, where you asked for it.',
        },
      },
      required: ['items', 'nextCursor'],
    },
    [model.sort]: { type: 'string', enum: sortValues(resource) },
    [model.clear]: { type: 'string', enum: [...resource.clearable] },
  }
}

/** A reference to a schema of the document. */
export function ref(name: string): JsonSchema {
  return { $ref: `#/components/schemas/${name}` }
}

/** A value of a column: enums by name, unless `null` joins them, which a reference cannot say. */
export function columnSchema(column: Column, schema: JsonSchema, names: Names): JsonSchema {
  if (column.list) {
    const { items = {}, ...rest } = schema
    return { ...rest, items: columnSchema({ ...column, list: false }, items, names) }
  }
  if (column.kind === 'enum' && schema.type === 'string')
    return ref(names.enums.get(column.type) ?? column.type)
  if (column.native === 'Uuid' && schema.format === undefined) return { ...schema, format: 'uuid' }
  return schema
}

/** Nothing is required: what an answer has of a row depends on the caller and on what he asks for. */
function rowSchema(resource: Resource, names: Names): JsonSchema {
  const { policy, row, create, update } = resource
  const { properties = {} } = jsonSchemaOf(row, 'output')
  const sendable = {
    ...jsonSchemaOf(create, 'input').properties,
    ...jsonSchemaOf(update, 'input').properties,
  }
  const schema = objectSchema(policy, readable(policy), [], (column) => ({
    ...columnSchema(column, properties[column.name] ?? {}, names),
    ...(!(column.name in sendable) && { readOnly: true }),
  }))
  return { ...schema, properties: { ...schema.properties, ...relationSchemas(resource, names) } }
}

/** Related rows, where they are asked for. A single one can be hidden, and is then null, like one that is not there. */
function relationSchemas(resource: Resource, { models }: Names): Record<string, JsonSchema> {
  const entries = readableRelations(resource).map(({ relation, target }) => {
    const row = ref(models.get(target)?.row ?? target.name)
    const schema = relation.list ? { type: 'array', items: row } : nullable(row)
    return [relation.field, { ...schema, readOnly: true, ...(relation.doc && { description: relation.doc }) }]
  })
  return Object.fromEntries(entries) as Record<string, JsonSchema>
}

/**
 * Some clients send `null` for what they were not given. A field may therefore be null only where that says the
 * same as leaving it out: not where a default or the caller's identity would take its place, and not where the
 * field's own rules would refuse it.
 */
function createSchema({ policy, create }: Resource, names: Names): JsonSchema {
  const schema = jsonSchemaOf(create, 'input')
  const { properties = {}, required = [] } = schema
  const stamped = rulesOf(policy).flatMap((rule) =>
    rule.strategy === 'owner' && rule.operations.has('create') ? [rule.column?.name] : [],
  )
  const body = objectSchema(policy, writable(policy, 'create', schema), required, (column) => {
    const isSafe = !column.default && !policy.fields.has(column.name) && !stamped.includes(column.name)
    const canBeNull = !column.required && !column.list && isSafe
    return inputColumnSchema(column, properties[column.name] ?? {}, canBeNull, names)
  })
  return { ...body, additionalProperties: false, examples: [bodyExample(policy, body)] }
}

/** Nothing can be null here: a client that sends null for what it was not given would wipe the row. */
function updateSchema({ policy, update }: Resource, names: Names): JsonSchema {
  const schema = jsonSchemaOf(update, 'input')
  const body = objectSchema(policy, writable(policy, 'update', schema), [], (column) =>
    inputColumnSchema(column, schema.properties?.[column.name] ?? {}, false, names),
  )
  const description = 'The fields to change; what is left out stays as it is.'
  return { ...body, description, additionalProperties: false, examples: [bodyExample(policy, body)] }
}

/** Json is sent as an object: what most clients make of a schema that allows anything cannot be sent at all. */
function inputColumnSchema(column: Column, schema: JsonSchema, canBeNull: boolean, names: Names): JsonSchema {
  const isJson = column.type === 'Json' && !column.list
  const value: JsonSchema = isJson ? { type: 'object', additionalProperties: true } : withoutNull(schema)
  return columnSchema(column, canBeNull ? nullable(value) : value, names)
}

function objectSchema(
  { model }: Policy,
  fields: readonly string[],
  required: readonly string[],
  toSchema: (column: Column) => JsonSchema,
): JsonSchema {
  const columns = [...model.columns.values()].filter(({ name }) => fields.includes(name))
  const needed = required.filter((name) => fields.includes(name))
  return {
    type: 'object',
    ...(model.doc && { description: model.doc }),
    properties: Object.fromEntries(
      columns.map((column) => [
        column.name,
        { ...toSchema(column), ...(column.doc && { description: column.doc }) },
      ]),
    ),
    ...(needed.length > 0 && { required: needed }),
  }
}

function readable(policy: Policy): string[] {
  return [...policy.model.columns.keys()].filter(
    (name) => isOpen(policy, name, 'get') || isOpen(policy, name, 'list'),
  )
}

function writable(policy: Policy, operation: 'create' | 'update', schema: JsonSchema): string[] {
  return Object.keys(schema.properties ?? {}).filter((name) => isOpen(policy, name, operation))
}

function sortValues({ policy, sortable }: Resource): string[] {
  const open = [...sortable].filter((name) => isOpen(policy, name, 'list'))
  return [...new Set(open.flatMap((name) => [name, `${name}_desc`]))]
}
