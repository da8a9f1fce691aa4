import { readGroups, readIdentity, type Identity } from '../claims/read-claims.js'
import type { Principal } from '../claims/principal.js'
import { toColumnValue } from './column-value.js'
import type { Operation } from './operation.js'
import { governing, type Policy, type Rule } from './policy.js'
import { all, anyOf, none, type Scope, type ScopeValue } from './scope.js'

/** The rows the rules open to a caller for an operation: the union over the rules that grant it. */
export function scopeOf(rules: readonly Rule[], principal: Principal, operation: Operation): Scope {
  return anyOf(
    rules.filter((rule) => rule.operations.has(operation)).map((rule) => ruleScope(rule, principal)),
  )
}

/** The rows one rule opens to a caller: everything, nothing, or those whose column names him. */
export function ruleScope(rule: Rule, principal: Principal): Scope {
  if (!appliesTo(rule, principal)) return none
  if (rule.strategy === 'authenticated' || rule.strategy === 'guest') return all
  if (!rule.column) return inGroup(rule, principal) ? all : none
  const names = rule.strategy === 'owner' ? identityOf(rule, principal)?.matches : groupsOf(rule, principal)
  return holding(rule, names ?? [])
}

/** The caller's identity under an owner rule; `undefined` if the rule is not for him or the claim is absent. */
export function identityOf(rule: Rule, principal: Principal): Identity | undefined {
  return appliesTo(rule, principal) ? readIdentity(principal, rule.identityPath) : undefined
}

/** Whether a static group rule for a field grants the caller an operation: that lifts the rules about owners. */
export function isGrantedToGroup(
  policy: Policy,
  principal: Principal,
  field: string,
  operation: Operation,
): boolean {
  const granting = governing(policy, field).filter(
    (rule) => rule.strategy === 'group' && !rule.column && rule.operations.has(operation),
  )
  return granting.some((rule) => ruleScope(rule, principal).kind === 'all')
}

function appliesTo(rule: Rule, principal: Principal): boolean {
  if (rule.provider !== undefined) return rule.provider === principal.provider
  return principal.provider === 'userPools' || principal.provider === 'oidc'
}

function inGroup(rule: Rule, principal: Principal): boolean {
  return groupsOf(rule, principal).some((name) => rule.groups?.has(name))
}

function groupsOf(rule: Rule, principal: Principal): readonly string[] {
  return readGroups(principal, rule.groupPath, { separator: rule.separator })
}

function holding({ column }: Rule, names: readonly string[]): Scope {
  if (!column) return none
  const values = [...new Set(names)].map((name) => toColumnValue(column, name)).filter(isValue)
  if (values.length === 0) return none
  return { kind: column.list ? 'has' : 'equals', column: column.name, values }
}

function isValue(value: ScopeValue | undefined): value is ScopeValue {
  return value !== undefined
}
