import type { CallerKind } from '../claims/principal.js'
import { isImprecise } from '../catalog/is-imprecise.js'
import type { Model, Relation } from '../catalog/model.js'
import { areCovered } from './coverage.js'
import { operations, operationsOf, type Operation } from './operation.js'
import { rulesOf, type Policies, type Policy } from './policy.js'
import type { Rule } from './rule.js'
import type { ModelDefinition, SchemaDefinition } from './schema-definition.js'

/** What notes are made of: the rules as compiled and as written, and the callers there can be, as far as they are known. */
export interface Noted {
  readonly models: ReadonlyMap<string, Model>
  readonly policies: Policies
  readonly schema: SchemaDefinition
  readonly kinds: readonly CallerKind[]
}

/**
 * What is allowed but deserves a look, told once at boot (RULES section 1): slow rules, rules that open more than
 * they seem to, and what Postgres does behind the rules' back.
 */
export function policyNotes({ models, policies, schema, kinds }: Noted): string[] {
  const all = [...policies.values()]
  return [
    ...all.flatMap(closedModels),
    ...all.flatMap(unindexedColumns),
    ...all.flatMap(openingFields),
    ...all.flatMap(unsortableColumns),
    ...Object.entries(schema.models).flatMap(ignoredDeletes),
    ...all.flatMap((policy) => impossibleGrants(policy, schema)),
    ...all.flatMap((policy) => closedTargets(policy, policies)),
    ...all.flatMap((policy) => links(policy, policies)),
    ...[...models.values()].flatMap((model) => crossingActions(model, policies)),
    ...kinds.flatMap((kind) => matchedParts(kind, all)),
  ]
}

/** A model that is named without rules, where the schema has none either. */
function closedModels(policy: Policy): string[] {
  if (rulesOf(policy).length > 0) return []
  return [
    `${policy.model.name} is named but has no rules: nobody can do anything with it, and it has no routes`,
  ]
}

/** A rule column without an index: every list and every guarded write scans the table. */
function unindexedColumns(policy: Policy): string[] {
  const { model } = policy
  // A view has no index of its own.
  if (model.lacks.has('update')) return []
  const keys = [...model.uniques.values()].map(({ fields }) => fields)
  const columns = rulesOf(policy).flatMap(({ column, operations }) =>
    column && [...operations].some((operation) => operation !== 'create') ? [column] : [],
  )
  return [...new Set(columns)]
    .filter(({ name }) => ![...keys, ...model.indexes].some(([first]) => first === name))
    .map(({ name, list }) => {
      const index = list ? `@@index([${name}], type: Gin)` : `@@index([${name}])`
      return `${model.name}.${name} is in a rule but leads no index: rows are found by reading them all; add ${index}`
    })
}

/** A field's rule that lets somebody see or change rows which the model's rules do not. */
function openingFields({ model, rules, fields }: Policy): string[] {
  const granting = (of: readonly Rule[], operation: Operation) =>
    of.filter(({ operations }) => operations.has(operation))
  return [...fields].flatMap(([field, own]) =>
    own.all.flatMap((rule) => {
      const opened = (['get', 'list', 'update'] as const).filter(
        (operation) => rule.operations.has(operation) && !areCovered([rule], granting(rules.all, operation)),
      )
      if (opened.length === 0) return []
      return [
        `${model.name}.${field}: ${rule.label} opens rows to ${opened.join(', ')} that the model's rules do not`,
      ]
    }),
  )
}

/** A column whose values are finer than what we read of them: a list sorted by it would lose rows between its pages. */
function unsortableColumns(policy: Policy): string[] {
  if (rulesOf(policy).length === 0) return []
  return [...policy.model.columns.values()].filter(isImprecise).map(({ name, type, native = '' }) => {
    const finer = type === 'Float' ? '@db.DoublePrecision' : `@db.${native.replace(/\(.*$/u, '')}(3)`
    return `${policy.model.name}.${name} is @db.${native}, which cannot be read back exactly: no list is sorted by it; use ${finer}`
  })
}

function ignoredDeletes([name, { fields }]: readonly [string, ModelDefinition]): string[] {
  return Object.entries(fields)
    .filter(([, { rules }]) => rules?.some(({ operations }) => operations?.includes('delete')))
    .map(([field]) => `${name}.${field}: "delete" in a field rule is ignored; a row is deleted as a whole`)
}

