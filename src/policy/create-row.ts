import type { Principal } from '../claims/principal.js'
import { ClaimstakeError } from '../errors.js'
import type { Column } from '../catalog/model.js'
import { toColumnValue } from './column-value.js'
import type { Allowed } from './decide.js'
import { forbiddenFields, forbiddenOperation } from './forbidden.js'
import { rulesOf, type Policy } from './policy.js'
import type { DynamicRule, Rule } from './rule.js'
import { identityOf, isLifted, ruleScope } from './rule-scope.js'
import type { ScopeValue } from './scope.js'
import { testScope } from './test-scope.js'

type Values = Readonly<Record<string, unknown>>

/**
 * The row a create will store: the caller's values, stamped with his identity in every owner column he left out
 * (RULES section 4). Nothing the caller sends about ownership is trusted; it is checked.
 *
 * @param sent the columns the caller gave a value, `null` included
 * @throws {ClaimstakeError} `FORBIDDEN_FIELD` naming fields he may not write or an owner he may not choose,
 *   `FORBIDDEN_OPERATION` when no rule covers the row, `INVALID_INPUT` when a required owner stays unknown
 */
export function createRow(decision: Allowed, principal: Principal, sent: Values): Values {
  const { policy } = decision
  const row = stamp(policy, principal, sent)
  const owners = ownerColumns(policy)
  const chosen = owners.filter(({ name }) => !mayChooseOwner(policy, principal, name, sent[name]))
  if (chosen.length > 0) throw forbiddenFields(chosen.map(({ name }) => name))

  const refused = Object.keys(sent).filter((field) => {
    const scope = decision.fieldScopes.get(field)
    return scope !== undefined && !testScope(scope, row)
  })
  if (refused.length > 0) throw forbiddenFields(refused)
  const ruledByModel = Object.keys(sent).filter((field) => !decision.fieldScopes.has(field))
  const needsModel = ruledByModel.length > 0 || Object.keys(sent).length === 0
  if (needsModel && !testScope(decision.modelScope, row)) {
    const blamed = decision.modelScope.kind === 'none' ? ruledByModel : ruleColumns(policy, ruledByModel)
    throw blamed.length > 0 ? forbiddenFields(blamed) : forbiddenOperation(policy, principal, 'create')
  }

  const unowned = owners.filter(({ name, required }) => required && row[name] === undefined)
  if (unowned.length > 0) throw ownerNeeded(unowned.map(({ name }) => name))
  return withEmptyLists(policy, row)
}

/** Prisma stores SQL NULL in a list column that was left out; a list that is empty says so. */
function withEmptyLists(policy: Policy, row: Values): Values {
  const missing = [...policy.model.columns.values()].filter(
    (column) => column.list && column.default === undefined && (row[column.name] ?? undefined) === undefined,
  )
  return { ...row, ...Object.fromEntries(missing.map((column) => [column.name, []])) }
}

/** Puts the caller into every owner column that a rule with `create` names and he left out. */
function stamp(policy: Policy, principal: Principal, sent: Values): Values {
  const stamps: Record<string, ScopeValue | readonly ScopeValue[]> = {}
  for (const rule of creatingOwnerRules(policy)) {
    const identity = identityOf(rule, principal)
    if (!identity || sent[rule.column.name] !== undefined) continue
    const value = toColumnValue(rule.column, identity.value)
    if (value !== undefined) stamps[rule.column.name] ??= rule.column.list ? [value] : value
  }
  return { ...sent, ...stamps }
}

/** The single-owner columns that an owner rule with `create` names: what is sent there is checked. */
function ownerColumns(policy: Policy): Column[] {
  const columns = creatingOwnerRules(policy).map(({ column }) => column)
  return [...new Set(columns)].filter(({ list }) => !list)
}

/** The fields whose values decided that no rule covers the row: owners and groups that do not name the caller. */
function ruleColumns({ rules }: Policy, sent: readonly string[]): string[] {
  const deciding = rules.all.filter((rule) => rule.operations.has('create')).map((rule) => rule.column?.name)
  return sent.filter((field) => deciding.includes(field))
}

/** A caller may name himself as owner; a static group or custom rule that lets him create lets him name anyone. */
function mayChooseOwner(policy: Policy, principal: Principal, column: string, value: unknown): boolean {
  if (value === undefined || value === null) return true
  // The row has this column alone: no rule of another one matches it.
  const isHis = (rule: Rule) => testScope(ruleScope(rule, principal), { [column]: value })
  return creatingOwnerRules(policy).some(isHis) || isLifted(policy, principal, column, 'create')
}

function creatingOwnerRules(policy: Policy): readonly DynamicRule[] {
  const isOne = (rule: Rule): rule is DynamicRule =>
    rule.strategy === 'owner' && rule.operations.has('create')
  return rulesOf(policy).filter(isOne)
}

function ownerNeeded(fields: readonly string[]): ClaimstakeError {
  return new ClaimstakeError('INVALID_INPUT', {
    detail: 'The row needs an owner and your token has no identity to put there.',
    errors: fields.map((field) => ({ pointer: `/${field}`, code: 'required', detail: 'an owner is needed' })),
  })
}
