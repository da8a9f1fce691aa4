import type { CallerKind } from '../claims/principal.js'
import type { Column, Model } from '../catalog/model.js'
import { callerFaults } from './caller-faults.js'
import { columnsOf, compileRules, type Fault } from './compile-rules.js'
import type { Policies, Policy } from './policy.js'
import type { RuleDefinition } from './rule-definition.js'
import { noRules, type RuleSet } from './rule-set.js'
import type { ModelDefinition, SchemaDefinition } from './schema-definition.js'

const reservedFields = ['and', 'or', 'not']

/** What the rules are held against beside the schema, where it is known. */
export interface CompileOptions {
  /** Every kind of caller there can be. Default: not known, so not checked. */
  readonly kinds?: readonly CallerKind[] | undefined
  /** Looks for faults in what was compiled, to be told with the others. */
  readonly alsoCheck?: ((policies: Policies) => readonly string[]) | undefined
  /** Models that schema.prisma has, whose rows nothing tells apart. */
  readonly keyless?: readonly string[] | undefined
}

/**
 * Checks the rules against the schema and compiles them: names are resolved and claim paths parsed once, here.
 *
 * @throws {TypeError} listing every mistake, each with its model, field and rule
 */
export function compilePolicies(
  models: ReadonlyMap<string, Model>,
  schema: SchemaDefinition,
  { kinds, alsoCheck, keyless }: CompileOptions = {},
): Policies {
  const faults: string[] = []
  const policies = new Map<string, Policy>()
  for (const [name, definition] of Object.entries(schema.models)) {
    const model = models.get(name)
    if (model) policies.set(name, compileModel(model, definition, schema.rules, faults))
    else if (keyless?.includes(name))
      faults.push(`${name}: nothing tells its rows apart; give it a field that is @unique`)
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
    if (!model.columns.has(field)) fault(`the model has no such field (${columnsOf(model)})`)
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
    openLinks: openLinks(model, definition, fault),
    version: versionOf(model, definition, fault),
    path: definition.options.path,
    clientIds: definition.options.clientIds ?? false,
    requireIfMatch: definition.options.requireIfMatch ?? false,
  }
}

/** The relations that `.link()` names. */
function openLinks(model: Model, { links = [] }: ModelDefinition, fault: Fault): ReadonlySet<string> {
  const known = [...model.relations.values()].filter(({ manyToMany }) => manyToMany).map(({ field }) => field)
  const open = new Set<string>()
  for (const { relation, needs } of links) {
    const told = (text: string) => fault(`.link("${relation}"): ${text}`)
    if (!known.includes(relation))
      told(`the model has no such many-to-many relation (it has ${known.join(', ') || 'none'})`)
    if (open.has(relation)) told('it stands twice')
    if (needs !== 'get') told(`"get" is all it takes, not "${needs}"; without it, linking needs update`)
    open.add(relation)
  }
  return open
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
