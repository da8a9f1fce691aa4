import type { DMMF } from '@prisma/generator-helper'
import type { Catalog, CatalogField, CatalogModel, DefaultKind, ScalarType, UniqueKey } from './catalog.js'

/**
 * Turns Prisma's own description of a schema into our catalog. The only place that knows Prisma's format.
 *
 * @throws {TypeError} naming a model or column that Claimstake cannot serve
 */
export function catalogOfDmmf(datamodel: DMMF.Datamodel): Catalog {
  return {
    models: Object.fromEntries(datamodel.models.map((model) => [model.name, toModel(model, datamodel)])),
    enums: Object.fromEntries(
      datamodel.enums.map(({ name, values }) => [name, values.map((value) => value.name)]),
    ),
  }
}

function toModel(model: DMMF.Model, datamodel: DMMF.Datamodel): CatalogModel {
  const single = (field: DMMF.Field): UniqueKey => ({ name: field.name, fields: [field.name] })
  const idField = model.fields.find((field) => field.isId)
  const [firstUnique] = model.uniqueFields
  const id = model.primaryKey
    ? compound(model.primaryKey)
    : idField
      ? single(idField)
      : (model.fields.filter((field) => field.isUnique && field.isRequired).map(single)[0] ??
        (firstUnique && compound({ name: null, fields: firstUnique })))
  if (!id) throw new TypeError(`model ${model.name} has neither an id nor a unique key`)
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
  }
}

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
