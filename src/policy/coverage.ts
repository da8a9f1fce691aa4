import type { Rule } from './rule.js'

/** Whether whoever matches one of some rules on a row also matches one of others on it. Undecided counts as no. */
export function areCovered(rules: readonly Rule[], by: readonly Rule[]): boolean {
  const roles = new Set(by.flatMap((rule) => rolesOf(rule)))
  const signedIn = by.filter((rule) => rule.strategy === 'authenticated')
  return rules.every(
    (rule) =>
      rolesOf(rule).every((role) => roles.has(role)) ||
      signedIn.some(({ providers }) => rule.providers.every((provider) => providers.includes(provider))),
  )
}

/** What a rule recognises, as texts to compare: one for each group it names. */
function rolesOf(rule: Rule): string[] {
  const { strategy, providers, column, groups, identityPath, groupPath, separator } = rule
  const names = groups ? [...groups] : [undefined]
  return names.map((name) =>
    JSON.stringify([strategy, providers, column?.name, name, identityPath?.text, groupPath?.text, separator]),
  )
}
