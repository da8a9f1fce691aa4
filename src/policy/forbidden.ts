import { issuedGroup } from '../claims/read-claims.js'
import type { Principal } from '../claims/principal.js'
import { ClaimstakeError } from '../errors.js'
import type { Operation } from './operation.js'
import type { Policy } from './policy.js'
import { isTokenScope } from './rule-set.js'

/**
 * The refusal of an operation on a model, or on a row of it. Where a rule for it reads the scope of tokens, a caller with
 * a token is told which one would do (RFC 6750 section 3.1), the same for every row.
 */
export function forbiddenOperation(
  policy: Policy,
  principal: Principal,
  operation: Operation,
): ClaimstakeError {
  const challenge = scopeChallenge(policy, principal, operation)
  return new ClaimstakeError(
    'FORBIDDEN_OPERATION',
    challenge === undefined ? {} : { headers: { 'WWW-Authenticate': challenge } },
  )
}

/** The refusal of a write for the sake of single fields, naming them. */
export function forbiddenFields(fields: readonly string[]): ClaimstakeError {
  return new ClaimstakeError('FORBIDDEN_FIELD', {
    detail: `You may not write ${fields.join(', ')} like this.`,
    errors: fields.map((field) => ({
      pointer: `/${field}`,
      code: 'forbidden',
      detail: 'not writable by you',
    })),
  })
}

/** Characters of a scope attribute at most: a longer header would not get through every proxy. */
const longest = 1024

function scopeChallenge(policy: Policy, principal: Principal, operation: Operation): string | undefined {
  const { provider, groups, groupPath } = principal
  const hasToken = provider === 'oidc' || provider === 'userPools'
  if (!hasToken || groups === 'none') return undefined
  const scopes = [policy.rules, ...policy.fields.values()]
    .flatMap((rules) => rules.granting(operation, provider).scopes)
    .filter((each) => isTokenScope(each.groupPath ?? groupPath))
  if (scopes.length === 0) return undefined
  const values = scopes.flatMap(({ names }) => names.flatMap((name) => issuedGroup(principal, name) ?? []))
  const list = [...new Set(values)].join(' ')
  const needed = list === '' || list.length > longest ? '' : `, scope="${list}"`
  return `Bearer realm="claimstake", error="insufficient_scope"${needed}`
}
