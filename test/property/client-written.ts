import type { Column, Model } from '../../src/catalog/model.js'
import type { Args } from './client-fixture.js'
import { people } from './client-callers.js'
import type { Scene } from './client-scene.js'
import type { Row } from './client-tables.js'
import { toPrisma } from './client-values.js'

/** Columns that the server fills in: a caller may send none of them. */
export function isServed(model: Model, { name, default: kind }: Column): boolean {
  const isId = model.id.some((id) => id.name === name) && kind !== undefined
  return isId || name === 'version' || kind === 'now' || kind === 'updatedAt'
}

/** The columns that hold foreign keys. */
export function keyColumns(model: Model): ReadonlySet<string> {
  return new Set([...model.relations.values()].flatMap(({ from }) => from))
}

/** Random values for a new row; its foreign keys are given elsewhere. */
export function drawNew(scene: Scene, name: string): Args {
  const { draw, oracle } = scene
  const model = oracle.model(name)
  const keys = keyColumns(model)
  const values: Record<string, unknown> = {}
  for (const column of model.columns.values()) {
    if (isServed(model, column) || keys.has(column.name)) continue
    const isMark = isText(column) && !isOwner(column)
    const isNeeded = column.required && column.default === undefined && !column.list && !isOwner(column)
    const mayWrite = oracle.isEverOpen(name, 'create', column.name) || draw.chance(4)
    if (isNeeded || (mayWrite && (isMark ? draw.chance(60) : draw.chance(25))))
      values[column.name] = valueFor(scene, name, column)
  }
  return { ...values, ...marked(scene, model, values) }
}

/** Random values for some columns of a stored row. */
export function drawChange(scene: Scene, name: string, isMass: boolean): Args {
  const { draw, oracle } = scene
  const model = oracle.model(name)
  const keys = keyColumns(model)
  const columns = [...model.columns.values()].filter(
    (column) =>
      !isServed(model, column) &&
      !keys.has(column.name) &&
      !model.id.includes(column) &&
      !(isMass && (model.uniques.has(column.name) || isOwner(column))),
  )
  const usual = columns.filter((column) => !isOwner(column) && oracle.isEverOpen(name, 'update', column.name))
  const chosen = draw.some(usual.length === 0 || draw.chance(10) ? columns : usual, 2)
  return Object.fromEntries(
    chosen.map((column) => {
      const value = valueFor(scene, name, column)
      const isNumber = ['Int', 'BigInt'].includes(column.type) && !column.list
      if (isNumber && value !== null && draw.chance(25)) return [column.name, { increment: value }]
      return [column.name, draw.chance(15) ? { set: value } : value]
    }),
  )
}

/** The values of a foreign key: mostly of a row the caller may get. */
export function drawKey(scene: Scene, name: string, from: readonly string[]): Row {
  const { draw, oracle, tables } = scene
  const relation = [...oracle.model(name).relations.values()].find((one) => one.from === from)
  const isUnique = from.some((field) => oracle.model(name).uniques.has(field))
  const rows = (tables[relation?.model ?? ''] ?? []).filter(
    (row) =>
      !isUnique ||
      draw.chance(10) ||
      !tables[name]?.some((one) => from.every((field, at) => one[field] === row[relation?.to[at] ?? ''])),
  )
  const gettable = rows.filter((row) => oracle.holds(relation?.model ?? '', 'get', row))
  const usable = gettable.length === 0 || draw.chance(8) ? rows : gettable
  const target = usable.length > 0 ? draw.one(usable) : (tables[relation?.model ?? '']?.[0] ?? {})
  return Object.fromEntries(from.map((field, at) => [field, target[relation?.to[at] ?? '']]))
}

function valueFor(scene: Scene, model: string, column: Column): unknown {
  const { draw, oracle, tables } = scene
  if (isOwner(column)) {
    const own = (oracle.who.claims['sub'] ?? 'ana') as string
    const value = draw.chance(80) ? own : draw.one([...people, null])
    if (column.list) return draw.one([[own], [own, 'dee'], ['dee'], []])
    return column.required ? (value ?? own) : value
  }
  if (isText(column)) return !column.required && draw.chance(10) ? null : draw.fresh()
  // What is stored somewhere is of the right type; where nothing is, these are.
  const values = (tables[model] ?? []).map((row) => row[column.name]).filter((value) => value !== null)
  const spare = { Boolean: true, DateTime: '2026-01-02T00:00:00', Bytes: '\\x05', Json: {} }[column.type]
  return toPrisma(column, values.length > 0 ? draw.one(values) : (spare ?? (column.list ? [] : 3)))
}

function isText({ type, list, native, kind }: Column): boolean {
  return kind === 'scalar' && type === 'String' && !list && native !== 'Uuid'
}

function isOwner({ name }: Column): boolean {
  return ['owner', 'owners', 'userId', 'teams'].includes(name)
}

/** Always one text of its own. */
function marked(scene: Scene, model: Model, values: Row): Args {
  const names = ['name', 'title', 'bio', 'number', 'postname', 'body', 'role']
  const column = [...model.columns.values()].find((one) => names.includes(one.name) && isText(one))
  const known = column && typeof values[column.name] === 'string'
  return column && !known ? { [column.name]: scene.draw.fresh() } : {}
}
