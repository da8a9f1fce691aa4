import type { Model, Relation } from '../catalog/model.js'
import type { Principal } from '../claims/principal.js'
import { ClaimstakeError } from '../errors.js'
import { decide, type Allowed } from '../policy/decide.js'
import type { ExplainOptions, Explanation } from '../policy/explain.js'
import { forbiddenOperation } from '../policy/forbidden.js'
import type { Operation } from '../policy/operation.js'
import type { Policies, Policy } from '../policy/policy.js'
import { noRules } from '../policy/rule-set.js'

/** `explain()` of one caller, which also checks the names it is given. */
type Explain = (
  operation: Operation,
  model: string,
  row?: Readonly<Record<string, unknown>>,
  options?: ExplainOptions,
) => Explanation

/** Who is asking, and the rules he is asked by. */
export interface Caller {
  readonly principal: Principal
  readonly policies: Policies
  readonly models: ReadonlyMap<string, Model>
  /** The same models by their property on a Prisma client. */
  readonly delegates: ReadonlyMap<string, Model>
  /** Why he may or may not do something; pure. */
  readonly explain: Explain
}

/**
 * The decision for an operation, or the refusal thrown.
 *
 * @throws {ClaimstakeError} `FORBIDDEN_OPERATION`, or `UNAUTHENTICATED` for a caller without credentials
 */
export function allowed(principal: Principal, policy: Policy, operation: Operation): Allowed {
  const decision = decide(policy, principal, operation)
  if (decision.allowed) return decision
  if (principal.provider === 'identityPool') throw new ClaimstakeError('UNAUTHENTICATED')
  throw forbiddenOperation(policy, principal, operation)
}

/** The policy of a model; a model without rules denies everything. */
export function policyOf(policies: Policies, model: Model): Policy {
  return policies.get(model.name) ?? closed(model)
}

/** The policy of the model that a relation leads to. */
export function policyAcross({ models, policies }: Caller, relation: Relation): Policy {
  const model = models.get(relation.model)
  if (!model) throw new TypeError(`the catalog has no model ${relation.model}`)
  return policyOf(policies, model)
}

function closed(model: Model): Policy {
  return {
    model,
    rules: noRules,
    fields: new Map(),
    openLinks: new Set(),
    version: undefined,
    path: undefined,
    clientIds: false,
    requireIfMatch: false,
  }
}
