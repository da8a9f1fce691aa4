/** The column types Prisma knows. */
export type ScalarType =
  'String' | 'Boolean' | 'Int' | 'BigInt' | 'Float' | 'Decimal' | 'DateTime' | 'Json' | 'Bytes'

/** Where a value comes from that a writer leaves out; `value` is a constant, the others are functions. */
export type DefaultKind =
  'value' | 'now' | 'autoincrement' | 'uuid' | 'cuid' | 'ulid' | 'nanoid' | 'dbgenerated' | 'updatedAt'

interface ColumnFacts {
  /** The column's name in the database. */
  readonly column: string
  readonly list: boolean
  readonly required: boolean
  readonly default?: DefaultKind
  /** The `@db.` attribute, such as `Uuid` or `Decimal(12, 2)`. */
  readonly native?: string
  /** The `///` comment. */
  readonly doc?: string
}

/** A column of a built-in type. */
export interface ScalarField extends ColumnFacts {
  readonly kind: 'scalar'
  readonly type: ScalarType
}

/** A column of an enum of the schema. */
export interface EnumField extends ColumnFacts {
  readonly kind: 'enum'
  readonly type: string
}

/** A relation: no column of its own; `from` are the foreign-key fields on this side, if it holds them. */
export interface RelationField {
  readonly kind: 'relation'
  readonly model: string
  readonly name: string
  readonly list: boolean
  readonly required: boolean
  readonly from: readonly string[]
  readonly to: readonly string[]
  readonly onDelete?: string
  readonly doc?: string
}

export type CatalogField = ScalarField | EnumField | RelationField

/** A unique key; `name` is what Prisma calls it in `findUnique` when it has several fields. */
export interface UniqueKey {
  readonly name: string
  readonly fields: readonly string[]
}

/** What Prisma cannot do with some models: write to a view, or create rows that need a value which it does not know. */
export type Lack = 'create' | 'update' | 'delete'

export interface CatalogModel {
  /** The table's name in the database, and its schema where one is named. */
  readonly table: string
  readonly schema?: string
  readonly doc?: string
  readonly id: UniqueKey
  readonly uniques: readonly UniqueKey[]
  readonly indexes: readonly (readonly string[])[]
  readonly fields: Readonly<Record<string, CatalogField>>
  /** Default: nothing. */
  readonly lacks?: readonly Lack[]
}

/** Our typed view of a Prisma schema; `claimstake-generator` writes it as a literal, so that types know it too. */
export interface Catalog {
  readonly models: Readonly<Record<string, CatalogModel>>
  /** The values of each enum, in the order Postgres sorts them. */
  readonly enums: Readonly<Record<string, readonly string[]>>
  /** Models whose rows nothing tells apart, which are not among the others: views without a unique field. */
  readonly keyless?: readonly string[]
}
