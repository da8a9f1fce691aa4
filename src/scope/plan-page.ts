import type { Model } from '../catalog/model.js'
import { alternativesOf } from '../policy/alternatives.js'
import type { Policy } from '../policy/policy.js'
import type { Scope } from '../policy/scope.js'
import { allowed, policyOf, type Caller } from './caller.js'
import { planRows } from './plan-read.js'
import type { Plan } from './plan.js'
import type { Cursor } from './reading.js'
import { orderKeys, type OrderKey } from './row-order.js'
import type { Row } from './row.js'

/** A page that is read as several lists, one for each part of the caller's scope, all in its order. */
export interface PagePlan {
  readonly policy: Policy
  /** All the rows the caller may list. */
  readonly scope: Scope
  /** The same call for each part of them. */
  readonly lists: readonly Plan[]
  readonly keys: readonly OrderKey[]
  readonly take: number
}

/** Each is a statement: with more of them, one that sorts is the better bargain. */
const mostLists = 4

/** Values of the ids of all lists at most: where a collation decides their order, one statement names each row. */
const mostNamed = 4_000

/**
 * Plans a page whose scope is an OR of up to four conditions, each on one value of a column: Postgres can read the rows
 * of one value in the order of an index, but those of an OR it reads all, and sorts them. Every list is under a part of
 * the scope, so that none can hold a row which the whole of it does not.
 *
 * @returns `undefined` where one statement does as well: no such OR, no limit or a high one, an order that is not of columns, or no
 * index that begins with the column of a condition and the first of the order
 */
export function planPage(caller: Caller, model: Model, args: Row): PagePlan | undefined {
  const { orderBy, take } = args
  const policy = policyOf(caller.policies, model)
  const { scope } = allowed(caller.principal, policy, 'list')
  const parts = partsOf(scope)
  if (parts.length < 2 || parts.length > mostLists || typeof take !== 'number' || take < 1) return undefined
  if (parts.length * take * model.id.length > mostNamed) return undefined
  if (['cursor', 'skip', 'distinct'].some((name) => args[name] !== undefined)) return undefined
  const keys = orderKeys(model, orderBy)
  const [first] = keys ?? []
  if (!keys || !first || !parts.every((part) => isOrdered(model, part, first))) return undefined
  const cursors: Cursor[] = []
  const reading = { caller, cursors, missing: new Set() }
  const also = [...model.id, ...keys.map(({ column }) => column)].map(({ name }) => name)
  const lists = parts.map((part) => planRows(reading, policy, 'findMany', args, { scope: part, also }))
  return cursors.length > 0 ? undefined : { policy, scope, lists, keys, take }
}

/** The parts of a scope, the same objects each time: what is made of them is known again by them. */
function partsOf(scope: Scope): readonly Scope[] {
  const known = parted.get(scope) ?? alternativesOf(scope)
  parted.set(scope, known)
  return known
}

const parted = new WeakMap<Scope, readonly Scope[]>()

/** Whether an index has the rows of a condition in an order, as far as its first key. */
function isOrdered(model: Model, part: Scope, first: OrderKey): boolean {
  if (part.kind !== 'equals') return false
  const indexes = [...model.indexes, ...[...model.uniques.values()].map(({ fields }) => fields)]
  return indexes.some(([column, next]) => column === part.column && next === first.column.name)
}
