import type { Principal } from '../claims/principal.js'
import type { Operation } from './operation.js'
import type { Policy } from './policy.js'
import { scopeOf } from './rule-scope.js'
import { anyOf, sameScope, type Scope } from './scope.js'

/** The caller may not do this, whatever rows there are. */
export interface Denied {
  readonly allowed: false
}

/** The caller may do this with the rows in `scope`. */
export interface Allowed {
  readonly allowed: true
  readonly operation: Operation
  readonly policy: Policy
  /** The rows: those of the model's rules and those that a field's rules open. */
  readonly scope: Scope
  /** The rows for which a field without rules of its own is open. */
  readonly modelScope: Scope
  /** The rows for which a field with rules of its own is open. */
  readonly fieldScopes: ReadonlyMap<string, Scope>
}

export type Decision = Denied | Allowed

/**
 * Decides what a caller may do with a model (RULES section 3). Pure: no row is looked at; a decision that depends
 * on rows carries the condition as a scope.
 *
 * A row is open to `get`, `list` and `update` if any of its fields is; its id comes with it. `delete` asks the
 * model's rules alone.
 */
export function decide(policy: Policy, principal: Principal, operation: Operation): Decision {
  const known = decisions.get(principal)?.get(policy)?.get(operation)
  if (known) return known
  const decision = decideNow(policy, principal, operation)
  knownOf(principal, policy).set(operation, decision)
  return decision
}

// A request asks several times, and a caller sends many requests: a decision depends on nothing that can change.
const decisions = new WeakMap<Principal, WeakMap<Policy, Map<Operation, Decision>>>()

function knownOf(principal: Principal, policy: Policy): Map<Operation, Decision> {
  const ofPrincipal = decisions.get(principal) ?? new WeakMap<Policy, Map<Operation, Decision>>()
  const ofPolicy = ofPrincipal.get(policy) ?? new Map<Operation, Decision>()
  decisions.set(principal, ofPrincipal.set(policy, ofPolicy))
  return ofPolicy
}

function decideNow(policy: Policy, principal: Principal, operation: Operation): Decision {
  const modelScope = scopeOf(policy.rules, principal, operation)
  const fieldScopes = new Map<string, Scope>()
  for (const [field, rules] of policy.fields) fieldScopes.set(field, scopeOf(rules, principal, operation))
  const scope = anyOf([modelScope, ...fieldScopes.values()])
  if (scope.kind === 'none') return { allowed: false }
  return { allowed: true, operation, policy, scope, modelScope, fieldScopes }
}

/** The rows on which a field is open under a decision. Ids come with the row. */
export function fieldScope(decision: Allowed, field: string): Scope {
  if (decision.policy.model.id.some((id) => id.name === field)) return decision.scope
  return decision.fieldScopes.get(field) ?? decision.modelScope
}

/** Whether a field is open on every row the decision allows, so that it may be sorted and grouped by. */
export function isOpenOnEveryRow(decision: Allowed, field: string): boolean {
  return sameScope(fieldScope(decision, field), decision.scope)
}
