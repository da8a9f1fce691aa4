import { aliasPrefix, type Principal } from '../claims/principal.js'
import type { Column } from '../catalog/model.js'
import { fieldScope, type Allowed } from './decide.js'
import { forbiddenFields } from './forbidden.js'
import { governing, rulesReading, type Policy } from './policy.js'
import type { Rule } from './rule.js'
import type { RuleSet } from './rule-set.js'
import { isLifted, ruleScope, scopeOf } from './rule-scope.js'
import { all, allOf, anyOf, none, sameScope, type Scope, type ScopeValue } from './scope.js'

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
  /** What to try when no row meets the guards: the sent owner is not the stored one, and may be written. */
  readonly otherwise?: GuardedUpdate
}

/** Under which condition a column may be sent, and whether the value is then the stored one, so not written. */
interface ColumnChange {
  readonly scope: Scope
  readonly isUnchanged: boolean
}

/**
 * The conditions under which a caller may write these values (RULES section 4), all of which go into the WHERE of
 * the one statement: the row is open to `update` for every field sent, and nobody gains an operation by writing a
 * column that rules look at.
 *
 * @param read what the caller needs a right for to know a row: `list` where the write itself looks for rows
 * @throws {ClaimstakeError} `FORBIDDEN_FIELD` naming the fields he may write on no row at all
 */
export function updateGuards(
  decision: Allowed,
  principal: Principal,
  sent: Values,
  read: 'get' | 'list' = 'get',
): GuardedUpdate {
  const ways: (readonly [string, ColumnChange])[][] = []
  for (const field of Object.keys(sent)) {
    const changes = ruleColumnChanges(decision, principal, field, sent[field], read)
    if (changes.length > 0) ways.push(changes.map((change) => [field, change]))
  }
  // Stryker disable next-line ConditionalExpression: most updates are of no such column, and are done here
  if (ways.length === 0) return guardsWith(decision, sent, unruled)
  const attempts = combinations(ways).map((changes) => guardsWith(decision, sent, new Map(changes)))
  return attempts.reduceRight((otherwise, attempt) => ({ ...attempt, otherwise }))
}

const unruled: ReadonlyMap<string, ColumnChange> = new Map()

/** One way for each field, in every combination; the first ways first. */
function combinations<Way>(fields: readonly (readonly Way[])[]): Way[][] {
  return fields.reduce<Way[][]>(
    (begun, ways) => begun.flatMap((some) => ways.map((way) => [...some, way])),
    [[]],
  )
}

function guardsWith(
  decision: Allowed,
  sent: Values,
  changes: ReadonlyMap<string, ColumnChange>,
): GuardedUpdate {
  const fields = Object.keys(sent)
  const ruledByModel = fields.filter((field) => !decision.fieldScopes.has(field))
  if (ruledByModel.length > 0 && decision.modelScope.kind === 'none') throw forbiddenFields(ruledByModel)
  const guards: Guard[] = []
  const refused = new Set<string>()
  if (ruledByModel.length > 0) guards.push({ scope: decision.modelScope })
  if (fields.length === 0) guards.push({ scope: decision.scope })
  const guard = (field: string, scope: Scope) => {
    guards.push({ scope, field })
    if (scope.kind === 'none') refused.add(field)
  }
  for (const field of fields) {
    const [own, change] = [decision.fieldScopes.get(field), changes.get(field)]
    if (own) guard(field, own)
    if (change) guard(field, change.scope)
  }
  if (refused.size > 0) throw forbiddenFields([...refused])
  return { guards, data: withoutUnchanged(sent, changes) }
}

function withoutUnchanged(sent: Values, changes: ReadonlyMap<string, ColumnChange>): Values {
  // Stryker disable next-line ConditionalExpression: it only saves writing out what is all there
  if (changes.size === 0) return sent
  return Object.fromEntries(Object.entries(sent).filter(([field]) => !changes.get(field)?.isUnchanged))
}

/** The ways in which a column that rules look at may be sent, in the order to try them; none for other columns. */
function ruleColumnChanges(
  decision: Allowed,
  principal: Principal,
  field: string,
  value: unknown,
  read: 'get' | 'list',
): ColumnChange[] {
  const { policy } = decision
  const rules = rulesReading(policy, field)
  const column = rules[0]?.column
  if (!column) return []
  const lifted = isLifted(policy, principal, field, 'update') ? all : transferScope(rules, principal)
  const writable = (scope: Scope): ColumnChange => ({ scope, isUnchanged: false })
  if (column.list || !rules.some((rule) => rule.strategy === 'owner')) {
    const empties = column.list && (value === null || (Array.isArray(value) && value.length === 0))
    if (lifted.kind === 'all') return []
    return [writable(empties ? none : anyOf([holdsAllOf(policy, principal, field), lifted]))]
  }
  const same = unchanged(column, rules, principal, value)
  const known = anyOf([scopeOf(governing(policy, field), principal, read), ownScope(rules, principal)])
  // Who may not know the owner must not learn it from what is accepted; mostly whoever may update may read.
  const knows = sameScope(known, fieldScope(decision, field)) ? all : known
  const stored: ColumnChange = { scope: allOf([same, knows]), isUnchanged: true }
  if (lifted.kind === 'none') return [stored]
  // Only an identity kept as a composite is sent back in another form than it is stored in.
  const inTurn = same.kind === 'anyOf' && stored.scope.kind !== 'none'
  return inTurn ? [stored, writable(lifted)] : [writable(anyOf([stored.scope, lifted]))]
}

/** The rows whose column names the caller, or a group of his: that much he knows. */
function ownScope(rules: readonly Rule[], principal: Principal): Scope {
  return anyOf(rules.map((rule) => ruleScope(rule, principal)))
}

/** The rows a caller may hand over: those of the transferable rules that match him. */
function transferScope(rules: readonly Rule[], principal: Principal): Scope {
  const transferring = rules.filter((rule) => rule.transferable && rule.operations.has('update'))
  return anyOf(transferring.map((rule) => ruleScope(rule, principal)))
}

/** The stored owner is the one that is sent, as stored or as REST shows it. */
function unchanged(column: Column, rules: readonly Rule[], principal: Principal, value: unknown): Scope {
  if (value === null) return { kind: 'isNull', column: column.name }
  const same: Scope = { kind: 'equals', column: column.name, values: [value as ScopeValue] }
  const composite = rules.some(
    ({ strategy, identityPath = principal.identityPath }) =>
      strategy === 'owner' && identityPath.parts.length > 1,
  )
  if (!composite || typeof value !== 'string' || column.native === 'Uuid') return same
  const alias = aliasPrefix(value, [principal.alias, ...principal.otherAliases])
  return anyOf([same, { kind: 'shows', column: column.name, alias, last: value.slice(alias.length) }])
}

/**
 * The rows on which the caller already holds every operation that the rules reading a column grant, on the model
 * and on each field whose own rules read it.
 */
function holdsAllOf(policy: Policy, principal: Principal, field: string): Scope {
  const needed = (rules: RuleSet) => {
    const reading = rules.all.filter((rule) => rule.column?.name === field)
    const granted = new Set(reading.flatMap((rule) => [...rule.operations]))
    granted.delete('create')
    return [...granted].map((operation) => scopeOf(rules, principal, operation))
  }
  return allOf([policy.rules, ...policy.fields.values()].flatMap(needed))
}
