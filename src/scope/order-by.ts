import type { Relation } from '../catalog/model.js'
import type { Allowed } from '../policy/decide.js'
import type { Caller } from './caller.js'
import { computing } from './computing.js'
import { openColumn, openColumns } from './open-columns.js'
import { hop } from './reading.js'
import type { Row } from './row.js'
import { argumentsOf, isPlainObject, plainObject, unsupported } from './unsupported.js'

/**
 * The order a caller asks for, made anew: by columns that are open on every row, by what is computed from them, and by
 * related rows where the caller may list all of them.
 *
 * @throws {ClaimstakeError} `UNSUPPORTED_ARGUMENT`
 */
export function orderBy(caller: Caller, decision: Allowed, asked: unknown): Row | readonly Row[] {
  return Array.isArray(asked)
    ? asked.map((order) => orderOf(caller, decision, order))
    : orderOf(caller, decision, asked)
}

function orderOf(caller: Caller, decision: Allowed, order: unknown): Row {
  const keys = Object.entries(plainObject(order, 'orderBy')).map(([field, asked]) => {
    const relation = decision.policy.model.relations.get(field)
    if (relation) return [field, overRelation(caller, decision, relation, asked)] as const
    if (computing.includes(field)) return [field, openColumns(decision, asked, field, direction)] as const
    openColumn(decision, field, 'orderBy')
    return [field, direction(asked, `the order of "${field}"`)] as const
  })
  return Object.fromEntries(keys.filter(([, key]) => key !== undefined))
}

/** What orders by related rows would order by hidden ones too. */
function overRelation(caller: Caller, decision: Allowed, relation: Relation, asked: unknown): Row {
  const { decision: target, here, there } = hop(caller, decision, relation, 'list')
  if (!target || here.kind !== 'all' || there.kind !== 'all')
    throw unsupported(`the field "${relation.field}" in orderBy`)
  if (!relation.list) return orderOf(caller, target, asked)
  const { _count: count } = argumentsOf(asked, ['_count'], `"${relation.field}" in orderBy`)
  const way = direction(count, `the order of "${relation.field}"`)
  return way === undefined ? {} : { _count: way }
}

const directions: readonly unknown[] = ['asc', 'desc', undefined]
const nullPlaces: readonly unknown[] = ['first', 'last', undefined]

function direction(asked: unknown, where: string): unknown {
  if (!isPlainObject(asked)) {
    if (directions.includes(asked)) return asked
    throw unsupported(`anything but asc or desc as ${where}`)
  }
  const { sort, nulls } = argumentsOf(asked, ['sort', 'nulls'], where)
  if (!directions.includes(sort) || !nullPlaces.includes(nulls)) throw unsupported(`this as ${where}`)
  return { ...(sort !== undefined && { sort }), ...(nulls !== undefined && { nulls }) }
}
