import type { Column } from '../catalog/model.js'
import { rulesOf, type Policy } from '../policy/policy.js'
import { identityOf } from '../policy/rule-scope.js'
import type { Principal } from '../claims/principal.js'

/**
 * What may be stored for a value that a caller asks for. On an owner column he may write his own identity as REST
 * shows it: `ana` finds what is stored as `sub::ana` too.
 */
export function storedForms(
  policy: Policy,
  principal: Principal,
  { name }: Column,
  value: unknown,
): unknown[] {
  const identities = ownerRules(policy, name).flatMap((rule) => identityOf(rule, principal) ?? [])
  const own = identities.filter((identity) => identity.shown === value && identity.value !== value)
  return [value, ...own.map((identity) => identity.value)]
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

/** Whether what a column holds of an owner may be more than is shown, for some caller whom the rules know of. */
export function isComposite(policy: Policy, column: Column): boolean {
  return ownerRules(policy, column.name).some((rule) => (rule.identityPath?.parts.length ?? 1) > 1)
}
