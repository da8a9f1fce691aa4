import type { Catalog, EnumField, Lack, RelationField, ScalarField, UniqueKey } from './catalog.js'

/** A column of a model, by the name Prisma uses for it. */
export type Column = (ScalarField | EnumField) & { readonly name: string }

/** A relation of a model, by the name of its field. */
export type Relation = RelationField & {
  readonly field: string
  /** The field of the related model that is the same relation seen from there. */
  readonly inverse: string
  /** Whether it is a list on both sides, so that Prisma keeps a table for it: an implicit many-to-many relation. */
  readonly manyToMany: boolean
}

/** A model as the running code looks it up: maps, so that no name reaches a prototype. */
export interface Model {
  readonly name: string
  /** Its property on a Prisma client: `BlogPost` is `blogPost`. */
  readonly delegate: string
  readonly table: string
  readonly schema: string | undefined
  readonly doc: string | undefined
  readonly columns: ReadonlyMap<string, Column>
  readonly relations: ReadonlyMap<string, Relation>
  readonly id: readonly Column[]
  /** How Prisma names the id in `findUnique`: the field, or the joined name of a compound id. */
  readonly idKey: UniqueKey
  readonly uniques: ReadonlyMap<string, UniqueKey>
  readonly indexes: readonly (readonly string[])[]
  readonly enums: Catalog['enums']
  /** What cannot be done with it, whatever the rules say. */
  readonly lacks: ReadonlySet<Lack>
}

/** Prepares the models of a catalog for lookup. Done once, at boot. */
export function modelsOf(catalog: Catalog): ReadonlyMap<string, Model> {
  return new Map(Object.keys(catalog.models).map((name) => [name, toModel(catalog, name)]))
}

function toModel(catalog: Catalog, name: string): Model {
  const source = catalog.models[name]
  if (!source) throw new TypeError(`the catalog has no model ${name}`)
  const columns = new Map<string, Column>()
  const relations = new Map<string, Relation>()
  for (const [field, facts] of Object.entries(source.fields)) {
    if (facts.kind === 'relation') relations.set(field, toRelation(catalog, name, field, facts))
    else columns.set(field, { ...facts, name: field })
  }
  return {
    name,
    delegate: name.charAt(0).toLowerCase() + name.slice(1),
    table: source.table,
    schema: source.schema,
    doc: source.doc,
    columns,
    relations,
    id: source.id.fields.map((field) => columnOf(columns, field)),
    idKey: source.id,
    uniques: new Map([source.id, ...source.uniques].map((key) => [key.name, key])),
    indexes: source.indexes,
    enums: catalog.enums,
    lacks: new Set(source.lacks),
  }
}

function toRelation(catalog: Catalog, model: string, field: string, facts: RelationField): Relation {
  const others = Object.entries(catalog.models[facts.model]?.fields ?? {})
  const [inverse, theirs] =
    others.find(
      ([name, other]) =>
        other.kind === 'relation' &&
        other.name === facts.name &&
        other.model === model &&
        (facts.model !== model || name !== field),
    ) ?? []
  return { ...facts, field, inverse: inverse ?? '', manyToMany: facts.list && theirs?.list === true }
}

function columnOf(columns: ReadonlyMap<string, Column>, name: string): Column {
  const column = columns.get(name)
  if (!column) throw new TypeError(`the catalog names no column ${name}`)
  return column
}
