import type { Principal } from '../claims/principal.js'
import { decide } from './decide.js'
import type { Policy } from './policy.js'
import { testScope } from './test-scope.js'

/**
 * Whether a caller may write the links of a stored row over many-to-many relations that Prisma keeps a table for. Such a
 * relation is a field without rules of its own: the model's rules must hold the row for an update, or for the create that
 * made it; a rule of some other field, which opens the row for that field alone, does not do.
 */
export function mayLink(
  policy: Policy,
  principal: Principal,
  operation: 'create' | 'update',
  row: Readonly<Record<string, unknown>>,
): boolean {
  const decision = decide(policy, principal, operation)
  return decision.allowed && testScope(decision.modelScope, row)
}
