import type { ClaimPath } from '../claims/claim-path.js'
import type { Provider } from '../claims/principal.js'
import type { Operation } from './operation.js'
import type { DynamicRule, Rule } from './rule.js'

/** The rules of one level, a model or a field. */
export interface RuleSet {
  readonly all: readonly Rule[]
  /** The rules that can grant an operation to callers of a provider. The others cost a request nothing. */
  readonly granting: (operation: Operation, provider: Provider) => Granting
}

/** Rules of one operation and one provider, arranged by how they are asked. */
export interface Granting {
  /** Whether some rule takes every such caller. */
  readonly everyone: boolean
  /** The static group rules, one entry for each place groups are read from. */
  readonly groups: readonly GroupNames[]
  /** The rules that look at a column of the row. */
  readonly dynamic: readonly DynamicRule[]
  /** The group rules that may read the scope of a token: those that name it, and those that leave the place open. */
  readonly scopes: readonly TokenScopes[]
}

/** Scope values (RFC 6749 section 3.3) of which one opens the operation; none where the row names them. */
export interface TokenScopes extends Pick<Rule, 'groupPath'> {
  readonly names: readonly string[]
}

/** A place groups are read from, and the names of which one is enough. */
export interface GroupNames extends Pick<Rule, 'groupPath' | 'separator'> {
  readonly groups: ReadonlySet<string>
}

const nothing: Granting = { everyone: false, groups: [], dynamic: [], scopes: [] }

/** What a model has that nobody wrote rules for. */
export const noRules: RuleSet = ruleSet([])

/** Arranges rules by what they are asked. Done once, at boot, for any number of rules. */
export function ruleSet(all: readonly Rule[]): RuleSet {
  const byQuestion = new Map<Operation, Map<Provider, Rule[]>>()
  for (const rule of all) {
    for (const operation of rule.operations) {
      for (const provider of rule.providers) {
        const byProvider = entry(byQuestion, operation, () => new Map<Provider, Rule[]>())
        entry(byProvider, provider, () => []).push(rule)
      }
    }
  }
  const arranged = mapped(byQuestion, (byProvider) => mapped(byProvider, arrange))
  return { all, granting: (operation, provider) => arranged.get(operation)?.get(provider) ?? nothing }
}

/** Whether a rule asks which row it is, not only who the caller is. */
export function isDynamic(rule: Rule): rule is DynamicRule {
  return rule.column !== undefined
}

/** Whether a rule takes every caller of its provider, whatever the row. */
export function takesEveryone({ strategy }: Rule): boolean {
  return strategy !== 'owner' && strategy !== 'group'
}

/** Whether a claim path leads to the scope of a token: `scope` of RFC 8693 section 4.2, or `scp` of Okta and Entra ID. */
export function isTokenScope({ steps }: ClaimPath): boolean {
  return steps.length === 1 && (steps[0] === 'scope' || steps[0] === 'scp')
}

/** RFC 6750 section 3: what a scope value is made of, so that it can stand between spaces and in quotes. */
const scopeToken = /^[\x21\x23-\x5b\x5d-\x7e]+$/u

function arrange(rules: readonly Rule[]): Granting {
  const places = new Map<string, GroupNames & { readonly groups: Set<string> }>()
  for (const { groups, groupPath, separator } of rules) {
    if (!groups) continue
    const key = JSON.stringify([groupPath?.text, separator])
    const place = entry(places, key, () => ({ groupPath, separator, groups: new Set<string>() }))
    for (const name of groups) place.groups.add(name)
  }
  return {
    everyone: rules.some(takesEveryone),
    groups: [...places.values()],
    dynamic: rules.filter(isDynamic),
    scopes: rules
      .filter(({ strategy, column, groups }) => groups ?? (strategy === 'group' && column))
      .filter(({ groupPath }) => !groupPath || isTokenScope(groupPath))
      .map(({ groupPath, groups = [] }) => ({
        groupPath,
        names: [...groups].filter((name) => scopeToken.test(name)),
      })),
  }
}

function mapped<K, V, W>(map: ReadonlyMap<K, V>, change: (value: V) => W): ReadonlyMap<K, W> {
  return new Map([...map].map(([key, value]) => [key, change(value)]))
}

function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key) ?? make()
  map.set(key, known)
  return known
}
