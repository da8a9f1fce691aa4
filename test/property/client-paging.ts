import type { Args } from './client-fixture.js'
import type { Oracle } from './client-oracle.js'
import type { Scene } from './client-scene.js'
import type { Row } from './client-tables.js'
import { drawWhere } from './client-where.js'
import { toPrisma } from './client-values.js'

/** Random `where`, `orderBy` (always ending in the id), `take`, `skip`, `cursor` and `distinct` of a list. */
export function drawListing(scene: Scene, model: string, depth: number): Args {
  const { draw, oracle } = scene
  const distinct = draw.chance(8) ? draw.some(sortable(scene, model), 2) : []
  const cursor = draw.chance(8) ? draw.one(scene.tables[model] ?? []) : undefined
  return {
    ...(draw.chance(60) && { where: drawWhere(scene, model, 'list', depth) }),
    orderBy: drawOrder(scene, model, depth),
    ...(draw.chance(25) && { take: draw.int(-3, 4) }),
    ...(draw.chance(15) && { skip: draw.int(0, 2) }),
    ...(cursor && { cursor: uniqueOf(oracle, model, cursor) }),
    ...(distinct.length > 0 && { distinct }),
  }
}

/** The unique key of a row by its id, as Prisma takes it. */
export function uniqueOf(oracle: Oracle, name: string, row: Row): Args {
  const model = oracle.model(name)
  const values = Object.fromEntries(
    model.id.map((column) => [column.name, toPrisma(column, row[column.name])]),
  )
  return model.id.length === 1 ? values : { [model.idKey.name]: values }
}

function drawOrder(scene: Scene, name: string, depth: number): readonly Args[] {
  const { draw, oracle } = scene
  const model = oracle.model(name)
  const direction = () => draw.one(['asc', 'desc'])
  const chosen = draw.some(sortable(scene, name), 2).map((field): Args => {
    const nullable = !model.columns.get(field)?.required && draw.chance(30)
    return { [field]: nullable ? { sort: direction(), nulls: draw.one(['first', 'last']) } : direction() }
  })
  if (depth > 0 && draw.chance(10)) {
    const relation = draw.one([...model.relations.values(), undefined])
    if (relation?.list) chosen.unshift({ [relation.field]: { _count: direction() } })
    else if (relation)
      chosen.unshift({ [relation.field]: { [draw.one(sortable(scene, relation.model))]: direction() } })
  }
  return [...chosen, ...model.id.map((column): Args => ({ [column.name]: direction() }))]
}

/** Columns to order and group by: mostly those one may. */
export function sortable({ draw, oracle }: Scene, model: string): string[] {
  const names = [...oracle.model(model).columns.values()]
    .filter(({ list, type }) => !list && !['Json', 'Bytes'].includes(type))
    .map(({ name }) => name)
  const open = names.filter((name) => oracle.isAlwaysOpen(model, 'list', name))
  return open.length === 0 || draw.chance(2) ? names : open
}
