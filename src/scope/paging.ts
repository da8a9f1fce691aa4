import { isOpenOnEveryRow, type Allowed } from '../policy/decide.js'
import { scopeToWhere, type Where } from '../policy/scope-to-where.js'
import { none, type Scope } from '../policy/scope.js'
import { anyColumn } from './any-column.js'
import type { Caller } from './caller.js'
import { hop, type Reading } from './reading.js'
import { rewriteWhere } from './rewrite-where.js'
import { scopeWhere } from './scope-where.js'
import { guarded, uniqueWhere } from './unique-where.js'
import { plainObject, unsupported } from './unsupported.js'
import type { Row } from './row.js'

/** The arguments that choose and arrange the rows of a list. */
export const listing = ['where', 'orderBy', 'take', 'skip', 'cursor', 'distinct']

/**
 * Chooses and arranges rows as the caller asks, among those in scope; what orders rows must be open on all of them.
 *
 * @param scope the rows, if not simply those of the decision
 * @throws {ClaimstakeError} `UNSUPPORTED_ARGUMENT`
 */
export function paging(reading: Reading, decision: Allowed, args: Row, scope?: Scope): Row {
  const { where, orderBy, take, skip, cursor, distinct } = args
  for (const order of listOf(orderBy)) checkOrder(reading.caller, decision, order)
  for (const field of listOf(distinct)) openColumn(decision, field, 'distinct')
  wholeNumber('take', take)
  wholeNumber('skip', skip)
  const begin = startAt(reading, decision, cursor)
  const rows = scopedWhere(reading.caller, decision, where, scope)
  const isMissing = reading.missing.has(cursor)
  return {
    ...defined({ orderBy, take, skip, distinct, cursor: isMissing ? undefined : begin }),
    where: isMissing ? { AND: [rows, scopeToWhere(none, anyColumn(decision.policy))] } : rows,
  }
}

function wholeNumber(name: string, value: unknown): void {
  if (value !== undefined && !Number.isSafeInteger(value))
    throw unsupported(`anything but a whole number as ${name}`)
}

/** A `where` under a decision's scope. Combined by AND, never by spreading. */
export function scopedWhere(
  caller: Caller,
  decision: Allowed,
  where: unknown,
  scope = decision.scope,
): Where {
  const rows = scopeWhere(scope, anyColumn(decision.policy))
  return where === undefined ? rows : { AND: [rows, rewriteWhere(caller, decision, where)] }
}

/** Prisma finds the place of a cursor's row without our scope: so the row is looked up first. */
function startAt(reading: Reading, decision: Allowed, cursor: unknown): Where | undefined {
  if (cursor === undefined) return undefined
  const unique = uniqueWhere(reading.caller, decision, cursor)
  if (unique.conditions.length > 0 || Object.keys(unique.key).length > 1)
    throw unsupported('anything but one unique key as cursor')
  const { model } = decision.policy
  const where = guarded(unique, [decision.scope], decision.policy)
  reading.cursors.push({ model, where, sent: cursor })
  return unique.key
}

function checkOrder(caller: Caller, decision: Allowed, order: unknown): void {
  for (const [field, direction] of Object.entries(plainObject(order, 'orderBy'))) {
    const relation = decision.policy.model.relations.get(field)
    if (relation) {
      // What orders by related rows would order by hidden ones too.
      const { decision: target, here, there } = hop(caller, decision, relation, 'list')
      if (target && here.kind === 'all' && there.kind === 'all') {
        if (!relation.list) {
          checkOrder(caller, target, direction)
          continue
        }
        if (Object.keys(plainObject(direction, field)).every((key) => key === '_count')) continue
      }
      throw unsupported(`the field "${field}" in orderBy`)
    }
    if (field.startsWith('_') && typeof direction === 'object')
      openColumns(decision, direction, field, ['_all'])
    else openColumn(decision, field, 'orderBy')
  }
}

/** Checks the names of columns that are counted, summed and so on. */
export function openColumns(
  decision: Allowed,
  fields: unknown,
  where: string,
  others: readonly string[],
): void {
  if (fields === undefined) return
  for (const field of Object.keys(plainObject(fields, where))) {
    if (!others.includes(field)) openColumn(decision, field, where)
  }
}

/** What orders, groups or sums rows tells about the value on every one of them. */
export function openColumn(decision: Allowed, field: unknown, where: string): void {
  const known = typeof field === 'string' && decision.policy.model.columns.has(field)
  if (!known || !isOpenOnEveryRow(decision, field))
    throw unsupported(`the field "${String(field)}" in ${where}`)
}

/** One or several, as Prisma takes them. */
export function listOf(value: unknown): readonly unknown[] {
  if (value === undefined) return []
  return Array.isArray(value) ? (value as unknown[]) : [value]
}

function defined(args: Row): Row {
  return Object.fromEntries(Object.entries(args).filter(([, value]) => value !== undefined))
}
