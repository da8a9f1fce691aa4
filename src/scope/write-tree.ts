import { forbiddenFields } from '../policy/forbidden.js'
import { mayLink } from '../policy/may-link.js'
import type { Policy } from '../policy/policy.js'
import { writeChildren } from './child-writes.js'
import { lockRows } from './lock-rows.js'
import { idValues, performed, rowToWrite, type Run } from './lookup.js'
import { notFound } from './not-found.js'
import { referToParents, writeParents } from './parent-writes.js'
import { createPlan, updatePlan, type Write } from './plan-write.js'
import { unsupported } from './unsupported.js'
import type { Row } from './row.js'
import { partsOf, type DataParts } from './written-data.js'

/**
 * Creates a row and what is nested in it: the rows it refers to first, those that refer to it after. Each is a
 * guarded statement of its own under the rules of its own model; Prisma's nested writes check first and write later.
 *
 * @returns the row as stored, every column
 */
export async function createTree(run: Run, policy: Policy, data: unknown, write: Write = {}): Promise<Row> {
  const parts = partsOf(policy.model, data)
  const keys = await referToParents(run, policy, parts.nested)
  const plan = createPlan(run.reading, policy, { ...write, data: joined(parts.columns, keys) })
  const row = await performed(run, plan)
  mustGovernLinks(run, policy, row, parts, 'create')
  await writeChildren(run, policy, row, parts.nested, 'create')
  return row
}

/**
 * Updates a row and what is nested in it. The row is locked before anything that hangs on it is looked at.
 *
 * @throws {ClaimstakeError} as the guarded update does; P2025 where there is no such row to be seen
 * @returns the row as stored now, every column
 */
export async function updateTree(run: Run, policy: Policy, write: Write): Promise<Row> {
  const parts = partsOf(policy.model, write.data)
  const plan = (keys: Row) => updatePlan(run.reading, policy, { ...write, data: joined(parts.columns, keys) })
  if (parts.nested.length === 0) return performed(run, plan({}))
  // Without anything sent: is it his to update? Asked before the lock, so that a wait tells nothing, and after.
  const mine = updatePlan(run.reading, policy, { ...write, data: {} })
  const before = await rowToWrite(run.tx, mine)
  if (before) await lockRows(run.tx, policy.model, [idValues(policy.model, before)], 'NO KEY UPDATE')
  const current = before && (await rowToWrite(run.tx, mine))
  if (!current) {
    await performed(run, plan({}))
    // It was there again: too late for what is nested, which must not be left out.
    throw notFound(policy.model, 'an update')
  }
  mustGovernLinks(run, policy, current, parts, 'update')
  const { keys, after } = await writeParents(run, policy, current, parts.nested)
  const row = await performed(run, plan(keys))
  await after()
  await writeChildren(run, policy, row, parts.nested, 'update')
  return row
}

/** The writers of whole trees, for what is nested to call. */
export const trees: Run['write'] = { create: createTree, update: updateTree }

/** What is sent and what follows from it; a column cannot be both. */
function joined(columns: Row, keys: Row): Row {
  const twice = Object.keys(keys).find((key) => columns[key] !== undefined)
  if (twice !== undefined) throw unsupported(`both "${twice}" and the relation it belongs to in data`)
  return { ...columns, ...keys }
}

/** To link and unlink over many-to-many relations is a write of this row too, whoever may link the rows there. */
function mustGovernLinks(
  { reading: { caller } }: Run,
  policy: Policy,
  row: Row,
  { nested }: DataParts,
  operation: 'create' | 'update',
): void {
  if (mayLink(policy, caller.principal, operation, row)) return
  const linking = nested.filter(
    ([{ manyToMany }, writes]) => manyToMany && !Object.keys(writes).every(isOfOthers),
  )
  if (linking.length > 0) throw forbiddenFields(linking.map(([{ field }]) => field))
}

/** Whether a nested write concerns the rows linked alone, under their own rules. */
function isOfOthers(kind: string): boolean {
  return ['update', 'updateMany', 'delete', 'deleteMany'].includes(kind)
}
