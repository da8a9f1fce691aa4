import { isOpenOnEveryRow, type Allowed } from '../policy/decide.js'
import type { Policy } from '../policy/policy.js'
import { scopeToWhere, type Where } from '../policy/scope-to-where.js'
import { anyColumn } from './any-column.js'
import { allowed, type Caller } from './caller.js'
import type { Plan } from './plan.js'
import { rewriteWhere } from './rewrite-where.js'
import { guarded, uniqueWhere } from './unique-where.js'
import { argumentsOf, plainObject, unsupported } from './unsupported.js'
import { viewOf, wantedColumns, type Row } from './view.js'

const listing = ['where', 'orderBy', 'take', 'skip']

/** findUnique, findUniqueOrThrow: one row by a unique key, under the scope of `get`. */
export function planFindUnique(caller: Caller, policy: Policy, method: string, input: unknown): Plan {
  const decision = allowed(caller.principal, policy, 'get')
  const { model } = policy
  const args = argumentsOf(input, ['where', 'select', 'omit'], method)
  const view = viewOf(decision, wantedColumns(model, args))
  const where = guarded(uniqueWhere(decision, args['where']), [decision.scope], anyColumn(policy))
  return read(policy, method, { where, ...select(view.select) }, shown(view.show))
}

/** findMany, findFirst, findFirstOrThrow: rows under the scope of `list`. */
export function planFindMany(caller: Caller, policy: Policy, method: string, input: unknown): Plan {
  const decision = allowed(caller.principal, policy, 'list')
  const args = argumentsOf(input, [...listing, 'select', 'omit', 'distinct'], method)
  const view = viewOf(decision, wantedColumns(policy.model, args))
  for (const field of listOf(args['distinct'])) openColumn(decision, field, 'distinct')
  return read(policy, method, { ...paging(decision, args), ...select(view.select) }, shown(view.show))
}

/** count: how many rows of the scope of `list` match. */
export function planCount(caller: Caller, policy: Policy, method: string, input: unknown): Plan {
  const decision = allowed(caller.principal, policy, 'list')
  const args = argumentsOf(input, [...listing, 'select'], method)
  openColumns(decision, args['select'], 'select', ['_all'])
  return read(policy, method, paging(decision, args), (result) => result)
}

/** aggregate and groupBy: over rows of the scope of `list`, and fields the caller can read on every one of them. */
export function planAggregate(caller: Caller, policy: Policy, method: string, input: unknown): Plan {
  const decision = allowed(caller.principal, policy, 'list')
  const known = [
    ...listing,
    '_count',
    '_min',
    '_max',
    '_avg',
    '_sum',
    ...(method === 'groupBy' ? ['by'] : []),
  ]
  const args = argumentsOf(input, known, method)
  for (const field of listOf(args['by'])) openColumn(decision, field, 'by')
  for (const name of ['_count', '_min', '_max', '_avg', '_sum']) {
    if (name !== '_count' || typeof args[name] !== 'boolean')
      openColumns(decision, args[name], name, ['_all'])
  }
  return read(policy, method, paging(decision, args), (result) => result)
}

/** The caller's arguments with the scope ANDed into `where`; `orderBy` and paging only as far as they are harmless. */
function paging(
  decision: Allowed,
  args: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  for (const order of listOf(args['orderBy'])) checkOrder(decision, order)
  for (const name of ['take', 'skip']) {
    if (args[name] !== undefined && !Number.isSafeInteger(args[name]))
      throw unsupported(`anything but a whole number as ${name}`)
  }
  const { where, ...rest } = args
  return { ...defined(rest), where: scopedWhere(decision, where) }
}

/** A `where` under a decision's scope. Combined by AND, never by spreading. */
export function scopedWhere(decision: Allowed, where: unknown): Where {
  const scope = scopeToWhere(decision.scope, anyColumn(decision.policy))
  return { AND: [scope, where === undefined ? {} : rewriteWhere(decision, where)] }
}

function checkOrder(decision: Allowed, order: unknown): void {
  for (const [field, direction] of Object.entries(plainObject(order, 'orderBy'))) {
    if (field.startsWith('_') && typeof direction === 'object')
      openColumns(decision, direction, field, ['_all'])
    else openColumn(decision, field, 'orderBy')
  }
}

function openColumns(decision: Allowed, fields: unknown, where: string, others: readonly string[]): void {
  if (fields === undefined) return
  for (const field of Object.keys(plainObject(fields, where))) {
    if (!others.includes(field)) openColumn(decision, field, where)
  }
}

/** What orders, groups or sums rows tells about the value on every one of them. */
function openColumn(decision: Allowed, field: unknown, where: string): void {
  const known = typeof field === 'string' && decision.policy.model.columns.has(field)
  if (!known || !isOpenOnEveryRow(decision, field))
    throw unsupported(`the field "${String(field)}" in ${where}`)
}

function read({ model }: Policy, method: string, args: Plan['args'], finish: Plan['finish']): Plan {
  return { model, method, args, finish, references: [] }
}

function shown(show: (row: Row) => Row): Plan['finish'] {
  return (result) => {
    if (Array.isArray(result)) return (result as Row[]).map(show)
    return result === null ? null : show(result as Row)
  }
}

function select(columns: Readonly<Record<string, true>> | undefined): Plan['args'] {
  return columns === undefined ? {} : { select: columns }
}

function listOf(value: unknown): readonly unknown[] {
  if (value === undefined) return []
  return Array.isArray(value) ? (value as unknown[]) : [value]
}

function defined(args: Plan['args']): Plan['args'] {
  return Object.fromEntries(Object.entries(args).filter(([, value]) => value !== undefined))
}
