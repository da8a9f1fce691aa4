import type { Column, Model } from '../catalog/model.js'
import type { Rule } from './rule.js'
import type { RuleSet } from './rule-set.js'

/** The rules of one model and of its fields. An empty policy denies everything. */
export interface Policy {
  readonly model: Model
  /** The model's own rules, or those of the schema where it has none. */
  readonly rules: RuleSet
  /** Fields with rules of their own, which replace the model's. */
  readonly fields: ReadonlyMap<string, RuleSet>
  /** Many-to-many relations whose other rows may be linked by whoever may get them, not only by who may update them. */
  readonly openLinks: ReadonlySet<string>
  /** Counts the writes of a row; raised by one in every update. */
  readonly version: Column | undefined
  /** The last path segment of the collection, where the model names one. */
  readonly path: string | undefined
  /** Whether a caller may choose the id although the schema has a default for it. */
  readonly clientIds: boolean
  /** Whether a row is changed and deleted only by a caller who says which state of it he knows. */
  readonly requireIfMatch: boolean
}

export type Policies = ReadonlyMap<string, Policy>

/** Every rule of a model, its fields' included. */
export function rulesOf(policy: Policy): readonly Rule[] {
  const known = every.get(policy) ?? [policy.rules, ...policy.fields.values()].flatMap(({ all }) => all)
  every.set(policy, known)
  return known
}

// A policy does not change, and every column of a write asks.
const every = new WeakMap<Policy, readonly Rule[]>()

/** The columns that rules of a model or of its fields look at, each once. */
export function ruleColumns(policy: Policy): readonly Column[] {
  return [...new Set(rulesOf(policy).flatMap(({ column }) => column ?? []))]
}

/** The rules that look at a column, whichever field they are for. */
export function rulesReading(policy: Policy, column: string): readonly Rule[] {
  const known = reading.get(policy) ?? byColumn(rulesOf(policy))
  reading.set(policy, known)
  return known.get(column) ?? noRule
}

function byColumn(rules: readonly Rule[]): ReadonlyMap<string, readonly Rule[]> {
  const found = new Map<string, Rule[]>()
  for (const rule of rules) {
    if (rule.column) found.set(rule.column.name, [...(found.get(rule.column.name) ?? []), rule])
  }
  return found
}

const reading = new WeakMap<Policy, ReadonlyMap<string, readonly Rule[]>>()
const noRule: readonly Rule[] = []

/** The rules that govern a field: its own if it has any, else the model's. */
export function governing(policy: Policy, field: string): RuleSet {
  return policy.fields.get(field) ?? policy.rules
}
