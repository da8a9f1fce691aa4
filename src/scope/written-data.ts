import { ClaimstakeError } from '../errors.js'
import type { Column, Model, Relation } from '../catalog/model.js'
import { rulesOf, type Policy } from '../policy/policy.js'
import { writtenValue } from './scalar-value.js'
import type { Reference } from './plan.js'
import { isPlainObject, plainObject, unsupported } from './unsupported.js'
import type { Row } from './row.js'

const arithmetic = ['increment', 'decrement', 'multiply', 'divide', 'push']

/** The data of a write, taken apart: its own columns, and what is to be done over its relations, in that order. */
export interface DataParts {
  readonly columns: Row
  readonly nested: readonly (readonly [Relation, Row])[]
}

/** Takes the relations out of the data of a write. */
export function partsOf(model: Model, input: unknown): DataParts {
  const columns: Record<string, unknown> = {}
  const nested: [Relation, Row][] = []
  for (const [name, value] of Object.entries(plainObject(input, 'data'))) {
    const relation = model.relations.get(name)
    if (value === undefined) continue
    if (!relation) columns[name] = value
    else {
      const writes = plainObject(value, `"${name}" in data`)
      const kinds = Object.keys(writes).filter((kind) => writes[kind] !== undefined)
      // Two at once on one row: which of them is about the row that was there, and which about the other?
      if (!relation.list && kinds.length > 1)
        throw unsupported(`${kinds.join(' and ')} together for "${relation.field}" in data`)
      if (kinds.length > 0) nested.push([relation, writes])
    }
  }
  return { columns, nested }
}

/**
 * The values of a create or an update, checked: columns only, data only. `{ set: value }` becomes the value.
 *
 * @throws {ClaimstakeError} `UNSUPPORTED_ARGUMENT` for unknown fields, the version column, and
 *   arithmetic on a column that rules or foreign keys look at
 */
export function writtenData(policy: Policy, input: unknown, method: 'create' | 'update'): Row {
  const { model, version } = policy
  const data: Record<string, unknown> = {}
  const given = plainObject(input, 'data')
  for (const name of Object.keys(given)) {
    const value = given[name]
    if (value === undefined) continue
    if (model.relations.has(name)) throw unsupported(`the nested write "${name}" in the data of many rows`)
    const column = model.columns.get(name)
    if (!column) throw unsupported(`the field "${name}" in data`)
    if (version?.name === name)
      throw unsupported(`the version column "${name}" in data; it counts writes by itself`)
    if (method === 'update' && model.id.includes(column))
      throw unsupported(`the id "${name}" in the data of an update`)
    data[name] =
      column.type === 'Json' || !isPlainObject(value)
        ? writtenValue(column, value)
        : operated(policy, column, value)
  }
  return data
}

/** The rows that foreign keys in the data point at. */
export function referencesIn(
  model: Model,
  models: ReadonlyMap<string, Model>,
  rows: readonly Row[],
): Reference[] {
  const sent = linksOf(model).filter(({ from }) => from.some((field) => rows.some((row) => field in row)))
  return sent.flatMap((relation) => {
    const target = models.get(relation.model)
    if (!target) return []
    const keys = rows.flatMap((row) => {
      const values = relation.from.map((field) => row[field])
      if (values.every((value) => value === undefined) || values.includes(null)) return []
      if (values.includes(undefined)) throw incomplete(relation.from)
      return [Object.fromEntries(relation.to.map((column, at) => [column, values[at]]))]
    })
    return keys.length === 0 ? [] : [{ model: target, relation: relation.field, fields: relation.from, keys }]
  })
}

/** A foreign key of several columns is sent whole, or nobody could tell which row it means. */
function incomplete(fields: readonly string[]): ClaimstakeError {
  return new ClaimstakeError('INVALID_INPUT', {
    detail: `${fields.join(', ')} are one foreign key: send them together.`,
    errors: fields.map((field) => ({
      pointer: `/${field}`,
      code: 'required',
      detail: 'goes with the rest of its foreign key',
    })),
  })
}

/** The relations whose foreign key the model holds; found once. */
function linksOf(model: Model): readonly Relation[] {
  const known = links.get(model) ?? [...model.relations.values()].filter(({ from }) => from.length > 0)
  links.set(model, known)
  return known
}

const links = new WeakMap<Model, readonly Relation[]>()

/** What an operator object stands for: the value of `set`, or arithmetic on a column nobody's rights hang on. */
function operated(policy: Policy, column: Column, value: Row): unknown {
  const { name } = column
  const [operator, ...more] = Object.keys(value)
  if (operator === undefined || more.length > 0) throw unsupported(`this value for "${name}" in data`)
  const operand = writtenValue(column, value[operator])
  if (operator === 'set') return operand
  if (!arithmetic.includes(operator)) throw unsupported(`this value for "${name}" in data`)
  const isForeignKey = [...policy.model.relations.values()].some((relation) => relation.from.includes(name))
  if (isForeignKey || rulesOf(policy).some((rule) => rule.column?.name === name)) {
    throw unsupported(`"${operator}" on "${name}" in data`)
  }
  return { [operator]: operand }
}
