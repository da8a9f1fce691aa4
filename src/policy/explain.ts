import { knownGroups, knownIdentity } from '../claims/known-claims.js'
import type { Principal } from '../claims/principal.js'
import { hasClaim } from '../claims/read-claims.js'
import { decide } from './decide.js'
import type { Operation } from './operation.js'
import type { Policy } from './policy.js'
import type { Rule } from './rule.js'
import { isDynamic } from './rule-set.js'
import { ruleScope } from './rule-scope.js'
import { testScope } from './test-scope.js'

/** What one rule says to a call, and why. */
export interface RuleExplanation {
  /** The field whose rule it is; absent for a rule of the model. */
  readonly field?: string
  /** The rule as it was written, in short: `ownerDefinedIn('author')`. */
  readonly rule: string
  /** Whether it grants the call: on the row, or where none was given on some row. */
  readonly matched: boolean
  readonly reason: string
}

/** Why a call is allowed or denied, rule by rule. */
export interface Explanation {
  readonly model: string
  readonly operation: Operation
  /** Whether some rule grants it: on the row, or where none was given on some row. */
  readonly allowed: boolean
  readonly rules: readonly RuleExplanation[]
}

export interface ExplainOptions {
  /** Whether reasons repeat values of claims and rows. Default: `true`; logs use `false`. */
  readonly values?: boolean | undefined
}

type Row = Readonly<Record<string, unknown>>

/**
 * Explains a decision (RULES section 6), without a database. It does not say more than the rules do: an update is
 * also held to the fields that are sent.
 *
 * @param row the stored row, or for create the row as it would be stored; without one, what can be said of any row
 */
export function explainPolicy(
  policy: Policy,
  principal: Principal,
  operation: Operation,
  row?: Row,
  { values = true }: ExplainOptions = {},
): Explanation {
  const levels = [[undefined, policy.rules], ...policy.fields] as const
  const rules = levels.flatMap(([field, { all }]) =>
    all.map((rule): RuleExplanation => ({
      ...(field !== undefined && { field }),
      rule: rule.label,
      ...explainRule(rule, principal, operation, row, values),
    })),
  )
  const decision = decide(policy, principal, operation)
  const allowed = decision.allowed && (row === undefined || testScope(decision.scope, row))
  return { model: policy.model.name, operation, allowed, rules }
}

type Verdict = Pick<RuleExplanation, 'matched' | 'reason'>

function explainRule(
  rule: Rule,
  principal: Principal,
  operation: Operation,
  row: Row | undefined,
  values: boolean,
): Verdict {
  const no = (reason: string): Verdict => ({ matched: false, reason })
  if (!rule.operations.has(operation)) return no(`grants ${[...rule.operations].join(', ') || 'nothing'}`)
  if (!rule.providers.includes(principal.provider))
    return no(`provider ${rule.providers.join(' or ')} expected, caller is ${principal.provider}`)
  const scope = ruleScope(rule, principal)
  if (!isDynamic(rule))
    return { matched: scope.kind === 'all', reason: staticReason(rule, principal, values) }
  const { column } = rule
  const names = namesOf(rule, principal)
  if (names.length === 0) return no(claimFault(rule, principal))
  if (scope.kind === 'none')
    return no(`the claim holds nothing that ${column.name} (${column.type}) could hold`)
  const caller = values ? listed(names) : 'the caller'
  if (row === undefined) {
    const verb = operation === 'create' ? 'takes' : 'opens'
    const claim = claimOf(rule, principal)
    return {
      matched: true,
      reason: `${verb} only rows whose ${column.name} names ${caller} (claim ${claim})`,
    }
  }
  if (testScope(scope, row)) return { matched: true, reason: `${column.name} names ${caller}` }
  if (!values) return no(`${column.name} does not name the caller`)
  const stored = row[column.name]
  const held = stored === undefined ? 'absent from the row' : quoted(stored)
  return no(`${column.name} is ${held}, caller is ${caller}`)
}

/** The caller's names a rule compares with its column. */
function namesOf(rule: Rule, principal: Principal): readonly string[] {
  if (rule.strategy === 'owner') return knownIdentity(principal, rule.identityPath)?.matches ?? []
  return [...knownGroups(principal, rule.groupPath, rule.separator)]
}

function staticReason(rule: Rule, principal: Principal, values: boolean): string {
  const { groups } = rule
  // Without groups and without a column, a rule is one of these.
  if (!groups) return met[rule.strategy as keyof typeof met]
  const own = namesOf(rule, principal)
  if (own.length === 0) return claimFault(rule, principal)
  const shared = own.filter((name) => groups.has(name))
  if (shared.length > 0) return `caller is in ${values ? listed(shared) : 'such a group'}`
  return values ? `caller is in ${listed(own)} only` : 'caller is in other groups only'
}

const met: Readonly<Record<Exclude<Rule['strategy'], 'owner' | 'group'>, string>> = {
  authenticated: 'caller has a valid token',
  guest: 'caller sent no credentials',
  publicApiKey: 'caller has a valid API key',
  custom: 'caller was let in by the custom authorizer',
}

/** The claim path a rule reads: its own, or that of the caller's issuer. */
function claimOf({ strategy, identityPath, groupPath }: Rule, principal: Principal): string {
  if (strategy === 'owner') return (identityPath ?? principal.identityPath).text
  return (groupPath ?? principal.groupPath).text
}

/** Why nothing can be read from the claims: the first that is missing, or that what is there is unusable. */
function claimFault(rule: Rule, principal: Principal): string {
  const owner = rule.strategy === 'owner'
  const identity = rule.identityPath ?? principal.identityPath
  const paths = owner ? identity.parts : [rule.groupPath ?? principal.groupPath]
  const missing = paths.find((path) => !hasClaim(principal, path))
  if (missing) return `claim ${missing.text} absent`
  return `claim ${claimOf(rule, principal)} holds no usable ${owner ? 'identity' : 'group'}`
}

/** Names as a reader would write them; a caller can be in a thousand groups. */
function listed(names: readonly string[]): string {
  const more = names.length > 5 ? [`${names.length - 5} more`] : []
  return [...names.slice(0, 5).map(quoted), ...more].join(', ')
}

/** A value as a reader would write it; long ones are cut. */
function quoted(value: unknown): string {
  const text = JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? String(part) : part))
  return text.length > 100 ? `${text.slice(0, 99)}…` : text
}
