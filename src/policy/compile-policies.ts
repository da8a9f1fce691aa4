import { ClaimPathError, parseGroupPath, parseIdentityPath } from '../claims/claim-path.js'
import type { CallerKind, Provider } from '../claims/principal.js'
import type { Column, Model } from '../catalog/model.js'
import { callerFaults } from './caller-faults.js'
import { holdsNames } from './column-value.js'
import { operations, operationsOf, type Operation } from './operation.js'
import type { Policies, Policy } from './policy.js'
import type { Rule } from './rule.js'
import type { RuleDefinition, Strategy } from './rule-definition.js'
import { noRules, ruleSet, type RuleSet } from './rule-set.js'
import type { ModelDefinition, SchemaDefinition } from './schema-definition.js'

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

const reservedFields = ['and', 'or', 'not']

/** What the rules are held against beside the schema, where it is known. */
export interface CompileOptions {
  /** Every kind of caller there can be. Default: not known, so not checked. */
  readonly kinds?: readonly CallerKind[] | undefined
  /** Looks for faults in what was compiled, to be told with the others. */
  readonly alsoCheck?: ((policies: Policies) => readonly string[]) | undefined
}

/**
 * Checks the rules against the schema and compiles them: names are resolved and claim paths parsed once, here.
 *
 * @throws {TypeError} listing every mistake, each with its model, field and rule
 */
export function compilePolicies(
  models: ReadonlyMap<string, Model>,
  schema: SchemaDefinition,
  { kinds, alsoCheck }: CompileOptions = {},
): Policies {
  const faults: string[] = []
  const policies = new Map<string, Policy>()
  for (const [name, definition] of Object.entries(schema.models)) {
    const model = models.get(name)
    if (model) policies.set(name, compileModel(model, definition, schema.rules, faults))
    else faults.push(`${name}: schema.prisma has no such model (it has ${[...models.keys()].join(', ')})`)
  }
  if (schema.rules && !Object.values(schema.models).some(({ rules }) => rules === undefined)) {
    compileRules(undefined, schema.rules, (text) => void faults.push(`the schema: ${text}`), false)
  }
  faults.push(...(kinds ? callerFaults(policies, kinds) : []), ...(alsoCheck?.(policies) ?? []))
  if (faults.length > 0) {
    throw new TypeError(
      `The rules do not fit the schema:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`,
    )
  }
  return policies
}

function compileModel(
  model: Model,
  definition: ModelDefinition,
  schemaRules: readonly RuleDefinition[] | undefined,
  faults: string[],
): Policy {
  for (const name of [...model.columns.keys(), ...model.relations.keys()]) {
    if (reservedFields.includes(name)) faults.push(`${model.name}.${name}: a field may not be named ${name}`)
  }
  const fields = new Map<string, RuleSet>()
  for (const [field, { rules }] of Object.entries(definition.fields)) {
    const fault = (text: string) => void faults.push(`${model.name}.${field}: ${text}`)
    if (!model.columns.has(field)) fault(`the model has no such field (${names(model)})`)
    else if (model.id.some((id) => id.name === field))
      fault('an id has no rules of its own, it comes with its row')
    else if (rules) fields.set(field, compileRules(model, rules, fault, true))
  }
  const fault = (text: string) => void faults.push(`${model.name}: ${text}`)
  const inherited = definition.rules ?? schemaRules
  return {
    model,
    rules: inherited ? compileRules(model, inherited, fault, false) : noRules,
    fields,
    version: versionOf(model, definition, fault),
    path: definition.options.path,
    clientIds: definition.options.clientIds ?? false,
  }
}

type Fault = (text: string) => void

function compileRules(
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
    operations: operationsIn(rule, fault, ofField),
    column: model && columnIn(model, rule, fault),
    groups: rule.groups && new Set(rule.groups),
    identityPath: rule.strategy === 'owner' ? parsed(rule.claim, parseIdentityPath, fault) : undefined,
    groupPath: rule.strategy === 'group' ? parsed(rule.claim, parseGroupPath, fault) : undefined,
    separator: rule.separator,
    transferable: rule.transferable ?? false,
  }
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

function columnIn(model: Model, rule: RuleDefinition, fault: Fault): Column | undefined {
  if (rule.column === undefined) return undefined
  const column = model.columns.get(rule.column)
  if (!column) {
    fault(`the model has no field "${rule.column}" (${names(model)})`)
  } else if (!holdsNames(column)) {
    fault(
      `"${rule.column}" is ${column.type}; owners and groups are kept in String, Int, BigInt or uuid columns`,
    )
  } else if (column.list !== rule.list) {
    fault(`"${rule.column}" ${column.list ? 'is a list' : 'is not a list'}; use ${counterpart(rule)}`)
  }
  return column
}

function versionOf(model: Model, { options }: ModelDefinition, fault: Fault): Column | undefined {
  const column = model.columns.get(options.version ?? 'version')
  const counts =
    column && !column.list && column.default === 'value' && ['Int', 'BigInt'].includes(column.type)
  if (options.version !== undefined && !counts) {
    fault(`.version("${options.version}") needs an Int or BigInt column with @default(1)`)
  }
  return counts ? column : undefined
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

function names(model: Model): string {
  return `it has ${[...model.columns.keys()].join(', ')}`
}
