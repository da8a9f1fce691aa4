import { aliasPrefix, type Principal } from '../claims/principal.js'
import type { Column } from '../catalog/model.js'
import { decide, type Allowed } from './decide.js'
import { forbiddenFields } from './forbidden.js'
import { rulesOf, type Policy, type Rule } from './policy.js'
import { isGrantedToGroup, ruleScope } from './rule-scope.js'
import { allOf, anyOf, none, type Scope, type ScopeValue } from './scope.js'

type Values = Readonly<Record<string, unknown>>

/** A condition the stored row must meet for an update; `field` is what is refused where it does not. */
export interface Guard {
  readonly scope: Scope
  readonly field?: string
}

/** What an update needs of the stored row, and what it writes. */
export interface GuardedUpdate {
  readonly guards: readonly Guard[]
  readonly data: Values
}

/**
 * The conditions under which a caller may write these values (RULES section 4), all of which go into the WHERE of
 * the one statement: the row is open to `update` for every field sent, and nobody gains an operation by writing a
 * column that rules look at.
 *
 * @throws {ClaimstakeError} `FORBIDDEN_FIELD` naming the fields he may write on no row at all
 */
export function updateGuards(decision: Allowed, principal: Principal, sent: Values): GuardedUpdate {
  const { policy } = decision
  const data: Record<string, unknown> = { ...sent }
  const guards: Guard[] = []
  let needsModel = Object.keys(sent).length === 0
  for (const field of Object.keys(sent)) {
    const own = decision.fieldScopes.get(field)
    if (own) guards.push({ scope: own, field })
    else needsModel = true
    const rules = rulesOf(policy).filter((rule) => rule.column?.name === field)
    if (rules.length === 0 || isGrantedToGroup(policy, principal, field, 'update')) continue
    const change = ruleColumnChange(policy, principal, rules, sent[field])
    guards.push({ scope: change.scope, field })
    if (change.dropped) data[field] = undefined
  }
  if (needsModel) {
    if (decision.modelScope.kind === 'none') {
      const fields = Object.keys(sent).filter((field) => !decision.fieldScopes.has(field))
      if (fields.length > 0) throw forbiddenFields(fields)
      guards.unshift({ scope: decision.scope })
    } else guards.unshift({ scope: decision.modelScope })
  }
  const refused = guards.flatMap(({ scope, field }) => (scope.kind === 'none' && field ? [field] : []))
  if (refused.length > 0) throw forbiddenFields([...new Set(refused)])
  return { guards, data: Object.fromEntries(Object.entries(data).filter(([, value]) => value !== undefined)) }
}

interface ColumnChange {
  readonly scope: Scope
  /** Whether the value can only be the stored one, so that it need not be written. */
  readonly dropped: boolean
}

function ruleColumnChange(
  policy: Policy,
  principal: Principal,
  rules: readonly Rule[],
  value: unknown,
): ColumnChange {
  const [{ column } = {}] = rules
  if (!column) return { scope: none, dropped: false }
  const transferable = anyOf(
    rules
      .filter((rule) => rule.transferable && rule.operations.has('update'))
      .map((rule) => ruleScope(rule, principal)),
  )
  if (!column.list && rules.some((rule) => rule.strategy === 'owner')) {
    const scope = anyOf([unchanged(column, rules, principal, value), transferable])
    return { scope, dropped: transferable.kind === 'none' }
  }
  if (column.list && (value === null || (Array.isArray(value) && value.length === 0)))
    return { scope: none, dropped: false }
  return { scope: anyOf([holdsAllOf(policy, principal, rules), transferable]), dropped: false }
}

/** The stored owner is the one that is sent, as stored or as REST shows it. */
function unchanged(column: Column, rules: readonly Rule[], principal: Principal, value: unknown): Scope {
  if (value === null) return { kind: 'isNull', column: column.name }
  const same: Scope = { kind: 'equals', column: column.name, values: [value as ScopeValue] }
  const composite = rules.some((rule) => (rule.identityPath ?? principal.identityPath).parts.length > 1)
  if (!composite || typeof value !== 'string') return same
  const alias = aliasPrefix(value, [principal.alias, ...principal.otherAliases])
  return anyOf([same, { kind: 'shows', column: column.name, alias, last: value.slice(alias.length) }])
}

/** The rows on which the caller already holds every operation that the rules of a column grant. */
function holdsAllOf(policy: Policy, principal: Principal, rules: readonly Rule[]): Scope {
  const granted = new Set(rules.flatMap((rule) => [...rule.operations]))
  return allOf(
    [...granted]
      .filter((operation) => operation !== 'create')
      .map((operation) => {
        const decision = decide(policy, principal, operation)
        return decision.allowed ? decision.scope : none
      }),
  )
}