/** What rules grant and Prisma cannot do: writing to a view, creating rows with a value it has none for. */
function impossibleGrants({ model }: Policy, schema: SchemaDefinition): string[] {
  const definition = schema.models[model.name]
  const written = [
    ...(definition?.rules ?? schema.rules ?? []),
    ...Object.values(definition?.fields ?? {}).flatMap(({ rules }) => rules ?? []),
  ]
  const granted = written.flatMap((rule) => (rule.operations ?? operations).flatMap(operationsOf))
  const idle = [...model.lacks].filter((operation) => granted.includes(operation))
  if (idle.length === 0) return []
  const reason = model.lacks.has('update')
    ? 'it is a view'
    : 'it has a required column without a default that is Unsupported(…) or @ignore, so Prisma has no value for it'
  return [`${model.name}: nobody can ${idle.join(', ')} a row, whatever its rules say: ${reason}`]
}

/** A foreign key to a model that nobody may get: nobody can write it. */
function closedTargets({ model }: Policy, policies: Policies): string[] {
  return [...model.relations.values()]
    .filter(({ from, model: target }) => from.length > 0 && !isGettable(policies.get(target)))
    .map(
      ({ from, model: target }) =>
        `${model.name}.${from.join(', ')} refers to ${target}, which nobody may get: no caller can set it`,
    )
}

function isGettable(policy: Policy | undefined): boolean {
  return policy !== undefined && rulesOf(policy).some(({ operations }) => operations.has('get'))
}

/** Who links rows over a many-to-many relation that Prisma keeps a table for: told of each such relation once. */
function links(policy: Policy, policies: Policies): string[] {
  const { model, openLinks } = policy
  return [...model.relations.values()].flatMap((relation) => {
    const { field, inverse, model: other } = relation
    const target = policies.get(other)
    if (!relation.manyToMany || !target) return []
    const asked = `.link('${field}', 'get') on ${model.name}`
    if (openLinks.has(field))
      return [
        `whoever may get a ${other} may link it to a ${model.name} they may update, and unlink it: ${asked}`,
      ]
    const [here, there] = [`${model.name}.${field}`, `${other}.${inverse}`]
    const [first] = [here, there].sort()
    if (target.openLinks.has(inverse) || first === there) return []
    const fixed = [...new Set([policy, target])].filter(
      ({ rules }) => !rules.all.some(({ operations }) => operations.has('update')),
    )
    const nobody = fixed.map((side) => `, and nobody may update a ${side.model.name}`).join('')
    return [
      `${here} and ${there} are linked and unlinked by whoever may update both rows${nobody}; ` +
        `${asked} would ask no more than get of the ${other}`,
    ]
  })
}

/** A delete that Postgres carries over to rows which may be somebody else's. */
function crossingActions(model: Model, policies: Policies): string[] {
  return [...model.relations.values()].flatMap((relation) => {
    const action = onDelete(relation)
    const target = policies.get(relation.model)
    const deleting = target?.rules.all.filter(({ operations }) => operations.has('delete')) ?? []
    if (relation.from.length === 0 || action === undefined) return []
    const own = policies.get(model.name)?.rules.all ?? []
    const allowed = own.filter(({ operations }) => operations.has(action.needs))
    // A rule that looks at a row may match the parent and not the child, also when it is written alike.
    const everywhere = allowed.filter(({ column }) => column === undefined)
    if (areCovered(deleting, everywhere)) return []
    return [
      `deleting a ${relation.model} ${action.does} each ${model.name} that refers to it, whoever owns it`,
    ]
  })
}

/** What happens to the rows that refer to a deleted one, if anything; Prisma's default for an optional one is SetNull. */
function onDelete({ onDelete: written, required }: Relation) {
  const action = written ?? (required ? undefined : 'SetNull')
  if (action === 'Cascade') return { does: 'deletes', needs: 'delete' } as const
  if (action === 'SetNull' || action === 'SetDefault') return { does: 'changes', needs: 'update' } as const
  return undefined
}

/** A name equal to somebody's bare `sub` matches rows stored under it, as in Amplify. */
function matchedParts({ provider, issuer, matchParts, identityPath }: CallerKind, all: readonly Policy[]) {
  const rules = all
    .flatMap(rulesOf)
    .filter(({ strategy, providers }) => strategy === 'owner' && providers.includes(provider))
  const composite = rules
    .map((rule) => rule.identityPath ?? identityPath)
    .find(({ parts }) => parts.length > 1)
  if (!matchParts || !composite) return []
  return [
    `callers of ${issuer || provider} own rows stored under any single part of ${composite.text}, as in Amplify; ` +
      'matchParts: false narrows it to the whole',
  ]
}
