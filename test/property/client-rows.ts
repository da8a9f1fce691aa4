import type { Column, Model, Relation } from '../../src/catalog/model.js'
import { groups, people } from './client-callers.js'
import type { Draw } from './client-draw.js'
import { keyOf } from './client-oracle.js'
import type { Link, Row, Tables } from './client-tables.js'

const words = ['oak', 'ash', 'Ash', 'elm', 'a_h', ''] as const
const rowsEach = 7

/** A random database, with no foreign key that leads nowhere. */
export function drawTables(draw: Draw, models: ReadonlyMap<string, Model>, links: readonly Link[]): Tables {
  const tables: Record<string, readonly Row[]> = {}
  for (const model of models.values()) tables[model.name] = drawRows(draw, model)
  for (const model of models.values()) {
    for (const relation of model.relations.values()) {
      if (relation.from.length === 0) continue
      const targets = tables[relation.model] ?? []
      tables[model.name] = (tables[model.name] ?? []).map((row) => pointed(draw, row, relation, targets))
    }
    tables[model.name] = distinctRows(model, tables[model.name] ?? [])
  }
  for (const { table, a, b } of links) {
    const ends = (end: Link['a']) => (tables[end.model] ?? []).map((row) => row['id'])
    const pairs = new Map<string, Row>()
    for (let at = draw.int(0, 10); at > 0; at--) {
      const pair = { A: draw.one(ends(a)), B: draw.one(ends(b)) }
      pairs.set(JSON.stringify(pair), pair)
    }
    tables[table] = [...pairs.values()]
  }
  return tables
}

/** A uuid that no database makes. */
export function uuid(kind: number, at: number): string {
  return `0199aaaa-0000-7000-8${String(kind).padStart(3, '0')}-${String(at).padStart(12, '0')}`
}

function drawRows(draw: Draw, model: Model): Row[] {
  return Array.from({ length: rowsEach }, (_, at) =>
    Object.fromEntries(
      [...model.columns.values()].map((column) => [column.name, drawCell(draw, model, column, at)]),
    ),
  )
}

function drawCell(draw: Draw, model: Model, column: Column, at: number): unknown {
  const { name, type } = column
  const mark = `${model.name}-${String(at)}-${name}`
  const isKey = [...model.relations.values()].some(({ from }) => from.includes(name))
  if (column.native === 'Uuid') return uuid(model.name.length, at + 1)
  if (column.default === 'autoincrement') return at + 1
  if (isKey || name === 'version') return name === 'version' ? 1 : null
  if (column.list) return drawList(draw, column)
  if (['owner', 'userId'].includes(name)) return column.required || draw.chance(85) ? draw.one(people) : null
  if (!column.required && draw.chance(20)) return null
  if (column.kind === 'enum') return draw.one(model.enums[type] ?? [])
  if (type === 'String') {
    const common = ['name', 'title', 'role', 'building', 'teamId'].includes(name)
    return common ? draw.one(name === 'teamId' ? groups : words) : mark
  }
  if (type === 'Boolean') return draw.chance(50)
  if (type === 'DateTime') return `2026-01-0${String(draw.int(1, 4))}T00:00:00`
  if (type === 'Json') return { mark }
  if (type === 'Bytes') return `\\x0${String(draw.int(0, 9))}`
  return draw.int(0, 4)
}

function drawList(draw: Draw, { name, type }: Column): unknown[] {
  if (type !== 'String') return draw.some([1, 2, 3], 2)
  return draw.some<string>(name === 'owners' ? people : name === 'teams' ? groups : words, 2)
}

function pointed(draw: Draw, row: Row, { from, to, required }: Relation, targets: readonly Row[]): Row {
  const target = required || draw.chance(75) ? draw.one(targets) : undefined
  return { ...row, ...Object.fromEntries(from.map((name, at) => [name, target?.[to[at] ?? ''] ?? null])) }
}

/** Only rows whose unique keys no other has. */
function distinctRows(model: Model, rows: readonly Row[]): Row[] {
  const uniques = [...model.uniques.values()].map(({ fields }) => ({ fields, seen: new Set<string>() }))
  const kept = rows.filter((row) =>
    uniques.every(({ fields, seen }) => {
      const values = fields.map((field) => row[field])
      if (values.includes(null)) return true
      const key = JSON.stringify(values)
      return !seen.has(key) && seen.add(key)
    }),
  )
  return kept.sort((left, right) => (keyOf(model, left) < keyOf(model, right) ? -1 : 1))
}
