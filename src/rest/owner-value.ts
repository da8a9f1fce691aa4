import { rulesOf, type Policy } from '../policy/policy.js'
import { identityOf } from '../policy/rule-scope.js'
import type { Principal } from '../claims/principal.js'
import type { Call } from './call.js'

/**
 * The filter for one column. On an owner column the caller may write his own identity as REST shows it: `ana`
 * finds what is stored as `sub::ana` too.
 */
export function ownerForms(
  { resource, principal }: Call,
  column: string,
  value: unknown,
): Readonly<Record<string, unknown>> {
  const identities = ownerRules(resource.policy, column).flatMap((rule) => identityOf(rule, principal) ?? [])
  const own = identities.filter((identity) => identity.shown === value && identity.value !== value)
  if (own.length === 0) return { [column]: { equals: value } }
  return { [column]: { in: [value, ...own.map((identity) => identity.value)] } }
}

/**
 * The columns whose composite identities are shown as their last part. An id is shown as it is stored, because it is
 * also the row's address; so is a list, because a caller who sends it back must not cut what is stored.
 */
export function compositeOwners(policy: Policy, principal: Principal): ReadonlySet<string> {
  const composite = rulesOf(policy).filter(
    (rule) => rule.strategy === 'owner' && (rule.identityPath ?? principal.identityPath).parts.length > 1,
  )
  const single = composite.flatMap(({ column }) =>
    column && !column.list && !policy.model.id.includes(column) ? [column.name] : [],
  )
  return new Set(single)
}

function ownerRules(policy: Policy, column: string) {
  return rulesOf(policy).filter((rule) => rule.strategy === 'owner' && rule.column?.name === column)
}
