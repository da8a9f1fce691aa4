import { knownGroups, knownIdentity } from '../claims/known-claims.js'
import type { Principal } from '../claims/principal.js'
import type { Identity } from '../claims/read-claims.js'
import { toColumnValue } from './column-value.js'
import type { Operation } from './operation.js'
import { governing, type Policy } from './policy.js'
import type { DynamicRule, Rule } from './rule.js'
import { isDynamic, takesEveryone, type GroupNames, type RuleSet } from './rule-set.js'
import { all, anyOf, none, type Scope, type ScopeValue } from './scope.js'

/**
 * The rows that rules open to a caller for an operation: every row as soon as one rule looks at none, else the union
 * of those that each rule opens.
 */
export function scopeOf(rules: RuleSet, principal: Principal, operation: Operation): Scope {
  const { everyone, groups, dynamic } = rules.granting(operation, principal.provider)
  if (everyone || groups.some((place) => isMember(place, principal))) return all
  return anyOf(dynamic.map((rule) => holding(rule, principal)))
}

/** The rows one rule opens to a caller, for the operations it grants. */
export function ruleScope(rule: Rule, principal: Principal): Scope {
  if (!rule.providers.includes(principal.provider)) return none
  if (isDynamic(rule)) return holding(rule, principal)
  const { groups, groupPath, separator } = rule
  const matches = groups ? isMember({ groups, groupPath, separator }, principal) : takesEveryone(rule)
  return matches ? all : none
}

/** The caller's identity under an owner rule; `undefined` if the rule is not for him or the claim is absent. */
export function identityOf(rule: Rule, principal: Principal): Identity | undefined {
  return rule.providers.includes(principal.provider) ? knownIdentity(principal, rule.identityPath) : undefined
}

/**
 * Whether a static group rule or a custom rule for a field grants the caller an operation: those are for trusted
 * callers, and lift what is said about owners.
 */
export function isLifted(policy: Policy, principal: Principal, field: string, operation: Operation): boolean {
  const trusting = governing(policy, field).all.filter(
    (rule) => ['group', 'custom'].includes(rule.strategy) && rule.operations.has(operation),
  )
  // A rule that looks at a row is never open on all of them.
  return trusting.some((rule) => ruleScope(rule, principal).kind === 'all')
}

function isMember({ groups, groupPath, separator }: GroupNames, principal: Principal): boolean {
  const own = knownGroups(principal, groupPath, separator)
  // Not the other way round: rules may name any number of groups, a caller is in a thousand at most.
  for (const name of own) if (groups.has(name)) return true
  return false
}

/** The rows whose column names the caller, or one of his groups. */
function holding(rule: DynamicRule, principal: Principal): Scope {
  const { column } = rule
  const names =
    rule.strategy === 'owner'
      ? (knownIdentity(principal, rule.identityPath)?.matches ?? [])
      : [...knownGroups(principal, rule.groupPath, rule.separator)]
  const values = names.map((name) => toColumnValue(column, name)).filter(isValue)
  if (values.length === 0) return none
  return { kind: column.list ? 'has' : 'equals', column: column.name, values }
}

function isValue(value: ScopeValue | undefined): value is ScopeValue {
  return value !== undefined
}
