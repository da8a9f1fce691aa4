import type { Catalog } from '../catalog/catalog.js'
import type { ClaimsEnrichment } from '../claims/claims-enrichment.js'
import type { CustomAuthorizer } from '../claims/custom-authorizer.js'
import { allow } from './allow.js'
import type { CheckedSchema } from './checked-schema.js'
import type { ColumnNeed, RuleDefinition } from './rule-definition.js'
import type {
  AnyRule,
  FieldBuilder,
  FieldBuilders,
  ModelBuilder,
  RuleCallback,
  SchemaBuilder,
} from './schema-builder.js'
import type { FieldDefinition, ModelDefinition, ModelOptions, SchemaDefinition } from './schema-definition.js'
import type { StampedBy, StampedColumns } from './stamped-columns.js'

/** The rules together with the catalog they were written against: what `claimstake()` takes. */
export interface Data<Stamped extends StampedColumns = StampedColumns, Unscoped extends object = object> {
  readonly catalog: Catalog
  readonly schema: SchemaDefinition
  /** Who judges credentials of the provider `function`. */
  readonly authorizer?: CustomAuthorizer | undefined
  /** Who adds to the claims of tokens, before rules read them. */
  readonly enrichment?: ClaimsEnrichment<Unscoped> | undefined
  /** Never set: it carries to the type checker what a create need not send. */
  readonly stamped?: readonly [Stamped]
}

/** What `a.model()` knows of fields when it is given none. */
// eslint-disable-next-line @typescript-eslint/no-generated-empty-object-type -- it has no keys: that is its point
type NoFields = Record<never, FieldBuilder>

/**
 * Makes `a` and `defineData` for one catalog. The generated `claimstake.ts` calls it; the types of what it returns
 * follow the catalog, so a misspelt model or field does not compile.
 */
export function builder<const C extends Catalog>(catalog: C) {
  const a = {
    /** Who may do what, model by model. A model that is not named is closed. */
    schema: <const S extends Readonly<Record<string, ModelBuilder<unknown, ColumnNeed, string>>>>(
      models: S & CheckedSchema<C, S>,
    ): SchemaBuilder<C, S> => schemaBuilder({ models: definitionsOf(models) }),
    /** One model; name the fields that have rules of their own. */
    model,
    /** One field, to give it rules of its own. */
    field: (): FieldBuilder => fieldBuilder({}),
  }
  /** Joins the rules with the catalog. They are checked against each other when `claimstake()` starts. */
  const defineData = <S, Unscoped extends object = object>(parts: {
    readonly schema: SchemaBuilder<C, S>
    readonly authorizer?: CustomAuthorizer
    readonly enrichment?: ClaimsEnrichment<Unscoped>
  }): Data<StampedBy<S>, Unscoped> => {
    const { schema, authorizer, enrichment, ...others } = parts
    const unknown = Object.keys(others)
    if (unknown.length > 0)
      throw new TypeError(
        `defineData() takes schema, authorizer and enrichment, not ${unknown.join(', ')}; ${moving}`,
      )
    return { catalog, schema: schema.definition, authorizer, enrichment }
  }
  return { a: explaining(a, 'a', 'fields are described in schema.prisma'), defineData }
}

function model(): ModelBuilder<NoFields>
function model<const F extends FieldBuilders>(fields: F): ModelBuilder<F>
function model(fields: FieldBuilders = {}): ModelBuilder {
  return modelBuilder({ fields: definitionsOf(fields), options: {} })
}

function fieldBuilder<C extends ColumnNeed>(definition: FieldDefinition): FieldBuilder<C> {
  return {
    definition,
    authorization: (callback) => fieldBuilder({ rules: once(definition.rules, callback) }),
  }
}

function modelBuilder<F, C extends ColumnNeed, L extends string>(
  definition: ModelDefinition,
): ModelBuilder<F, C, L> {
  const withOptions = (options: ModelOptions) =>
    modelBuilder<F, C, L>({ ...definition, options: { ...definition.options, ...options } })
  return {
    definition,
    authorization: (callback) => modelBuilder({ ...definition, rules: once(definition.rules, callback) }),
    link: (relation, needs) =>
      modelBuilder({ ...definition, links: [...(definition.links ?? []), { relation, needs }] }),
    path: (path) => withOptions({ path }),
    version: (version) => withOptions({ version }),
    clientIds: (...none: readonly unknown[]) => {
      mustBeEmpty(none, 'clientIds')
      return withOptions({ clientIds: true })
    },
    requireIfMatch: (...none: readonly unknown[]) => {
      mustBeEmpty(none, 'requireIfMatch')
      return withOptions({ requireIfMatch: true })
    },
  }
}

/** `.clientIds(false)` would mean the reverse of what it says. */
function mustBeEmpty(none: readonly unknown[], option: string): void {
  if (none.length > 0) throw new TypeError(`.${option}() takes no argument; leave it out instead`)
}

function schemaBuilder<C extends Catalog, S>(definition: SchemaDefinition): SchemaBuilder<C, S> {
  return {
    definition,
    authorization: (callback) => schemaBuilder({ ...definition, rules: once(definition.rules, callback) }),
  }
}

function once(
  before: readonly RuleDefinition[] | undefined,
  callback: RuleCallback<AnyRule>,
): RuleDefinition[] {
  if (before) throw new TypeError('.authorization() stands twice')
  const result: unknown = callback(explaining(allow, 'allow', 'the strategies are in docs/rules.md'))
  const rules: unknown = isRule(result) ? [result] : result
  if (!Array.isArray(rules)) throw new TypeError('the callback of .authorization() returned no rule')
  return rules.map((rule: unknown, at) => {
    if (!isRule(rule))
      throw new TypeError(`.authorization(): item ${at + 1} is no rule; is it called, as in allow.owner()?`)
    return rule.definition
  })
}

function isRule(value: unknown): value is AnyRule {
  return typeof value === 'object' && value !== null && 'definition' in value
}

function definitionsOf<D>(builders: Readonly<Record<string, { readonly definition: D }>>): Record<string, D> {
  return Object.fromEntries(Object.entries(builders).map(([name, { definition }]) => [name, definition]))
}

const moving = 'see docs/amplify.md'

/** The same object, which says what to do instead of what Amplify has and it has not: `a.string()`. */
function explaining<Words extends object>(words: Words, name: string, instead: string): Words {
  return new Proxy(words, {
    get(target, word, receiver): unknown {
      if (typeof word === 'string' && !(word in target))
        throw new TypeError(`there is no ${name}.${word}(): ${instead}; ${moving}`)
      return Reflect.get(target, word, receiver)
    },
  })
}
