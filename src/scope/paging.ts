import type { Allowed } from '../policy/decide.js'
import { scopeToWhere, type Where } from '../policy/scope-to-where.js'
import { none, type Scope } from '../policy/scope.js'
import { anyColumn } from './any-column.js'
import type { Caller } from './caller.js'
import { openNames } from './open-columns.js'
import { orderBy } from './order-by.js'
import type { Reading } from './reading.js'
import { rewriteWhere } from './rewrite-where.js'
import { scopeWhere } from './scope-where.js'
import { guarded, uniqueWhere } from './unique-where.js'
import { unsupported } from './unsupported.js'
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
  const { where, orderBy: order, take, skip, cursor, distinct } = args
  const arranged = {
    orderBy: order === undefined ? undefined : orderBy(reading.caller, decision, order),
    take: wholeNumber('take', take),
    skip: wholeNumber('skip', skip),
    distinct: distinct === undefined ? undefined : openNames(decision, distinct, 'distinct'),
  }
  const begin = startAt(reading, decision, cursor)
  const rows = scopedWhere(reading.caller, decision, where, scope)
  const isMissing = reading.missing.has(cursor)
  return {
    ...defined({ ...arranged, cursor: isMissing ? undefined : begin }),
    where: isMissing ? { AND: [rows, scopeToWhere(none, anyColumn(decision.policy))] } : rows,
  }
}

function wholeNumber(name: string, value: unknown): unknown {
  if (value !== undefined && !Number.isSafeInteger(value))
    throw unsupported(`anything but a whole number as ${name}`)
  return value
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

function defined(args: Row): Row {
  return Object.fromEntries(Object.entries(args).filter(([, value]) => value !== undefined))
}
