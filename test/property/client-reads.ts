import type { Args } from './client-fixture.js'
import { drawListing, sortable, uniqueOf } from './client-paging.js'
import type { Call, Scene } from './client-scene.js'
import { drawSelection } from './client-selection.js'
import { drawLeaf, drawWhere } from './client-where.js'
import { toPrisma } from './client-values.js'

/** A random call that only reads. */
export function drawRead(scene: Scene): Call {
  const { draw, oracle } = scene
  const model = draw.one([...oracle.models.keys()])
  const kind = draw.int(0, 19)
  if (kind < 5) return { model, ...drawGet(scene, model) }
  if (kind < 14) {
    const method = draw.one(['findMany', 'findMany', 'findMany', 'findFirst', 'findFirstOrThrow'])
    const { take, ...listing } = drawListing(scene, model, 2)
    const taken = method === 'findMany' && take !== undefined ? { take } : {}
    return { model, method, args: { ...listing, ...taken, ...drawSelection(scene, model, 2) } }
  }
  if (kind < 16) return { model, method: 'count', args: drawCount(scene, model) }
  if (kind < 18)
    return { model, method: 'aggregate', args: { ...paged(scene, model), ...drawSums(scene, model) } }
  return { model, method: 'groupBy', args: drawGroups(scene, model) }
}

function drawGet(scene: Scene, model: string): Omit<Call, 'model'> {
  const { draw, oracle, tables } = scene
  const row = draw.one(tables[model] ?? [])
  const others = [...oracle.model(model).columns.values()].filter(
    ({ name }) => oracle.model(model).uniques.has(name) && row[name] !== null,
  )
  const other = draw.chance(30) && others.length > 0 ? draw.one(others) : undefined
  const unique = other ? { [other.name]: toPrisma(other, row[other.name]) } : uniqueOf(oracle, model, row)
  const drawn = draw.chance(25) ? drawWhere(scene, model, 'get', 1) : {}
  const { uniques } = oracle.model(model)
  const more = Object.fromEntries(Object.entries(drawn).filter(([name]) => !uniques.has(name)))
  return {
    method: draw.one(['findUnique', 'findUnique', 'findUnique', 'findUniqueOrThrow']),
    args: { where: { ...more, ...unique }, ...drawSelection(scene, model, 2) },
  }
}

/** What counts and sums takes; Prisma takes a cursor there only with an order by the id alone. */
function paged(scene: Scene, model: string): Args {
  const { distinct: _, cursor, ...listing } = drawListing(scene, model, 2)
  const { id } = scene.oracle.model(model)
  if (!cursor || id.length > 1) return listing
  return { ...listing, cursor, orderBy: id.map(({ name }) => ({ [name]: scene.draw.one(['asc', 'desc']) })) }
}

function drawCount(scene: Scene, model: string): Args {
  const { draw } = scene
  const chosen = draw.chance(40) ? [...draw.some(sortable(scene, model), 2), '_all'] : []
  return {
    ...paged(scene, model),
    ...(chosen.length > 0 && { select: Object.fromEntries(chosen.map((name) => [name, true])) }),
  }
}

function drawSums(scene: Scene, model: string): Args {
  const { draw, oracle } = scene
  const columns = sortable(scene, model)
  const typed = (types: readonly string[]) =>
    columns.filter((name) => types.includes(oracle.model(model).columns.get(name)?.type ?? ''))
  const flags = (names: readonly string[]) =>
    Object.fromEntries(draw.some(names, 2).map((name) => [name, true]))
  const numbers = typed(['Int', 'Float', 'Decimal', 'BigInt'])
  const ordered = typed(['Int', 'String', 'Float', 'Decimal', 'DateTime', 'BigInt']).filter(
    (name) => oracle.model(model).columns.get(name)?.native !== 'Uuid',
  )
  const sums = {
    _min: flags(ordered),
    _max: flags(ordered),
    _sum: flags(numbers),
    _avg: flags(numbers),
    _count: flags(columns),
  }
  const kept = Object.entries(sums).filter(([, fields]) => Object.keys(fields).length > 0)
  return kept.length > 0 ? Object.fromEntries(kept) : { _count: true }
}

function drawGroups(scene: Scene, model: string): Args {
  const { draw } = scene
  const open = sortable(scene, model)
  const by = [...new Set([draw.one(open), ...draw.some(open, 1)])]
  const field = draw.one(by)
  const having = draw.one([
    { [field]: { _count: { gte: 2 } } },
    Object.fromEntries([drawLeaf(scene, model, 'list')].filter(([name]) => by.includes(name))),
  ])
  return {
    by,
    ...(draw.chance(50) && { where: drawWhere(scene, model, 'list') }),
    ...(draw.chance(20) && Object.keys(having).length > 0 && { having }),
    ...drawSums(scene, model),
    orderBy: by.map((name) => ({ [name]: draw.one(['asc', 'desc']) })),
    ...(draw.chance(20) && { take: draw.int(1, 3) }),
  }
}
