import type { ClaimPath, IdentityPath } from './claim-path.js'
import type { Principal } from './principal.js'
import { readGroups, readIdentity, type Identity } from './read-claims.js'

/** What was read from one caller's claims. */
interface Known {
  readonly identities: Map<string, Identity | undefined>
  readonly groups: Map<string, ReadonlySet<string>>
}

// A principal is frozen, its claims too, and lives as long as its token is remembered: what is read once stays true,
// and goes when it goes. There are as many entries as there are claim paths in the rules.
const known = new WeakMap<Principal, Known>()

/** {@link readIdentity}, read once for each caller and path. */
export function knownIdentity(
  principal: Principal,
  path: IdentityPath = principal.identityPath,
): Identity | undefined {
  const { identities } = knownOf(principal)
  if (!identities.has(path.text)) identities.set(path.text, readIdentity(principal, path))
  return identities.get(path.text)
}

/** {@link readGroups} as a set, read once for each caller, path and separator. */
export function knownGroups(
  principal: Principal,
  path: ClaimPath = principal.groupPath,
  separator?: string,
): ReadonlySet<string> {
  const { groups } = knownOf(principal)
  const key = `${separator ?? ''}:${path.text}`
  const read = groups.get(key) ?? new Set(readGroups(principal, path, { separator }))
  groups.set(key, read)
  return read
}

function knownOf(principal: Principal): Known {
  const entry = known.get(principal) ?? { identities: new Map(), groups: new Map() }
  known.set(principal, entry)
  return entry
}
