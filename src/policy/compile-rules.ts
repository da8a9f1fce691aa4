import { ClaimPathError, parseGroupPath, parseIdentityPath } from '../claims/claim-path.js'
import type { Provider } from '../claims/principal.js'
import type { Column, Model } from '../catalog/model.js'
import { holdsNames, tellsApart } from './column-value.js'
import { operations, operationsOf, type Operation } from './operation.js'
import type { Rule } from './rule.js'
import type { RuleDefinition, Strategy } from './rule-definition.js'
import { ruleSet, type RuleSet } from './rule-set.js'

const tokens: readonly Provider[] = ['userPools', 'oidc']

/** Which providers a strategy can name. */
const providers: Readonly<Record<Strategy, readonly Provider[]>> = {
  owner: [...tokens, 'function'],
  group: [...tokens, 'function'],
  authenticated: tokens,
  guest: ['identityPool'],
  publicApiKey: ['apiKey'],
  custom: ['function'],
}

/** What a rule means that names none: a token of any issuer, or the only provider there is. */
const implied: typeof providers = { ...providers, owner: tokens, group: tokens }

/** Reports a mistake. */
export type Fault = (text: string) => void

/**
 * Compiles the rules of one level: names are resolved and claim paths parsed.
 *
 * @param model absent for the rules of a schema that no model takes over: only what needs no model is checked
 * @param ofField whether they are a field's, which is read as a whole and not deleted
 */
export function compileRules(
  model: Model | undefined,
  definitions: readonly RuleDefinition[],
  fault: Fault,
  ofField: boolean,
): RuleSet {
  const roles = new Set<string>()
  if (definitions.length === 0) fault('the list of rules is empty; leave it out to close the model')
  const compiled = definitions.map((definition) => {
    const label = labelOf(definition)
    const report: Fault = (text) => fault(`${label}: ${text}`)
    for (const role of rolesOf(definition)) {
      if (roles.has(role)) report('the same role stands twice')
      roles.add(role)
    }
    return compileRule(model, definition, label, report, ofField)
  })
  return ruleSet(compiled)
}

function compileRule(
  model: Model | undefined,
  rule: RuleDefinition,
  label: string,
  fault: Fault,
  ofField: boolean,
): Rule {
  const known = providers[rule.strategy]
  if (lacksItsColumn(rule)) fault('it names no column; is its argument set?')
  if (rule.provider !== undefined && !known.includes(rule.provider)) {
    fault(`the provider "${rule.provider}" cannot serve it (${known.join(', ')} can)`)
  }
  if (rule.groups?.length === 0) fault('the list of groups is empty')
  if (rule.separator !== undefined && ![' ', ','].includes(rule.separator))
    fault("the separator is neither ' ' nor ','")
  if (rule.groups?.some((name) => typeof name !== 'string' || name === '')) fault('a group has no name')
  return {
    label,
    strategy: rule.strategy,
    providers: rule.provider === undefined ? implied[rule.strategy] : [rule.provider],
    operations: possible(model, operationsIn(rule, fault, ofField)),
    column: model && columnIn(model, rule, fault),
    groups: rule.groups && new Set(rule.groups),
    identityPath: rule.strategy === 'owner' ? parsed(rule.claim, parseIdentityPath, fault) : undefined,
    groupPath: rule.strategy === 'group' ? parsed(rule.claim, parseGroupPath, fault) : undefined,
    separator: rule.separator,
    transferable: rule.transferable ?? false,
  }
}

/** From callers without types: a column that is not there must not come to mean every row. */
function lacksItsColumn({ strategy, column, groups }: RuleDefinition): boolean {
  return ['owner', 'group'].includes(strategy) && column === undefined && groups === undefined
}

function operationsIn(rule: RuleDefinition, fault: Fault, ofField: boolean): ReadonlySet<Operation> {
  const words: readonly string[] = rule.operations ?? operations
  if (words.length === 0) fault('.to([]) grants nothing')
  const unknown = words.filter((word) => operationsOf(word).length === 0)
  if (unknown.length > 0)
    fault(
      `unknown operation ${unknown.map((word) => `"${word}"`).join(', ')} (there are read, ${operations.join(', ')})`,
    )
  const reading = words.filter((word) => ['get', 'list', 'listen', 'sync', 'search'].includes(word))
  if (rule.operations && ofField && reading.length > 0)
    fault(`a field is read as a whole: "read", not "${reading.join('", "')}"`)
  else if (words.includes('read') && reading.length > 0)
    fault(`"read" already includes "${reading.join('", "')}"`)
  const granted = words.flatMap((word) => operationsOf(word))
  // A row is deleted as a whole; Amplify's recipes name `delete` in field rules all the same.
  return new Set(ofField ? granted.filter((operation) => operation !== 'delete') : granted)
}

/** A rule grants nothing that Prisma cannot do with the model; a note says so. */
function possible(model: Model | undefined, granted: ReadonlySet<Operation>): ReadonlySet<Operation> {
  const lacks: ReadonlySet<Operation> | undefined = model?.lacks
  return new Set([...granted].filter((operation) => !lacks?.has(operation)))
}

function columnIn(model: Model, rule: RuleDefinition, fault: Fault): Column | undefined {
  if (rule.column === undefined) return undefined
  const column = model.columns.get(rule.column)
  if (!column) {
    fault(`the model has no field "${rule.column}" (${columnsOf(model)})`)
  } else if (!holdsNames(column)) {
    fault(
      `"${rule.column}" is ${column.type}; owners and groups are kept in String, Int, BigInt or uuid columns`,
    )
  } else if (!tellsApart(column)) {
    fault(
      `"${rule.column}" is @db.${column.native}, in which the database takes different texts for equal: ` +
        'one caller would be another; use @db.Text, @db.VarChar(n) or @db.Uuid',
    )
  } else if (column.list !== rule.list) {
    fault(`"${rule.column}" ${column.list ? 'is a list' : 'is not a list'}; use ${counterpart(rule)}`)
  }
  return column
}

function parsed<P>(text: string | undefined, parse: (text: string) => P, fault: Fault): P | undefined {
  if (text === undefined) return undefined
  if (typeof (text as unknown) !== 'string') {
    fault('the claim path is not a text')
    return undefined
  }
  try {
    return parse(text)
  } catch (error) {
    // Stryker disable next-line ConditionalExpression: the parser throws nothing else
    if (!(error instanceof ClaimPathError)) throw error
    fault(error.message)
    return undefined
  }
}

/** What a rule recognises; two rules of one level with the same role would contradict or repeat each other. */
function rolesOf({ strategy, provider, column, groups, claim }: RuleDefinition): string[] {
  return (groups ?? [undefined]).map((group) =>
    JSON.stringify([strategy, providers[strategy].length > 1 && provider, column, group, claim]),
  )
}

function labelOf({ strategy, column, list, groups, provider }: RuleDefinition): string {
  const suffix = provider === undefined ? '' : ` of ${provider}`
  if (groups) return `groups(${groups.map((name) => `'${name}'`).join(', ')})${suffix}`
  if (column === undefined) return `${strategy}()${suffix}`
  if (strategy === 'owner' && column === 'owner' && !list) return `owner()${suffix}`
  return `${strategy}${list ? 's' : ''}DefinedIn('${column}')${suffix}`
}

function counterpart({ strategy, list }: RuleDefinition): string {
  return `${strategy}${list ? '' : 's'}DefinedIn()`
}

/** What a model has, for messages about what it has not. */
export function columnsOf(model: Model): string {
  return `it has ${[...model.columns.keys()].join(', ')}`
}
