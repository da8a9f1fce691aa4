import type { Relation } from '../../src/catalog/model.js'
import type { Args } from './client-fixture.js'
import { drawListing } from './client-paging.js'
import type { Scene } from './client-scene.js'
import { drawWhere } from './client-where.js'

/** A random `select`, `include` or `omit`, with relations down to a depth. */
export function drawSelection(scene: Scene, name: string, depth: number): Args {
  const { draw, oracle } = scene
  const model = oracle.model(name)
  const columns = [...model.columns.keys()]
  const kind = draw.int(0, 9)
  const omit = () => ({
    omit: Object.fromEntries(draw.some(columns, 3).map((field) => [field, draw.chance(90)])),
  })
  if (kind < 3) return draw.chance(20) ? omit() : {}
  const relations = depth > 0 && model.relations.size > 0 ? draw.some([...model.relations.values()], 2) : []
  const chosen = Object.fromEntries(
    relations.map((relation) => [relation.field, drawRelation(scene, relation, depth - 1)]),
  )
  const counts =
    depth > 0 && draw.chance(15) ? drawCounts(scene, [...model.relations.values()], depth - 1) : {}
  const nested = { ...chosen, ...counts }
  if (kind < 7)
    return Object.keys(nested).length > 0 ? { include: nested, ...(draw.chance(10) && omit()) } : {}
  const fields = Object.fromEntries(draw.some(columns, 4).map((field) => [field, true]))
  const select = { ...fields, ...nested }
  return Object.keys(select).length > 0 ? { select } : {}
}

function drawRelation(scene: Scene, relation: Relation, depth: number): unknown {
  const { draw } = scene
  if (draw.chance(30)) return relation.list ? inOrder(scene, relation) : true
  const selection = drawSelection(scene, relation.model, depth)
  if (relation.list)
    return {
      ...selection,
      ...(draw.chance(60) ? drawListing(scene, relation.model, depth) : inOrder(scene, relation)),
    }
  // Prisma takes a condition only where the row may be missing.
  const where = !relation.required && draw.chance(30)
  return { ...selection, ...(where && { where: drawWhere(scene, relation.model, 'get', depth) }) }
}

function inOrder({ oracle }: Scene, { model }: Relation): Args {
  return { orderBy: oracle.model(model).id.map(({ name }) => ({ [name]: 'asc' })) }
}

function drawCounts(scene: Scene, relations: readonly Relation[], depth: number): Args {
  const { draw } = scene
  const lists = relations.filter(({ list }) => list)
  if (lists.length === 0) return {}
  if (draw.chance(20)) return { _count: true }
  const chosen = [draw.one(lists), ...draw.some(lists, 1)].map((relation) => [
    relation.field,
    draw.chance(40) ? { where: drawWhere(scene, relation.model, 'list', depth) } : true,
  ])
  return { _count: { select: Object.fromEntries(chosen) as Args } }
}
