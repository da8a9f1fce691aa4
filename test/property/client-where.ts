import type { Column, Relation } from '../../src/catalog/model.js'
import type { Args } from './client-fixture.js'
import type { Oracle } from './client-oracle.js'
import { uuid } from './client-rows.js'
import type { Scene } from './client-scene.js'
import { toPrisma } from './client-values.js'

/** Where a condition stands: by which right the rows are looked at, and whether what it says is turned around. */
interface Place {
  readonly model: string
  readonly operation: string
  readonly depth: number
  readonly negated: boolean
}

/** A random `where`. It mostly names what the caller may read, and compares with what is stored. */
export function drawWhere(scene: Scene, model: string, operation: string, depth = 2): Args {
  return conditions(scene, { model, operation, depth, negated: false })
}

function conditions(scene: Scene, place: Place, least = 0): Args {
  const size = Math.max(least, scene.draw.one([1, 1, 1, 1, 1, 1, 1, 2, 2, 0]))
  return Object.fromEntries(Array.from({ length: size }, () => condition(scene, place)))
}

function condition(scene: Scene, place: Place): readonly [string, unknown] {
  const { draw, oracle } = scene
  const kind = draw.int(0, 9)
  const relations = [...oracle.model(place.model).relations.values()]
  if (kind >= 7 && place.depth > 0 && relations.length > 0) {
    const relation = draw.one(relations)
    return [relation.field, relationFilter(scene, place, relation)]
  }
  if (kind >= 5 && place.depth > 0) {
    const word = draw.one(['AND', 'OR', 'NOT'])
    const inner = {
      ...place,
      depth: place.depth - 1,
      negated: word === 'NOT' ? !place.negated : place.negated,
    }
    // Not of nothing: there Prisma's own answers differ from place to place (NOTES.md).
    if (word !== 'OR' && draw.chance(30)) return [word, conditions(scene, inner, 1)]
    return [word, Array.from({ length: draw.int(1, 2) }, () => conditions(scene, inner, 1))]
  }
  return drawLeaf(scene, place.model, place.operation)
}

function relationFilter(scene: Scene, place: Place, relation: Relation): unknown {
  const { draw } = scene
  const inside = (turned: boolean, least = 0) => {
    const negated = turned ? !place.negated : place.negated
    return conditions(
      scene,
      { model: relation.model, operation: 'list', depth: place.depth - 1, negated },
      least,
    )
  }
  if (relation.list) {
    const word = draw.one(['some', 'every', 'none'])
    return { [word]: inside(word === 'every') }
  }
  // Of a key that is hidden on some rows nothing is asked that is true without it: hidden is false in both polarities.
  const sometimes = relation.from.some((field) => !isPlainlyKnown(scene, place, field))
  if (sometimes) return place.negated ? { isNot: inside(true, 1) } : { is: inside(false, 1) }
  const nullable = !relation.required
  const isGone = nullable && draw.chance(25)
  const word = draw.one(['is', 'isNot', ''])
  // Measured: of one row `{}` asks nothing, not even whether it is there.
  const wanted = isGone ? null : inside(word === 'isNot', 1)
  return word === '' ? wanted : { [word]: wanted }
}

/** Hidden on no row that is shown, or on all. */
function isPlainlyKnown({ oracle }: Scene, { model, operation }: Place, field: string): boolean {
  return oracle.isAlwaysOpen(model, operation, field) || !oracle.isEverOpen(model, operation, field)
}

/** One comparison of one column. */
export function drawLeaf(scene: Scene, model: string, operation: string): readonly [string, unknown] {
  const { draw, oracle } = scene
  const columns = [...oracle.model(model).columns.values()].filter(
    ({ type }) => !['Json', 'Bytes'].includes(type),
  )
  const readable = columns.filter(({ name }) => oracle.isEverOpen(model, operation, name))
  const column = draw.one(readable.length === 0 || draw.chance(2) ? columns : readable)
  return [column.name, comparison(scene, model, operation, column)]
}

function comparison(scene: Scene, model: string, operation: string, column: Column): unknown {
  const { draw, oracle } = scene
  const value = () => storedValue(scene, model, column)
  // Where a value is hidden every comparison is false: also with NULL, and with none at all, which are not so on NULL.
  const isKnown = oracle.isAlwaysOpen(model, operation, column.name)
  const mayBeNull = !column.required && isKnown
  if (column.list) {
    const item = () =>
      draw.one([
        ...(value() as unknown[]),
        draw.one<unknown>(column.type === 'String' ? ['ana', 'red', 'oak'] : [1, 2]),
      ])
    const operator = draw.one(['has', 'hasSome', 'hasEvery', 'isEmpty', 'equals'])
    if (operator === 'has') return { has: item() }
    if (operator === 'isEmpty') return { isEmpty: draw.chance(50) }
    return { [operator]: operator === 'equals' ? value() : Array.from({ length: draw.int(0, 2) }, item) }
  }
  if (mayBeNull && draw.chance(12)) return draw.one([null, { equals: null }, { not: null }])
  const operator = draw.one(operatorsOf(column))
  if (operator === '') return value()
  if (operator === 'in' || operator === 'notIn')
    return { [operator]: Array.from({ length: draw.int(isKnown ? 0 : 1, 3) }, value) }
  if (operator === 'not' && draw.chance(30)) return { not: { [draw.one(['equals', 'not'])]: value() } }
  if (['contains', 'startsWith', 'endsWith'].includes(operator)) {
    const text = value() as string
    const part = draw.chance(50) ? text.slice(0, 2) : text.slice(-2)
    return { [operator]: draw.one([part, '%', 'a_']), ...(draw.chance(30) && { mode: 'insensitive' }) }
  }
  return { [operator]: value() }
}

function operatorsOf({ kind, type, native }: Column): readonly string[] {
  const equality = ['', 'equals', 'not', 'in', 'notIn']
  if (type === 'Boolean') return ['', 'equals', 'not']
  if (kind === 'enum' || native === 'Uuid') return equality
  const order = ['lt', 'lte', 'gt', 'gte']
  return type === 'String'
    ? [...equality, ...order, 'contains', 'startsWith', 'endsWith']
    : [...equality, ...order]
}

/** What some row has there, so that comparisons are often true; never NULL. */
function storedValue({ draw, tables, oracle }: Scene, model: string, column: Column): unknown {
  const values = (tables[model] ?? []).map((row) => row[column.name]).filter((value) => value !== null)
  return toPrisma(
    column,
    values.length > 0 && draw.chance(92) ? draw.one(values) : spareValue(oracle, model, column),
  )
}

function spareValue(oracle: Oracle, model: string, { list, kind, native, type }: Column): unknown {
  if (list) return []
  if (native === 'Uuid') return uuid(0, 404)
  if (kind === 'enum') return oracle.model(model).enums[type]?.[0]
  return { Boolean: true, DateTime: '2026-01-02T00:00:00', String: 'oak' }[type as string] ?? 2
}
