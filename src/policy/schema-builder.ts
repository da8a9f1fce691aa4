import type { Catalog } from '../catalog/catalog.js'
import type { Allow } from './allow.js'
import type { ColumnNeed, RuleOf } from './rule-definition.js'
import type { FieldDefinition, ModelDefinition, SchemaDefinition } from './schema-definition.js'

/** Any rule at all. */
export type AnyRule = RuleOf<ColumnNeed>
/** What `.authorization()` takes. */
export type RuleCallback<R extends AnyRule> = (allow: Allow) => R | readonly R[]
type NeedsOf<R> = R extends RuleOf<infer C> ? C : never

/** A field being described. */
export interface FieldBuilder<C extends ColumnNeed = never> {
  readonly definition: FieldDefinition
  readonly needs?: readonly [C]
  /** Rules of this field; they replace the model's for it. Operations: create, read, update. */
  authorization<const R extends AnyRule>(callback: RuleCallback<R>): FieldBuilder<NeedsOf<R>>
}

/** Fields by name. */
export type FieldBuilders = Readonly<Record<string, FieldBuilder<ColumnNeed>>>

/** A model being described. */
export interface ModelBuilder<F = unknown, C extends ColumnNeed = never> {
  readonly definition: ModelDefinition
  readonly fields?: F
  readonly needs?: readonly [C]
  /** Rules of this model; they replace the schema's. */
  authorization<const R extends AnyRule>(callback: RuleCallback<R>): ModelBuilder<F, NeedsOf<R>>
  /** The collection's path segment, where the plural of the model's name is not the right word. */
  path(segment: string): ModelBuilder<F, C>
  /** The column that counts a row's writes, where it is not named `version`. */
  version(column: string): ModelBuilder<F, C>
  /** Lets callers choose the id of a row they create (offline-first apps), though the schema has a default for it. */
  clientIds(): ModelBuilder<F, C>
  /** Over REST, changes and deletes a row only under `If-Match`; without it the answer is 428. */
  requireIfMatch(): ModelBuilder<F, C>
}

/** A complete schema of rules. */
export interface SchemaBuilder<C extends Catalog, S> {
  readonly definition: SchemaDefinition
  readonly models?: S
  readonly catalog?: C
  /** Rules for every model named here that has none of its own. */
  authorization(callback: RuleCallback<AnyRule>): SchemaBuilder<C, S>
}
