import type { Relation } from '../../src/catalog/model.js'
import type { Args } from './client-fixture.js'
import { uniqueOf } from './client-paging.js'
import type { Scene } from './client-scene.js'
import type { Row } from './client-tables.js'
import { drawNew } from './client-written.js'
import { changeData, drawTarget, newData } from './client-writes.js'

/** A random write of one or two relations of a row, or nothing where it has none. */
export function drawNested(
  scene: Scene,
  model: string,
  within: 'create' | 'update',
  depth: number,
): Args | undefined {
  const { draw, oracle } = scene
  const relations = [...oracle.model(model).relations.values()]
  if (relations.length === 0) return undefined
  const open = relations.filter((relation) => !oracle.isDenied(relation.model, 'update'))
  const usual = open.length === 0 || draw.chance(5) ? relations : open
  const chosen = [...new Set([draw.one(usual), ...(draw.chance(20) ? [draw.one(usual)] : [])])]
  return Object.fromEntries(
    chosen.map((relation) => [relation.field, drawOperation(scene, relation, within, depth)]),
  )
}

/** The other end of a relation. */
export function otherEnd({ oracle }: Pick<Scene, 'oracle'>, model: string, relation: Relation): Relation {
  const ends = [...oracle.model(relation.model).relations.values()].filter(
    ({ name }) => name === relation.name,
  )
  const end = ends.find(({ field }) => model !== relation.model || field !== relation.field)
  if (!end) throw new Error(`${model}.${relation.field} has one end only`)
  return end
}

function drawOperation(scene: Scene, relation: Relation, within: 'create' | 'update', depth: number): Args {
  const { draw } = scene
  const isLink =
    relation.list &&
    [...scene.oracle.model(relation.model).relations.values()].some(
      ({ name, list, field }) =>
        name === relation.name && list && (field !== relation.field || relation.from.length > 0),
    )
  const back = [...scene.oracle.model(relation.model).relations.values()].find(
    ({ name, field, from }) => name === relation.name && field !== relation.field && from.length > 0,
  )
  const isOptional = isLink || (relation.from.length > 0 ? !relation.required : back ? !back.required : true)
  const always = ['create', 'connect', 'connect', 'connectOrCreate']
  const lists = relation.list
    ? [...(isLink ? [] : ['createMany']), ...(within === 'update' ? ['updateMany', 'deleteMany'] : [])]
    : []
  const changing = within === 'update' ? ['update', 'update', 'upsert'] : []
  const loosing =
    within === 'update' && isOptional
      ? ['disconnect', ...(relation.list ? ['set', 'delete'] : ['delete'])]
      : []
  const word = draw.one([...always, ...lists, ...changing, ...loosing])
  return { [word]: operand(scene, relation, word, depth) }
}

function operand(scene: Scene, relation: Relation, word: string, depth: number): unknown {
  const { draw } = scene
  const { model, list } = relation
  const where = () => drawTarget(scene, model, word === 'connect' ? 'update' : 'get')
  const several = (make: () => unknown) =>
    list && draw.chance(30) ? Array.from({ length: draw.int(1, 2) }, make) : make()
  switch (word) {
    case 'create':
      return several(() => childData(scene, relation, depth))
    case 'createMany':
      return { data: Array.from({ length: draw.int(1, 2) }, () => ownData(scene, relation)) }
    case 'connect':
      return several(where)
    case 'connectOrCreate':
      return { where: where(), create: childData(scene, relation, depth) }
    case 'set':
      return draw.chance(30) ? [] : [where()]
    case 'disconnect':
      return list ? several(where) : true
    case 'delete':
      return list ? where() : true
    case 'update':
      return list
        ? { where: where(), data: changeData(scene, model, depth) }
        : changeData(scene, model, depth)
    case 'updateMany':
      return { where: massWhere(scene, model), data: changeData(scene, model, 0) }
    case 'deleteMany':
      return massWhere(scene, model)
    default: {
      const parts = { create: childData(scene, relation, depth), update: changeData(scene, model, depth) }
      return list ? { where: where(), ...parts } : parts
    }
  }
}

/** A new row under another: the key that points at that one is not sent. */
function childData(scene: Scene, relation: Relation, depth: number): Args {
  const back = backKeys(scene, relation)
  const data = newData(scene, relation.model, depth)
  const kept = Object.entries(data).filter(([name]) => !back.has(name))
  return Object.fromEntries(kept)
}

function ownData(scene: Scene, relation: Relation): Args {
  return { ...childData(scene, relation, 0), ...drawNew(scene, relation.model) }
}

function backKeys({ oracle }: Scene, relation: Relation): ReadonlySet<string> {
  const ends = [...oracle.model(relation.model).relations.values()].filter(
    ({ name, field }) => name === relation.name && field !== relation.field,
  )
  return new Set(ends.flatMap(({ field, from }) => [field, ...from]))
}

/** A condition for nested writes of many rows: on one plain column, so that it can be told in memory. */
function massWhere(scene: Scene, model: string): Args {
  const { draw, oracle, tables } = scene
  const rows: readonly Row[] = tables[model] ?? []
  const [id] = oracle.model(model).id
  if (rows.length === 0 || !id || draw.chance(40)) return {}
  if (draw.chance(40)) return { [id.name]: { in: rows.slice(0, 4).map((row) => row[id.name]) } }
  const unique = uniqueOf(oracle, model, draw.one(rows))
  return id.name in unique ? unique : {}
}
