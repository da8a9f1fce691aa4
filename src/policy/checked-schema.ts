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
    ? S[M] extends ModelBuilder<infer F, infer Needs, infer Links>
      ? Fitting<
          S[M],
          | FieldFault<M, F, FieldsOf<C, M>>
          | NeedFault<M, Needs | NeedsOfFields<F>, FieldsOf<C, M>>
          | LinkFault<C, M, Links>
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

/** Relations that `.link()` names but that are no many-to-many relations of the model. */
type LinkFault<C extends Catalog, M extends ModelName<C>, Link> = Link extends string
  ? Link extends ManyToManyName<C, M>
    ? never
    : `${M} has no many-to-many relation ${Link}`
  : never

/** The names of a model's relations that are a list on both sides. */
type ManyToManyName<C extends Catalog, M extends ModelName<C>> = {
  [K in keyof FieldsOf<C, M>]: FieldsOf<C, M>[K] extends {
    readonly kind: 'relation'
    readonly list: true
    readonly name: infer Name
    readonly model: infer Other extends ModelName<C>
  }
    ? [OtherLists<C, Other, Name, M, K>] extends [never]
      ? never
      : K
    : never
}[keyof FieldsOf<C, M>]

/** The lists of a model that are one relation together with this field of this model. */
type OtherLists<C extends Catalog, Other extends ModelName<C>, Name, M, K> = {
  [I in keyof FieldsOf<C, Other>]: FieldsOf<C, Other>[I] extends {
    readonly kind: 'relation'
    readonly list: true
    readonly name: Name
    readonly model: M
  }
    ? [Other, I] extends [M, K]
      ? never
      : I
    : never
}[keyof FieldsOf<C, Other>]
