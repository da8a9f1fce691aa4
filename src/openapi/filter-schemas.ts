import type { Column, Model } from '../catalog/model.js'
import { columnFilter } from '../rest/column-filter.js'
import { includePaths } from '../rest/include-paths.js'
import { operatorOf, type OperatorName } from '../rest/operators.js'
import { pagingBody } from '../rest/query.js'
import type { RelatedResource, Resource } from '../rest/resource.js'
import { filterKind } from './filter-kind.js'
import { jsonSchemaOf, type JsonSchema } from './json-schema.js'
import { columnSchema, ref } from './model-schemas.js'
import type { ModelNames, Names } from './names.js'
import { operatorWords } from './operator-words.js'
import { isOffered, isOpen } from './visibility.js'

/** The components of one model that its `query` takes: the body, the filter in it, and what others' filters ask of it. */
export function filterSchemas(
  resource: Resource,
  model: ModelNames,
  names: Names,
): Record<string, JsonSchema> {
  const { properties = {} } = jsonSchemaOf(pagingBody, 'input')
  const { include, ...others } = properties
  return {
    [model.query]: closed('What to list. Without a filter, every row you may list.', {
      where: ref(model.filter),
      ...others,
      sort: { ...properties['sort'], items: ref(model.sort) },
      limit: { type: 'integer', format: 'int32', minimum: 1 },
      count: ref(names.count),
      fields: { ...others['fields'], minItems: 1, items: ref(model.fields) },
      ...(includePaths(resource, 'list').size > 0 && { include: { ...include, minItems: 1, items: ref(model.include) } }),
    }),
    [model.filter]: conditionSchema(resource, model.filter, names, hopSchemas(resource, names)),
    [model.condition]: conditionSchema(resource, model.condition, names, {}),
    [model.quantifier]: {
      ...closed('What holds for some of the related rows you may list, or for none of them.', {
        some: ref(model.condition),
        none: ref(model.condition),
      }),
      minProperties: 1,
    },
  }
}

/** What a filter says of a column, once for all columns of a kind. */
export function operatorSchemas(resources: readonly Resource[], names: Names): Record<string, JsonSchema> {
  const columns = resources.flatMap(({ policy }) => [...policy.model.columns.values()])
  const enums = resources[0]?.policy.model.enums ?? {}
  return Object.fromEntries(
    columns.map((column) => [
      names.filters.get(filterKind(column)) ?? '',
      operatorSchema(column, enums, names),
    ]),
  )
}

function operatorSchema(column: Column, enums: Model['enums'], names: Names): JsonSchema {
  const any = unbounded(column)
  const item = { ...any, list: false }
  const schema = jsonSchemaOf(columnFilter(any, enums), 'input')
  const operands = Object.entries(schema.properties ?? {}) as [OperatorName, JsonSchema][]
  return {
    ...schema,
    description: 'What a field is to be like; all that is said must hold.',
    properties: Object.fromEntries(
      operands.map(([name, operand]) => [
        name,
        withDescription(operandSchema(item, name, operand, names), `Rows ${operatorWords[name]('field')}.`),
      ]),
    ),
  }
}

/** What stands for each column of a kind: without what only one of them is held to, its length and its range. */
function unbounded({ native = '', ...column }: Column): Column {
  const kept = kinds.get(native.replace(/\(.*$/u, ''))
  return kept === undefined ? column : { ...column, native: kept }
}

/** Types that decide what can be asked, and how its value is written. */
const kinds = new Map([
  ['Uuid', 'Uuid'],
  ['Inet', 'Inet'],
  ['Xml', 'Xml'],
  ['Bit', 'VarBit'],
  ['VarBit', 'VarBit'],
])

function operandSchema(item: Column, name: OperatorName, operand: JsonSchema, names: Names): JsonSchema {
  const { takes } = operatorOf(name)
  if (takes === 'values') return { ...operand, items: columnSchema(item, operand.items ?? {}, names) }
  return takes === 'value' ? columnSchema(item, operand, names) : operand
}

function withDescription(schema: JsonSchema, description: string): JsonSchema {
  return { ...schema, description }
}

function conditionSchema(
  { policy }: Resource,
  self: string,
  names: Names,
  hops: Readonly<Record<string, JsonSchema>>,
): JsonSchema {
  const columns = [...policy.model.columns.values()].filter(({ name }) => isOpen(policy, name, 'list'))
  return closed('What rows are to be like; all that is said must hold.', {
    and: { type: 'array', description: 'All of these hold.', minItems: 1, items: ref(self) },
    or: { type: 'array', description: 'One of these holds at least.', minItems: 1, items: ref(self) },
    not: { ...ref(self), description: 'This does not hold.' },
    ...Object.fromEntries(
      columns.map((column) => [column.name, ref(names.filters.get(filterKind(column)) ?? '')]),
    ),
    ...hops,
  })
}

/** The relations over which some caller can ask: he lists the rows there, and the keys on both sides. */
function hopSchemas({ policy, relations }: Resource, names: Names): Record<string, JsonSchema> {
  const open = [...relations].filter(([, { relation, target }]) => {
    const theirs = target.policy.model.relations.get(relation.inverse)
    const ours = [...relation.from, ...(theirs?.to ?? [])]
    const there = [...(theirs?.from ?? []), ...relation.to]
    return (
      isOffered(target.policy, 'list') &&
      ours.every((key) => isOpen(policy, key, 'list')) &&
      there.every((key) => isOpen(target.policy, key, 'list'))
    )
  })
  return Object.fromEntries(open.map(([field, related]) => [field, hopSchema(related, names)]))
}

function hopSchema({ relation, target }: RelatedResource, names: Names): JsonSchema {
  const model = names.models.get(target)
  return ref((relation.list ? model?.quantifier : model?.condition) ?? '')
}

function closed(description: string, properties: Readonly<Record<string, JsonSchema>>): JsonSchema {
  return { type: 'object', description, properties, additionalProperties: false }
}
