import type { DMMF } from '@prisma/generator-helper'
import type {
  Catalog,
  CatalogField,
  CatalogModel,
  DefaultKind,
  Lack,
  ScalarType,
  UniqueKey,
} from './catalog.js'
import { neededButIgnored } from './needed-but-ignored.js'

/**
 * Turns Prisma's own description of a schema into our catalog. Only this file knows its format.
 *
 * @param schema the text of schema.prisma, for what the description leaves out
 */
export function catalogOfDmmf({ datamodel, mappings }: DMMF.Document, schema: string): Catalog {
  const blocked = neededButIgnored(schema)
  const models = datamodel.models.flatMap((model) => {
    const id = idOf(model)
    return id ? [{ model, id }] : []
  })
  const keyless = datamodel.models.filter((model) => !idOf(model)).map(({ name }) => name)
  return {
    models: Object.fromEntries(
      models.map(({ model, id }) => {
        const fields = model.fields.filter(({ type }) => !keyless.includes(type))
        const lacks = lacksOf(mappings, model.name)
        if (blocked.has(model.name)) lacks.add('create')
        return [model.name, toModel({ ...model, fields }, id, datamodel, lacks)]
      }),
    ),
    enums: Object.fromEntries(
      datamodel.enums.map(({ name, values }) => [name, values.map((value) => value.name)]),
    ),
    ...(keyless.length > 0 && { keyless }),
  }
}

/** Which columns tell rows apart: those of the id, or of a unique key that is never null. */
function idOf(model: DMMF.Model): UniqueKey | undefined {
  if (model.primaryKey) return compound(model.primaryKey)
  const field =
    model.fields.find(({ isId }) => isId) ??
    model.fields.find(({ isUnique, isRequired }) => isUnique && isRequired)
  if (field) return single(field)
  const [fields] = model.uniqueFields
  return fields && compound({ name: null, fields })
}

/** As Prisma calls the operations, whatever its types say. */
const operationNames = { create: 'createOne', update: 'updateOne', delete: 'deleteOne' } as const

/** Prisma offers no operation that cannot succeed. */
function lacksOf({ modelOperations }: DMMF.Mappings, model: string): Set<Lack> {
  const offered = Object.keys(modelOperations.find((mapping) => mapping.model === model) ?? {})
  const lacks = (['create', 'update', 'delete'] as const).filter(
    (operation) => !offered.includes(operationNames[operation]),
  )
  return new Set(lacks)
}

function toModel(
  model: DMMF.Model,
  id: UniqueKey,
  datamodel: DMMF.Datamodel,
  lacks: ReadonlySet<Lack>,
): CatalogModel {
  return {
    table: model.dbName ?? model.name,
    ...(model.schema ? { schema: model.schema } : {}),
    ...(model.documentation ? { doc: model.documentation } : {}),
    id,
    uniques: [
      ...model.fields.filter((field) => field.isUnique).map(single),
      ...model.uniqueIndexes.map(compound),
    ].filter((key) => key.name !== id.name),
    indexes: datamodel.indexes
      .filter((index) => index.model === model.name)
      .map((index) => index.fields.map((field) => field.name)),
    fields: Object.fromEntries(model.fields.map((field) => [field.name, toField(field, model.name)])),
    ...(lacks.size > 0 && { lacks: [...lacks] }),
  }
}

const single = ({ name }: DMMF.Field): UniqueKey => ({ name, fields: [name] })

function compound(key: { readonly name?: string | null; readonly fields: readonly string[] }): UniqueKey {
  return { name: key.name ?? key.fields.join('_'), fields: key.fields }
}

function toField(field: DMMF.Field, model: string): CatalogField {
  const doc = field.documentation ? { doc: field.documentation } : {}
  if (field.kind === 'object') {
    return {
      kind: 'relation',
      model: field.type,
      name: field.relationName ?? `${model}To${field.type}`,
      list: field.isList,
      required: field.isRequired,
      from: field.relationFromFields ?? [],
      to: field.relationToFields ?? [],
      ...(field.relationOnDelete ? { onDelete: field.relationOnDelete } : {}),
      ...doc,
    }
  }
  const kind = defaultOf(field)
  const facts = {
    column: field.dbName ?? field.name,
    list: field.isList,
    required: field.isRequired,
    ...(kind ? { default: kind } : {}),
    ...(field.nativeType ? { native: nativeOf(field.nativeType) } : {}),
    ...doc,
  }
  if (field.kind === 'enum') return { kind: 'enum', type: field.type, ...facts }
  return { kind: 'scalar', type: field.type as ScalarType, ...facts }
}

function defaultOf(field: DMMF.Field): DefaultKind | undefined {
  if (field.isUpdatedAt) return 'updatedAt'
  if (!field.hasDefaultValue) return undefined
  const value = field.default
  if (typeof value !== 'object' || !('name' in value)) return 'value'
  return value.name as DefaultKind
}

function nativeOf([name, args]: readonly [string, readonly string[]]): string {
  return args.length > 0 ? `${name}(${args.join(', ')})` : name
}
