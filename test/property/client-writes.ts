import type { Args } from './client-fixture.js'
import { drawNested } from './client-nested.js'
import { uniqueOf } from './client-paging.js'
import type { Call, Scene } from './client-scene.js'
import { drawSelection } from './client-selection.js'
import type { Row } from './client-tables.js'
import { toPrisma } from './client-values.js'
import { drawWhere } from './client-where.js'
import { drawChange, drawKey, drawNew } from './client-written.js'

type Method = 'create' | 'createMany' | 'update' | 'updateMany' | 'upsert' | 'delete' | 'deleteMany'
const methods: readonly Method[] = [
  ...(['create', 'create', 'create', 'update', 'update', 'update', 'update', 'upsert'] as const),
  ...(['createMany', 'updateMany', 'delete', 'deleteMany'] as const),
]

/** A random call that writes; mostly of a kind the caller has some right to. */
export function drawWrite(scene: Scene): Call {
  const { draw, oracle } = scene
  const method = draw.one(methods)
  const operation = method.replace('Many', '').replace('upsert', 'update')
  const names = [...oracle.models.keys()]
  const open = names.filter((name) => !oracle.isDenied(name, operation))
  const model = draw.one(open.length === 0 || draw.chance(7) ? names : open)
  const answers = draw.chance(50) ? 'AndReturn' : ''
  const selected = () => (draw.chance(40) ? drawSelection(scene, model, 1) : {})
  const scalars = () => (draw.chance(30) ? drawSelection(scene, model, 0) : {})
  switch (method) {
    case 'create':
      return { model, method, args: { data: newData(scene, model, 2), ...selected() } }
    case 'createMany': {
      const data = Array.from({ length: draw.int(1, 3) }, () => ({
        ...drawNew(scene, model),
        ...allKeys(scene, model),
      }))
      return { model, method: method + answers, args: { data, ...(answers && scalars()) } }
    }
    case 'update':
      return {
        model,
        method,
        args: { where: drawTarget(scene, model, 'update'), data: changeData(scene, model, 2), ...selected() },
      }
    case 'upsert':
      return {
        model,
        method,
        args: {
          where: drawTarget(scene, model, 'update'),
          create: newData(scene, model, 1),
          update: changeData(scene, model, 1),
          ...selected(),
        },
      }
    case 'updateMany': {
      const data = { ...drawChange(scene, model, true), ...someKeys(scene, model, 15) }
      return {
        model,
        method: method + answers,
        args: { ...someWhere(scene, model), data, ...(answers && scalars()) },
      }
    }
    case 'delete':
      return { model, method, args: { where: drawTarget(scene, model, 'delete'), ...scalars() } }
    case 'deleteMany':
      return { model, method, args: someWhere(scene, model) }
  }
}

/** A new row: with foreign keys as they are, or with what it is related to written along. */
export function newData(scene: Scene, model: string, depth: number): Args {
  const data = drawNew(scene, model)
  const nested =
    depth > 0 && scene.draw.chance(50) ? drawNested(scene, model, 'create', depth - 1) : undefined
  if (!nested) return { ...data, ...allKeys(scene, model) }
  const isChecked = [...scene.oracle.model(model).relations.values()].some(
    ({ field, from }) => from.length > 0 && field in nested,
  )
  return { ...data, ...(isChecked ? connections(scene, model, nested) : allKeys(scene, model)), ...nested }
}

export function changeData(scene: Scene, model: string, depth: number): Args {
  const data = drawChange(scene, model, false)
  const nested =
    depth > 0 && scene.draw.chance(60) ? drawNested(scene, model, 'update', depth - 1) : undefined
  return nested ? { ...data, ...nested } : { ...data, ...someKeys(scene, model, 15) }
}

/** The id of a row: mostly of one that may be written; sometimes of none at all. */
export function drawTarget(scene: Scene, model: string, operation: string): Args {
  const { draw, oracle, tables } = scene
  const rows = tables[model] ?? []
  const writable = rows.filter((row) => oracle.holds(model, operation, row))
  const row = draw.one(writable.length === 0 || draw.chance(20) ? rows : writable)
  if (draw.chance(3)) return uniqueOf(oracle, model, missing(scene, model, row))
  const unique = [...oracle.model(model).columns.values()].find(
    ({ name }) =>
      oracle.model(model).uniques.has(name) && row[name] !== null && oracle.isAlwaysOpen(model, 'get', name),
  )
  return unique && draw.chance(15)
    ? { [unique.name]: toPrisma(unique, row[unique.name]) }
    : uniqueOf(oracle, model, row)
}

function missing({ oracle }: Scene, model: string, row: Row): Row {
  const [id] = oracle.model(model).id
  if (!id) return row
  return {
    ...row,
    [id.name]:
      id.type === 'Int' ? 999 : id.native === 'Uuid' ? '0199aaaa-0000-7000-8000-000000000404' : 'none',
  }
}

function someWhere(scene: Scene, model: string): Args {
  return scene.draw.chance(85) ? { where: drawWhere(scene, model, 'list', 1) } : {}
}

function keysOf(scene: Scene, model: string) {
  return [...scene.oracle.model(model).relations.values()].filter(({ from }) => from.length > 0)
}

/** The foreign keys of a new row: those it needs, and some of the others. */
function allKeys(scene: Scene, model: string): Args {
  const wanted = keysOf(scene, model).filter(({ required }) => required || scene.draw.chance(25))
  return Object.assign({}, ...wanted.map(({ from }) => drawKey(scene, model, from))) as Args
}

function someKeys(scene: Scene, model: string, percent: number): Args {
  const { draw } = scene
  const { id, uniques } = scene.oracle.model(model)
  const wanted = keysOf(scene, model).filter(
    ({ from }) =>
      !from.some((field) => uniques.has(field) || id.some(({ name }) => name === field)) &&
      draw.chance(percent),
  )
  const values = wanted.map(({ from, required }) =>
    !required && draw.chance(25)
      ? Object.fromEntries(from.map((field) => [field, null]))
      : drawKey(scene, model, from),
  )
  return Object.assign({}, ...values) as Args
}

/** What a new row cannot do without, where it names what it belongs to by relations. */
function connections(scene: Scene, model: string, nested: Args): Args {
  const needed = keysOf(scene, model).filter(({ field, required }) => required && !(field in nested))
  const entries = needed.map(({ field, from, to }) => {
    const key = drawKey(scene, model, from)
    const where = Object.fromEntries(to.map((name, at) => [name, key[from[at] ?? '']]))
    return [field, { connect: to.length > 1 ? { [to.join('_')]: where } : where }]
  })
  return Object.fromEntries(entries) as Args
}
