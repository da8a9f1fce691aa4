import { readGroups, readIdentity } from '../claims/read-claims.js'
import type { Principal, Provider } from '../claims/principal.js'
import { decide } from '../policy/decide.js'
import { operations, type Operation } from '../policy/operation.js'
import { rulesOf } from '../policy/policy.js'
import type { Rule } from '../policy/rule.js'
import type { Resource } from './resource.js'

/** The caller as the service sees him: the answer to `GET /me`. No claims beyond what rules read. */
export interface Me {
  /** How he proved himself, in the words of rules. */
  readonly provider: Provider
  /** Who issued his token, where there is one. */
  readonly issuer?: string
  /** Who he is, as owner columns of his rows show it; `null` when his credentials hold no usable identity. */
  readonly identity: string | null
  /** The groups he is in, under every claim that rules read. */
  readonly groups: readonly string[]
  /** What can succeed, model by model; which rows it succeeds for is another question. */
  readonly operations: readonly ModelOperations[]
}

interface ModelOperations {
  readonly model: string
  readonly operations: readonly Operation[]
}

/** What `GET /me` allows. */
export const meMethods = 'GET, HEAD, OPTIONS'

/** The operations there are routes for. */
export const servedOperations = operations.filter((operation) => operation !== 'listen')

/** Describes a caller. Pure: no row is looked at. */
export function me(principal: Principal, resources: readonly Resource[]): Me {
  const rules = resources.flatMap(({ policy }) => rulesOf(policy))
  return {
    provider: principal.provider,
    ...(principal.issuer !== '' && { issuer: principal.issuer }),
    identity: identityOf(principal, rules) ?? null,
    groups: groupsOf(principal, rules),
    operations: resources
      .map(({ name, policy }) => ({
        model: name,
        operations: servedOperations.filter((operation) => decide(policy, principal, operation).allowed),
      }))
      .filter((each) => each.operations.length > 0),
  }
}

/**
 * Under the issuer's claim path if some owner rule relies on it, else under the first that a rule names: a claim that no
 * rule for such callers reads owns nothing, whatever it holds.
 */
function identityOf(principal: Principal, rules: readonly Rule[]): string | undefined {
  const owning = rules.filter(
    ({ strategy, providers }) => strategy === 'owner' && providers.includes(principal.provider),
  )
  const named = owning.flatMap(({ identityPath }) => identityPath ?? [])
  const paths = owning.length > named.length ? [undefined, ...named] : named
  return paths.map((path) => readIdentity(principal, path)?.shown).find((shown) => shown !== undefined)
}

function groupsOf(principal: Principal, rules: readonly Rule[]): readonly string[] {
  const named = rules.flatMap(
    ({ groupPath, separator }) => groupPath && readGroups(principal, groupPath, { separator }),
  )
  return [...new Set([...readGroups(principal), ...named])].filter((name) => name !== undefined)
}
