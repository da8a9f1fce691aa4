import type { Plan, Script } from './plan.js'
import { unsupported } from './unsupported.js'

/**
 * The plan of a call that is to be one statement.
 *
 * @param where what can take no other, and what to use instead, for the error
 * @throws {ClaimstakeError} `UNSUPPORTED_ARGUMENT` that names what makes it several
 */
export function oneStatement(plan: Plan | Script, where: string): Plan {
  const several = (because: string) =>
    unsupported(`${plan.model.delegate}.${plan.method} with ${because} in ${where}`)
  if ('run' in plan) throw several(plan.because)
  if (plan.references.length > 0) throw several('a foreign key')
  if (plan.otherwise) throw several('an owner that may be the stored one')
  if (plan.cursors && plan.cursors.length > 0) throw several('a cursor')
  return plan
}
