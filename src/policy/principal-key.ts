import type { IdentityPath } from '../claims/claim-path.js'
import { readGroups, readIdentity } from '../claims/read-claims.js'
import type { Principal } from '../claims/principal.js'
import { rulesOf, type Policies } from './policy.js'

/**
 * Everything the rules can tell callers apart by, as text: provider, issuer, `sub`, and the value of every claim path
 * a rule names. Two callers with equal texts see equal rows; a bare `sub` would merge the callers of two issuers.
 *
 * The text holds claims: it is only ever used as the input of a keyed digest.
 */
export function principalText(policies: Policies): (principal: Principal) => string {
  const rules = [...policies.values()].flatMap(rulesOf)
  const identities = identityPaths(policies)
  const groups = distinct(rules.map(({ groupPath, separator }) => groupPath && { ...groupPath, separator }))
  return (principal) =>
    JSON.stringify([
      principal.provider,
      principal.issuer,
      principal.claims['sub'],
      identities.map((path) => readIdentity(principal, path)?.value),
      // Membership has no order: a token that lists the same groups otherwise is of the same caller.
      [undefined, ...groups].map((path) => [...new Set(readGroups(principal, path, path))].sort()),
    ])
}

/**
 * Whether a caller has an identity value under any claim path. Callers without one can be many people with one
 * principal key.
 */
export function isIdentified(policies: Policies): (principal: Principal) => boolean {
  const identities = identityPaths(policies)
  return (principal) => identities.some((path) => readIdentity(principal, path) !== undefined)
}

/**
 * Whether a caller's key is likely his alone, because it holds an identity or a `sub`: where it does not, all callers
 * whom nothing tells apart have the same one, and what is counted under it is counted for strangers.
 */
export function isTold(policies: Policies): (principal: Principal) => boolean {
  const identified = isIdentified(policies)
  return (principal) => identified(principal) || isText(principal.claims['sub'])
}

function isText(value: unknown): boolean {
  return (typeof value === 'string' && value !== '') || typeof value === 'number'
}

/** The issuer's own (`undefined`), and those that rules name. */
function identityPaths(policies: Policies): readonly (IdentityPath | undefined)[] {
  const rules = [...policies.values()].flatMap(rulesOf)
  return [undefined, ...distinct(rules.map(({ identityPath }) => identityPath))]
}

/** Each path once; those that are not there are left out. */
function distinct<Path extends { readonly text: string; readonly separator?: string | undefined }>(
  paths: readonly (Path | undefined)[],
): Path[] {
  const written = new Map(paths.map((path) => [JSON.stringify([path?.text, path?.separator]), path]))
  return [...written.values()].filter((path) => path !== undefined)
}
