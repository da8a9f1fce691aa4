import type { CallerKind, Provider } from '../claims/principal.js'
import type { Column } from '../catalog/model.js'
import type { Policies, Policy } from './policy.js'
import type { Rule } from './rule.js'
import type { RuleSet } from './rule-set.js'

/**
 * What is wrong between the rules and the callers there can be: a rule that no configured provider can ever match,
 * and an alias where the column can hold no such name.
 *
 * @param kinds every kind of caller that the authenticator makes
 */
export function callerFaults(policies: Policies, kinds: readonly CallerKind[]): string[] {
  return [...policies.values()].flatMap((policy) =>
    levels(policy).flatMap(([place, { all }]) =>
      all.flatMap((rule) => ruleFaults(rule, kinds).map((text) => `${place}: ${rule.label}: ${text}`)),
    ),
  )
}

/** The model's rules and those of its fields, each with the name messages use. */
function levels({ model, rules, fields }: Policy): (readonly [string, RuleSet])[] {
  return [[model.name, rules], ...[...fields].map(([field, own]) => [`${model.name}.${field}`, own] as const)]
}

function ruleFaults({ strategy, providers, column }: Rule, kinds: readonly CallerKind[]): string[] {
  const matching = kinds.filter(({ provider }) => providers.includes(provider))
  const configured = [...new Set(kinds.map(({ provider }) => provider))].join(', ')
  if (matching.length === 0)
    return [
      `no caller can be ${providers.join(' or ')}; configured are ${configured}. ${remedyOf(providers)}`,
    ]
  const aliased = matching.find(({ alias }) => alias !== '')
  if (strategy !== 'owner' || !column || !aliased || holdsText(column)) return []
  return [
    `"${column.name}" is ${column.native === 'Uuid' ? 'a uuid' : column.type} and cannot hold the alias ` +
      `"${aliased.alias}::" that is put before the callers of ${aliased.issuer || aliased.provider}`,
  ]
}

/** What would give such callers. */
function remedyOf([provider]: readonly Provider[]): string {
  if (provider === 'function')
    return 'It needs an authorizer: defineData({ schema, authorizer }), authenticator({ authorizer })'
  if (provider === 'apiKey') return 'It needs API keys: authenticator({ apiKeys })'
  return 'It needs a token issuer of that kind'
}

function holdsText({ type, native }: Column): boolean {
  return type === 'String' && native !== 'Uuid'
}
