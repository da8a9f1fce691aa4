import type { IdentityPath } from '../claims/claim-path.js'
import { knownIdentity } from '../claims/known-claims.js'
import type { Principal } from '../claims/principal.js'
import { readGroups } from '../claims/read-claims.js'
import { rulesOf, type Policies } from './policy.js'

// The texts below hold claims: they are only ever used as the input of a keyed digest or a seal. A bare `sub` stands in
// none of them, for it would merge the callers of two issuers.

/**
 * Everything the rules can tell callers apart by, as text: who they are, and the groups under every claim path that a
 * rule names. Two callers with equal texts see equal rows.
 */
export function principalText(policies: Policies): (principal: Principal) => string {
  const rules = [...policies.values()].flatMap(rulesOf)
  const identities = identityPaths(policies)
  const groups = distinct(rules.map(({ groupPath, separator }) => groupPath && { ...groupPath, separator }))
  return (principal) =>
    JSON.stringify([
      ...identityOf(principal, identities),
      // Membership has no order: a token that lists the same groups otherwise is of the same caller.
      [undefined, ...groups].map((path) => [...new Set(readGroups(principal, path, path))].sort()),
    ])
}

/**
 * Who a caller is, as text: provider, issuer, `sub`, and the value of every claim path that a rule names as an identity.
 * What is kept for callers goes by it, so groups are not in it: the next token of the same caller may name one more, and
 * the claims enrichment may find one more for the same token. Only where there is no identity it is the whole
 * {@link principalText}, which then is all there is to tell callers apart by.
 */
export function identityText(policies: Policies): (principal: Principal) => string {
  const identities = identityPaths(policies)
  const isKnown = isIdentified(policies)
  const wholeText = principalText(policies)
  return (principal) =>
    isKnown(principal) ? JSON.stringify(identityOf(principal, identities)) : wholeText(principal)
}

/**
 * Whether a caller has an identity: a value under a claim path that is named as one, or a `sub`, which an issuer gives to
 * one subject only (RFC 7519 section 4.1.2). Callers without one can be many people with one key.
 */
export function isIdentified(policies: Policies): (principal: Principal) => boolean {
  const identities = identityPaths(policies)
  return (principal) =>
    isName(principal.claims['sub']) || identities.some((path) => knownIdentity(principal, path) !== undefined)
}

function identityOf(principal: Principal, paths: readonly (IdentityPath | undefined)[]): unknown[] {
  const { provider, issuer, claims } = principal
  return [provider, issuer, claims['sub'], paths.map((path) => knownIdentity(principal, path)?.value)]
}

function isName(value: unknown): boolean {
  return (typeof value === 'string' && value.trim() !== '') || typeof value === 'number'
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
