import type {
  Catalog,
  CatalogField,
  CatalogModel,
  DefaultKind,
  ScalarType,
} from '../../src/catalog/catalog.js'
import { modelsOf, type Model } from '../../src/catalog/model.js'
import { compilePolicies } from '../../src/policy/compile-policies.js'
import type { Policy } from '../../src/policy/policy.js'
import type { AnyRule } from '../../src/policy/schema-builder.js'

/**
 * Fields by name, each as Prisma would write it: `String`, `String?`, `String[]`, `Uuid` for `String @db.Uuid`,
 * `Int =value` with a default, `-> Post[]` for a relation, `-> Post[] =name` for one of that name. Any other type is
 * an enum.
 */
export type FakeFields = Readonly<Record<string, string>>

const scalars: readonly string[] = [
  ...['String', 'Boolean', 'Int', 'BigInt', 'Float', 'Decimal', 'DateTime', 'Json', 'Bytes'],
]

/** A catalog for tests that need no database; the id of a model is `id`, or the fields marked with `!`. */
export function catalog(models: Readonly<Record<string, FakeFields>>): Catalog {
  return {
    models: Object.fromEntries(Object.entries(models).map(([name, fields]) => [name, toModel(name, fields)])),
    enums: {},
  }
}

/**
 * One model of such a catalog.
 *
 * @example model('Post', { id: 'Uuid', owner: 'String?', owners: 'String[]', version: 'Int =value' })
 */
export function model(name: string, fields: FakeFields): Model {
  const found = modelsOf(catalog({ [name]: fields })).get(name)
  if (!found) throw new Error(`no model ${name}`)
  return found
}

/** A model with its rules, and those of single fields, compiled. */
export function policy(
  of: Model,
  rules: readonly AnyRule[] | undefined,
  fields: Readonly<Record<string, readonly AnyRule[]>> = {},
): Policy {
  const definition = {
    ...(rules && { rules: rules.map((rule) => rule.definition) }),
    fields: Object.fromEntries(
      Object.entries(fields).map(([name, list]) => [name, { rules: list.map((rule) => rule.definition) }]),
    ),
    options: {},
  }
  const compiled = compilePolicies(new Map([[of.name, of]]), { models: { [of.name]: definition } }).get(
    of.name,
  )
  if (!compiled) throw new Error(`no policy for ${of.name}`)
  return compiled
}

function toModel(name: string, fields: FakeFields): CatalogModel {
  const marked = Object.keys(fields).filter((field) => fields[field]?.includes('!'))
  const id = marked.length > 0 ? marked : ['id']
  return {
    table: name,
    id: { name: id.join('_'), fields: id },
    uniques: [],
    indexes: [],
    fields: Object.fromEntries(Object.entries(fields).map(([field, text]) => [field, toField(name, text)])),
  }
}

function toField(of: string, text: string): CatalogField {
  const [, arrow, type = '', list, optional, kind] =
    /^(-> )?(\w+)(\[\])?(\?)?!?(?: =(\w+))?$/u.exec(text) ?? []
  if (!type) throw new Error(`the fake field "${text}" cannot be read`)
  const facts = { list: list !== undefined, required: optional === undefined }
  if (arrow)
    return { kind: 'relation', model: type, name: kind ?? `${of}To${type}`, from: [], to: [], ...facts }
  const more = { column: '', ...facts, ...(kind && { default: kind as DefaultKind }) }
  if (type === 'Uuid') return { kind: 'scalar', type: 'String', native: 'Uuid', ...more }
  if (scalars.includes(type)) return { kind: 'scalar', type: type as ScalarType, ...more }
  return { kind: 'enum', type, ...more }
}
