import type { ClaimPath, IdentityPath } from '../claims/claim-path.js'
import type { Provider } from '../claims/principal.js'
import type { Column, Model } from '../catalog/model.js'
import type { Operation } from './operation.js'
import type { Strategy } from './rule-definition.js'

/** A compiled rule: names resolved, claim paths parsed, words expanded. */
export interface Rule {
  /** How messages name it: `owner() on "owner"`. */
  readonly label: string
  readonly strategy: Strategy
  readonly provider: Provider | undefined
  readonly operations: ReadonlySet<Operation>
  /** The column that holds owners or groups. */
  readonly column: Column | undefined
  /** The names of a static group rule. */
  readonly groups: ReadonlySet<string> | undefined
  readonly identityPath: IdentityPath | undefined
  readonly groupPath: ClaimPath | undefined
  readonly separator: string | undefined
  readonly transferable: boolean
}

/** The rules of one model and of its fields. An empty policy denies everything. */
export interface Policy {
  readonly model: Model
  /** The model's own rules, or those of the schema where it has none. */
  readonly rules: readonly Rule[]
  /** Fields with rules of their own, which replace the model's. */
  readonly fields: ReadonlyMap<string, readonly Rule[]>
  /** Counts the writes of a row; raised by one in every update. */
  readonly version: Column | undefined
  /** The last path segment of the collection, where the model names one. */
  readonly path: string | undefined
  /** Whether a caller may choose the id although the schema has a default for it. */
  readonly clientIds: boolean
}

export type Policies = ReadonlyMap<string, Policy>

/** Every rule of a model, its fields' included. */
export function rulesOf(policy: Policy): readonly Rule[] {
  return [...policy.rules, ...[...policy.fields.values()].flat()]
}

/** The rules that govern a field: its own if it has any, else the model's. */
export function governing(policy: Policy, field: string): readonly Rule[] {
  return policy.fields.get(field) ?? policy.rules
}
