import { modelsOf, type Model } from './catalog/model.js'
import { isPrincipal, type CallerKind, type Principal } from './claims/principal.js'
import type { Data } from './policy/builder.js'
import { compilePolicies } from './policy/compile-policies.js'
import { explainPolicy, type ExplainOptions, type Explanation } from './policy/explain.js'
import { policyNotes } from './policy/notes.js'
import { operations, type Operation } from './policy/operation.js'
import type { Policies } from './policy/policy.js'
import { parameterFaults } from './rest/parameter-faults.js'
import { reservedNotes } from './rest/filters.js'
import { pathFaults, resourcesOf, type Resource } from './rest/resource.js'
import { policyOf } from './scope/caller.js'

/** What the rules come to, once they are checked. */
export interface Rules {
  readonly models: ReadonlyMap<string, Model>
  readonly policies: Policies
  readonly resources: readonly Resource[]
  /** What deserves a look. */
  readonly notes: readonly string[]
}

const compiled = new WeakMap<Data, Rules>()

/**
 * The rules of `defineData`, compiled once. No database is needed.
 *
 * @throws {TypeError} listing every mistake in them
 */
export function rulesOf(data: Data): Rules {
  const known = compiled.get(data) ?? checkRules(data)
  compiled.set(data, known)
  return known
}

/**
 * Checks the rules, also against the callers there can be, and compiles them.
 *
 * @param kinds every kind of caller there can be, where that is known
 * @throws {TypeError} listing every mistake in the rules
 */
export function checkRules(data: Data, kinds?: readonly CallerKind[]): Rules {
  const models = modelsOf(data.catalog)
  const alsoCheck = (checked: Policies) => [...pathFaults(checked), ...parameterFaults(checked)]
  const policies = compilePolicies(models, data.schema, { kinds, alsoCheck, keyless: data.catalog.keyless })
  const notes = [
    ...policyNotes({ models, policies, schema: data.schema, kinds: kinds ?? [] }),
    ...reservedNotes(policies),
  ]
  return { models, policies, notes, resources: resourcesOf(policies) }
}

/**
 * Explains what the rules say to a call: for each rule whether it matches, and why. Pure: for tests of rules and for
 * the question "why is this a 403?".
 *
 * @param data what `defineData` returned
 * @param row the stored row, or for create the row as it would be stored; without one, what can be said of any row
 * @param options `{ values: false }` leaves out what the claims and the row hold, for logs
 * @throws {TypeError} when there is no such model or operation, or the rules hold a mistake
 * @example
 * const bo = principal({ provider: 'oidc', issuer, claims: { user_id: 'bo' } })
 * explain(data, bo, 'get', 'Post', { owner: 'ana' }).allowed // false
 */
export function explain(
  data: Data,
  principal: Principal,
  operation: Operation,
  model: string,
  row?: Readonly<Record<string, unknown>>,
  options?: ExplainOptions,
): Explanation {
  const { models, policies } = rulesOf(data)
  const found = models.get(model)
  if (!isPrincipal(principal)) throw new TypeError('explain() needs a principal, made by principal()')
  if (!operations.includes(operation))
    throw new TypeError(`there is no operation "${operation}"; there are ${operations.join(', ')}`)
  if (!found)
    throw new TypeError(`schema.prisma has no model ${model} (it has ${[...models.keys()].join(', ')})`)
  return explainPolicy(policyOf(policies, found), principal, operation, row, options)
}
