import type { Allowed } from '../policy/decide.js'
import type { Policy } from '../policy/policy.js'
import type { Scope } from '../policy/scope.js'
import { allowed } from './caller.js'
import { computing } from './computing.js'
import { having } from './having.js'
import { flag, openColumns, openNames } from './open-columns.js'
import { listing, paging } from './paging.js'
import type { Plan } from './plan.js'
import type { Reading } from './reading.js'
import { guarded, uniqueWhere } from './unique-where.js'
import { argumentsOf } from './unsupported.js'
import { projecting, viewOf, wantedBy } from './view.js'
import type { Row } from './row.js'

const one = ['where', ...projecting]
const many = [...listing, ...projecting]
const arranging = listing.filter((name) => name !== 'distinct')

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
  const counted = args['select']
  const select = counted === undefined ? {} : { select: openColumns(decision, counted, 'select', flag) }
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
  const { by, having: groups } = args
  const grouped = {
    ...(by !== undefined && { by: openNames(decision, by, 'by') }),
    ...(groups !== undefined && { having: having(decision, groups) }),
  }
  const computed = Object.fromEntries(
    computing.flatMap((name) =>
      args[name] === undefined ? [] : [[name, ofRows(decision, name, args[name])]],
    ),
  )
  return read(
    policy,
    method,
    { ...paging(reading, decision, args), ...grouped, ...computed },
    (result) => result,
  )
}

/** What is computed of which columns; of the rows themselves, only their number. */
function ofRows(decision: Allowed, name: string, asked: unknown): unknown {
  if (name === '_count' && typeof asked === 'boolean') return asked
  return openColumns(decision, asked, name, flag)
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
