import type { Allowed } from '../policy/decide.js'
import type { Policy } from '../policy/policy.js'
import type { Scope } from '../policy/scope.js'
import { allowed } from './caller.js'
import { listing, listOf, openColumn, openColumns, paging } from './paging.js'
import type { Plan } from './plan.js'
import type { Reading } from './reading.js'
import { condition, readableColumn } from './rewrite-where.js'
import { guarded, uniqueWhere } from './unique-where.js'
import { argumentsOf, isPlainObject, plainObject, unsupported } from './unsupported.js'
import { projecting, viewOf, wantedBy } from './view.js'
import type { Row } from './row.js'

const one = ['where', ...projecting]
const many = [...listing, ...projecting]
const arranging = listing.filter((name) => name !== 'distinct')
const computing = ['_count', '_min', '_max', '_avg', '_sum']

/** findUnique, findUniqueOrThrow: one row by a unique key, under the scope of `get`. */
export function planFindUnique(reading: Reading, policy: Policy, method: string, input: unknown): Plan {
  const decision = allowed(reading.caller.principal, policy, 'get')
  const args = argumentsOf(input, one, method)
  const view = viewOf(reading, decision, wantedBy(policy.model, args))
  const unique = uniqueWhere(reading.caller, decision, args['where'])
  const where = guarded(unique, [decision.scope], policy)
  return read(policy, method, { where, ...view.args }, shown(view.show))
}

/** findMany, findFirst, findFirstOrThrow: rows under the scope of `list`. */
export function planFindMany(reading: Reading, policy: Policy, method: string, input: unknown): Plan {
  return planRows(reading, policy, method, input, {})
}

/**
 * The same for a part of those rows.
 *
 * @param part.scope the rows, where they are not all that the caller may list: a scope that holds no others
 * @param part.also columns that are needed whether they are shown or not
 */
export function planRows(
  reading: Reading,
  policy: Policy,
  method: string,
  input: unknown,
  part: { readonly scope?: Scope; readonly also?: readonly string[] },
): Plan {
  const decision = allowed(reading.caller.principal, policy, 'list')
  const args = argumentsOf(input, many, method)
  const view = viewOf(reading, decision, wantedBy(policy.model, args), part.also)
  const page = paging(reading, decision, args, part.scope)
  return read(policy, method, { ...page, ...view.args }, shown(view.show))
}

/** count: how many rows of the scope of `list` match. */
export function planCount(reading: Reading, policy: Policy, method: string, input: unknown): Plan {
  const decision = allowed(reading.caller.principal, policy, 'list')
  const args = argumentsOf(input, [...arranging, 'select'], method)
  openColumns(decision, args['select'], 'select', ['_all'])
  const select = args['select'] === undefined ? {} : { select: args['select'] }
  return read(policy, method, { ...paging(reading, decision, args), ...select }, (result) => result)
}

/** aggregate and groupBy: over rows of the scope of `list`, and fields the caller can read on every one of them. */
export function planAggregate(reading: Reading, policy: Policy, method: string, input: unknown): Plan {
  const decision = allowed(reading.caller.principal, policy, 'list')
  const isGrouping = method === 'groupBy'
  const arranged = isGrouping ? arranging.filter((name) => name !== 'cursor') : arranging
  const args = argumentsOf(
    input,
    [...arranged, ...computing, ...(isGrouping ? ['by', 'having'] : [])],
    method,
  )
  for (const field of listOf(args['by'])) openColumn(decision, field, 'by')
  for (const name of computing) {
    if (name !== '_count' || typeof args[name] !== 'boolean')
      openColumns(decision, args[name], name, ['_all'])
  }
  if (args['having'] !== undefined) checkHaving(decision, args['having'])
  const computed = Object.fromEntries(
    [...computing, 'by', 'having'].flatMap((name) => (args[name] === undefined ? [] : [[name, args[name]]])),
  ) as Row
  return read(policy, method, { ...paging(reading, decision, args), ...computed }, (result) => result)
}

/** Conditions on groups: on columns that are open on every row, and on what is computed from them. */
function checkHaving(decision: Allowed, having: unknown): void {
  for (const [key, value] of Object.entries(plainObject(having, 'having'))) {
    if (['AND', 'OR', 'NOT'].includes(key)) {
      for (const member of listOf(value)) checkHaving(decision, member)
      continue
    }
    openColumn(decision, key, 'having')
    const column = readableColumn(decision, key, 'having')
    const [computed, plain] = partition(isPlainObject(value) ? Object.entries(value) : [], ([name]) =>
      computing.includes(name),
    )
    for (const [name, test] of computed) {
      if (isPlainObject(test) && 'mode' in test) throw unsupported(`"mode" of "${name}" in having`)
      condition({ ...column, kind: 'scalar', type: 'Float' }, test)
    }
    if (computed.length === 0) condition(column, value)
    else condition(column, Object.fromEntries(plain))
  }
}

function partition<T>(items: readonly T[], isFirst: (item: T) => boolean): [T[], T[]] {
  return [items.filter(isFirst), items.filter((item) => !isFirst(item))]
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
