import { areCovered } from '../policy/coverage.js'
import type { Operation } from '../policy/operation.js'
import { governing, rulesOf, type Policy } from '../policy/policy.js'
import type { Rule } from '../policy/rule.js'

/** Whether some caller could do this. The document leaves out what nobody can do. */
export function isOffered(policy: Policy, operation: Operation): boolean {
  return grantingRules(policy, operation).length > 0
}

/** The rules that open an operation; deleting asks the model's own alone. */
export function grantingRules(policy: Policy, operation: Operation): readonly Rule[] {
  const rules = operation === 'delete' ? policy.rules.all : rulesOf(policy)
  return rules.filter((rule) => rule.operations.has(operation))
}

/** Whether some caller can use a field in an operation. To whoever reads, the id comes with its row. */
export function isOpen(policy: Policy, field: string, operation: Operation): boolean {
  if (isId(policy, field) && operation !== 'create' && operation !== 'update') return true
  return fieldRules(policy, field, operation).length > 0
}

/**
 * Whether an update can end with a row its writer cannot get: some rule grants the one and not the other, or the
 * write itself can change whom a rule names.
 */
export function canLoseSight(policy: Policy): boolean {
  const transferable = rulesOf(policy).flatMap((rule) => (rule.transferable ? [rule.column] : []))
  const isSteady = ({ strategy, column }: Rule) =>
    column === undefined || (strategy === 'owner' && !column.list && !transferable.includes(column))
  return !areCovered(grantingRules(policy, 'update'), grantingRules(policy, 'get').filter(isSteady))
}

function fieldRules(policy: Policy, field: string, operation: Operation): readonly Rule[] {
  return governing(policy, field).all.filter((rule) => rule.operations.has(operation))
}

function isId({ model }: Policy, field: string): boolean {
  return model.id.some((id) => id.name === field)
}
