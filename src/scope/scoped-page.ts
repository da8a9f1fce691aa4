import type { Model } from '../catalog/model.js'
import type { Where } from '../policy/scope-to-where.js'
import { anyColumn } from './any-column.js'
import type { Caller } from './caller.js'
import { idColumns } from './id-columns.js'
import { keyText } from './key-text.js'
import { idValues, keyOf } from './lookup.js'
import { mergeRows } from './merge-rows.js'
import { perform } from './perform.js'
import { planCallOf } from './plan-call.js'
import { planPage, type PagePlan } from './plan-page.js'
import type { Row } from './row.js'
import { scopeWhere } from './scope-where.js'
import { snapshot } from './snapshot.js'
import { statement, type Unscoped } from './unscoped.js'

/**
 * A page of the rows a caller may list: what the scoped client's `findMany` answers to the same arguments, in as many
 * statements as it takes for Postgres to read no more rows than a page holds. It is for code of ours that reads pages;
 * on the scoped client itself a `findMany` stays one statement.
 *
 * Every row that is answered comes from a statement under a part of the caller's scope. What others do between two of
 * these statements shows as follows: a row that leaves his sight is answered as it was when it was read, or not at
 * all; one that goes from one part to the other, such as from one of his names to another, may be missing; no other is.
 * Nor does a list seem to end early: of a part that has `take` rows, `take` are here.
 *
 * @throws {ClaimstakeError} as `findMany`
 */
export async function scopedPage(
  caller: Caller,
  unscoped: Unscoped,
  model: Model,
  args: unknown,
): Promise<readonly Row[]> {
  const asked = snapshot(args) as Row
  const page = planPage(caller, model, asked)
  const merged = page && (await mergedPage(page, unscoped))
  if (merged) return merged
  const plan = planCallOf('findMany')?.(caller, model, asked)
  return (plan ? await perform(caller, plan, unscoped) : []) as readonly Row[]
}

/** The page of several lists; `undefined` where it cannot be told which rows come first. */
async function mergedPage(page: PagePlan, unscoped: Unscoped): Promise<readonly Row[] | undefined> {
  const { policy, lists, keys, take } = page
  const read = lists.map(({ model, method, args }) => statement(unscoped, model, method, args))
  const found = (await Promise.all(read)) as readonly (readonly Row[])[]
  const first = mergeRows(policy, found, keys, take) ?? (await inOrder(page, found.flat(), unscoped))
  return first && (lists[0]?.finish(first) as readonly Row[])
}

/**
 * The first of these rows as Postgres orders them, where its collation decides. It is asked for their places only: the
 * rows are those that were read. If one of them has changed or gone since, its place would not be that of what was
 * read, and the rows behind the last of its list might be passed over; then there is no answer.
 */
async function inOrder(
  { policy, scope, keys, take, lists }: PagePlan,
  rows: readonly Row[],
  unscoped: Unscoped,
): Promise<readonly Row[] | undefined> {
  const { model } = policy
  const columns = keys.map(({ column }) => column.name)
  const read = new Map(rows.map((row) => [keyOf(policy, row), row]))
  // No `take`: with it Postgres may prefer to go through all rows in their order.
  const sorted = (await statement(unscoped, model, 'findMany', {
    where: {
      AND: [scopeWhere(scope, anyColumn(policy)), oneOf(model, [...read.values()], lists.length * take)],
    },
    select: { ...idColumns(model), ...Object.fromEntries(columns.map((name) => [name, true])) },
    orderBy: lists[0]?.args['orderBy'],
  })) as readonly Row[]
  const placed = sorted.flatMap((row) => {
    const known = read.get(keyOf(policy, row))
    return known && columns.every((name) => isSame(known[name], row[name])) ? [known] : []
  })
  return placed.length === read.size ? placed.slice(0, take) : undefined
}

/** One of these rows. The last is named as often as it takes to have one statement, prepared once, for any number. */
function oneOf(model: Model, rows: readonly Row[], length: number): Where {
  const ids = Array.from({ length }, (_, at) => idValues(model, rows[Math.min(at, rows.length - 1)] ?? {}))
  const [only, ...more] = model.id
  if (!only || more.length > 0) return { OR: ids }
  return { [only.name]: { in: ids.map((id) => id[only.name]) } }
}

function isSame(left: unknown, right: unknown): boolean {
  if (left === null || right === null) return left === right
  return keyText(left) === keyText(right)
}
