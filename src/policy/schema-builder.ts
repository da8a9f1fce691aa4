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

/** A model being described. `L` remembers in the type which relations `.link()` names. */
export interface ModelBuilder<F = unknown, C extends ColumnNeed = never, L extends string = never> {
  readonly definition: ModelDefinition
  readonly fields?: F
  readonly needs?: readonly [C]
  readonly links?: readonly [L]
  /** Rules of this model; they replace the schema's. */
  authorization<const R extends AnyRule>(callback: RuleCallback<R>): ModelBuilder<F, NeedsOf<R>, L>
  /**
   * Lets rows be linked over a many-to-many relation by whoever may get them, where without it whoever may update them
   * may. It is about the rows that the relation leads to; to link a row of this model takes an update of it all the same.
   *
   * @example Post: a.model().link('labels', 'get') // who may update a post may put any label on it that they can see
   */
  link<const N extends string>(relation: N, needs: 'get'): ModelBuilder<F, C, L | N>
  /** The collection's path segment, where the plural of the model's name is not the right word. */
  path(segment: string): ModelBuilder<F, C, L>
  /** The column that counts a row's writes, where it is not named `version`. */
  version(column: string): ModelBuilder<F, C, L>
  /** Lets callers choose the id of a row they create (offline-first apps), though the schema has a default for it. */
  clientIds(): ModelBuilder<F, C, L>
  /** Over REST, changes and deletes a row only under `If-Match`; without it the answer is 428. */
  requireIfMatch(): ModelBuilder<F, C, L>
}

/** A complete schema of rules. */
export interface SchemaBuilder<C extends Catalog, S> {
  readonly definition: SchemaDefinition
  readonly models?: S
  readonly catalog?: C
  /** Rules for every model named here that has none of its own. */
  authorization(callback: RuleCallback<AnyRule>): SchemaBuilder<C, S>
}
