import type { Policy } from '../policy/policy.js'

/** A column of the id: never null, so that "no row" can be written with it. */
export function anyColumn(policy: Policy): string {
  return policy.model.idKey.fields[0] ?? ''
}
