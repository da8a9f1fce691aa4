import { modelsOf, type Model } from '../../src/catalog/model.js'
import type { Data } from '../../src/policy/builder.js'
import { compilePolicies } from '../../src/policy/compile-policies.js'
import type { Policy } from '../../src/policy/policy.js'
import { catalog } from '../support/rules/generated/catalog.js'
import type { Rules } from './evaluator.js'

const models = modelsOf(catalog)

/** The model of random rules, Thing. */
export const [model] = [...models.values()].filter(({ name }) => name === 'Thing') as [Model]

/** The policy that random rules of the model Thing become. */
export function compiled(rules: Rules): Policy {
  const policy = compilePolicies(models, dataOf(rules).schema).get('Thing')
  if (!policy) throw new Error('the rules have no policy')
  return policy
}

/** The same rules as `claimstake()` takes them. */
export function dataOf({ model, fields }: Rules): Data {
  const definition = {
    ...(model.length > 0 && { rules: model }),
    fields: Object.fromEntries(Object.entries(fields).map(([name, rules]) => [name, { rules }])),
    options: {},
  }
  return { catalog, schema: { models: { Thing: definition } } }
}
