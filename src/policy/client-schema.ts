import type { Catalog } from '../catalog/catalog.js'
import type { SchemaBuilder } from './schema-builder.js'
import type { ColumnName, FieldsOf, ModelName } from './checked-schema.js'

/** The JSON that REST sends for each column type. */
interface JsonOf {
  readonly String: string
  readonly Boolean: boolean
  readonly Int: number
  readonly BigInt: string
  readonly Float: number
  readonly Decimal: string
  readonly DateTime: string
  readonly Json: unknown
  readonly Bytes: string
}

type Value<C extends Catalog, F> = F extends { kind: 'scalar'; type: infer T extends keyof JsonOf }
  ? JsonOf[T]
  : F extends { kind: 'enum'; type: infer E extends keyof C['enums'] }
    ? C['enums'][E][number]
    : never

type Json<C extends Catalog, F> = F extends { list: true }
  ? readonly Value<C, F>[]
  : F extends { required: true }
    ? Value<C, F>
    : Value<C, F> | null

/** Fields with rules of their own may be missing from an answer. */
type Row<C extends Catalog, Fields, Ruled> = {
  readonly [K in Exclude<ColumnName<Fields>, Ruled> & keyof Fields]: Json<C, Fields[K]>
} & {
  readonly [K in Extract<ColumnName<Fields>, Ruled> & keyof Fields]?: Json<C, Fields[K]>
}

/**
 * The types a client of the REST API sees, model by model.
 *
 * @example
 * export type Schema = ClientSchema<typeof schema>
 * type Post = Schema['Post']['type'] // { id: string; owner: string | null; … }
 */
export type ClientSchema<B> =
  B extends SchemaBuilder<infer C, infer S>
    ? {
        readonly [M in keyof S & ModelName<C>]: {
          readonly type: Row<C, FieldsOf<C, M>, S[M] extends { readonly fields?: infer F } ? keyof F : never>
        }
      }
    : never
