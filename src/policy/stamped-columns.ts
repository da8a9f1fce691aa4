import type { FieldBuilder, ModelBuilder } from './schema-builder.js'

/** Columns by the name of their model; any model and any column is what stands for rules that nothing is known of. */
export type StampedColumns = Readonly<Record<string, string>>

/**
 * The columns that the rules of these models stamp: those that an owner rule with `create` names. Models that have
 * only the schema's rules are not among them.
 */
export type StampedBy<S> = {
  readonly [M in keyof S & string]: S[M] extends ModelBuilder<infer F, infer Needs, string>
    ? ColumnsOf<Needs | NeedsOfFields<F>>
    : never
}

type ColumnsOf<Needs> = Needs extends { readonly column: infer F extends string; readonly stamped: true }
  ? F
  : never

type NeedsOfFields<F> = { [K in keyof F]: F[K] extends FieldBuilder<infer Needs> ? Needs : never }[keyof F]
