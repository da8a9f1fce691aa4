import { rulesOf, type Policies, type Policy } from '../policy/policy.js'
import { filtersOf, folded, listParameters } from './filters.js'
import { idNames } from './id-names.js'

/** Parameters of calls on one row. */
const itemParameters = ['fields', 'include', 'clear'] as const

/**
 * Parameters of one call that generated clients would take for one another, because they fold case and leave out
 * punctuation: `checkIn` and the list filter `check__in`.
 */
export function parameterFaults(policies: Policies): string[] {
  return [...policies.values()]
    .filter((policy) => rulesOf(policy).length > 0)
    .flatMap((policy) => faultsOf(policy, policies))
}

function faultsOf(policy: Policy, policies: Policies): string[] {
  const { name } = policy.model
  const ids = idNames(policy.model)
  const remedy = 'rename one field in schema.prisma (@map keeps its column)'
  const inList = twins([...listParameters, ...filtersOf(policy, policies).keys()])
  const inItem = twins([...new Set([...itemParameters, ...listParameters]), ...ids])
  return [
    ...inList.map((twin) => `${name}: ${twin} of its list are one name to generated clients; ${remedy}`),
    ...inItem.map((twin) => `${name}: ${twin} of its rows are one name to generated clients; ${remedy}`),
  ]
}

/** Names that are equal once they are folded, two by two. */
function twins(names: readonly string[]): string[] {
  return names.flatMap((name, at) => {
    const twin = names.slice(0, at).find((other) => folded(other) === folded(name))
    return twin === undefined ? [] : [`the parameters ${twin} and ${name}`]
  })
}
