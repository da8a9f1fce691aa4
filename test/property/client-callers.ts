import { anonymous, principal, type Principal } from '../../src/claims/principal.js'
import type { Draw } from './client-draw.js'

/** Who owns rows; `dee` owns many and never calls. */
export const people = ['ana', 'bo', 'cy', 'dee'] as const
export const groups = ['staff', 'audit', 'Moderator', 'HR', 'red', 'blue'] as const

/** A caller: mostly one who owns rows, sometimes in a group that may do more, sometimes nobody. */
export function drawCaller(draw: Draw): Principal {
  const kind = draw.int(0, 19)
  if (kind === 19) return anonymous
  if (kind === 18) return principal({ provider: 'apiKey', issuer: '', claims: {} })
  const name = draw.one(['ana', 'bo', 'cy'])
  const own = draw.some(groups, 2)
  return principal({
    provider: 'oidc',
    issuer: 'https://id',
    claims: { sub: name, user_id: name, groups: own, user_groups: own },
  })
}
