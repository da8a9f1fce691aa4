import { forbiddenFields } from '../policy/forbidden.js'
import { mayLink } from '../policy/may-link.js'
import type { Where } from '../policy/scope-to-where.js'
import { idColumns } from './id-columns.js'
import { inParts } from './in-parts.js'
import type { Linking, Side } from './linking.js'
import { lockRows } from './lock-rows.js'
import { idOf, idValues, lookUp, visibleRows, type Run } from './lookup.js'
import { notFound } from './not-found.js'
import { statement } from './unscoped.js'
import type { Row } from './row.js'

/**
 * Rows of a many-to-many relation that Prisma keeps a table for. To link and to unlink writes both rows: the caller has
 * proved an update of this one, and must be able to update the other too, or only to get it where `.link()` says so. It is
 * locked and looked up, so that it cannot change hands before the link is written.
 */
export const joinTableLinking: Linking = {
  linked,
  known: (_, side) => [linked(side)],
  chosen: (run, side, where) => lookUp(run, side.policy, where, [linked(side)]),

  async create(run, side, data) {
    const { policy, relation } = side
    const made = await run.write.create(run, policy, data)
    const row = await lookUp(run, policy, idOf(policy.model, made))
    if (!row) throw notFound(policy.model, `a nested create of ${relation.field}`)
    mustBeOpen(run, side, [made], 'create')
    await write(run, side, 'connect', [row])
  },

  async connect(run, side, where) {
    const { policy, relation } = side
    const row = await lookUp(run, policy, where)
    const rows = row ? await settled(run, side, [row]) : []
    if (rows.length === 0) throw notFound(policy.model, `a nested connect of ${relation.field}`)
    await write(run, side, 'connect', rows)
  },

  async unlink(run, side, rows) {
    await write(run, side, 'disconnect', await settled(run, side, rows, [linked(side)]))
  },
}

/** The rows linked to this one. */
function linked({ parent, row, inverse }: Side): Where {
  return { [inverse.field]: { some: idValues(parent.model, row) } }
}

/** These rows, locked: those that the caller may still get and that meet the conditions. */
async function settled(
  run: Run,
  side: Side,
  rows: readonly Row[],
  conditions: readonly Where[] = [],
): Promise<readonly Row[]> {
  if (rows.length === 0) return []
  const { model } = side.policy
  // Told before waiting for a lock, and asked again once nobody else can change the rows.
  mustBeOpen(run, side, rows, 'update')
  await lockRows(
    run.tx,
    model,
    rows.map((row) => idValues(model, row)),
  )
  // Such a relation is one of models whose id is one column.
  const { name } = model.idKey
  const now = await visibleRows(run, side.policy, [
    { [name]: { in: rows.map((row) => row[name]) } },
    ...conditions,
  ])
  mustBeOpen(run, side, now, 'update')
  return now
}

/** Each row, which the caller may get, must also be theirs to link. */
function mustBeOpen(
  { reading: { caller } }: Run,
  { parent, relation, policy }: Side,
  rows: readonly Row[],
  operation: 'create' | 'update',
): void {
  if (parent.openLinks.has(relation.field)) return
  if (!rows.every((row) => mayLink(policy, caller.principal, operation, row)))
    throw forbiddenFields([relation.field])
}

/** Writes the links alone: both rows are locked and have been judged. */
async function write(
  run: Run,
  side: Side,
  way: 'connect' | 'disconnect',
  rows: readonly Row[],
): Promise<void> {
  if (rows.length === 0) return
  for (const part of inParts(rows)) {
    const ids = part.map((row) => idOf(side.policy.model, row))
    await statement(run.tx, side.parent.model, 'update', {
      where: idOf(side.parent.model, side.row),
      data: { [side.relation.field]: { [way]: ids } },
      select: idColumns(side.parent.model),
    })
  }
}
