import type { Catalog, CatalogField } from '../catalog/catalog.js'
import type { ColumnNeed } from './rule-definition.js'
import type { FieldBuilder, ModelBuilder } from './schema-builder.js'

/** The names of a catalog's models. */
export type ModelName<C extends Catalog> = keyof C['models'] & string

/** The fields of a model. */
export type FieldsOf<C extends Catalog, M extends ModelName<C>> = C['models'][M]['fields']

/** The names of a model's columns: its fields without relations. */
export type ColumnName<F> = { [K in keyof F]: F[K] extends { kind: 'relation' } ? never : K }[keyof F] &
  string

/**
 * What `a.schema` makes of the models it is given: each as it is, or a sentence that says what does not fit. The
 * sentence is a type nothing can be assigned to, so the compiler prints it.
 */
export type CheckedSchema<C extends Catalog, S> = {
  [M in keyof S]: M extends ModelName<C>
    ? S[M] extends ModelBuilder<infer F, infer Needs>
      ? Fitting<
          S[M],
          FieldFault<M, F, FieldsOf<C, M>> | NeedFault<M, Needs | NeedsOfFields<F>, FieldsOf<C, M>>
        >
      : never
    : `${M & string} is not a model of schema.prisma`
}

type Fitting<Model, Fault> = [Fault] extends [never] ? Model : Fault

/** Fields that are given rules but do not exist. */
type FieldFault<M, F, Fields> = {
  [K in keyof F & string]: K extends ColumnName<Fields> ? never : `${M & string} has no field ${K}`
}[keyof F & string]

type NeedsOfFields<F> = { [K in keyof F]: F[K] extends FieldBuilder<infer Needs> ? Needs : never }[keyof F]

/** Columns that rules look at but that do not exist, or are a list where a single value is needed, or the reverse. */
type NeedFault<M, Needs, Fields> = Needs extends ColumnNeed
  ? Needs['column'] extends ColumnName<Fields>
    ? Fields[Needs['column'] & keyof Fields] extends CatalogField & { readonly list: Needs['list'] }
      ? never
      : `${M & string}.${Needs['column']} ${Needs['list'] extends true ? 'is not a list' : 'is a list'}`
    : `${M & string} has no field ${Needs['column']}`
  : never
