import type { Where } from '../policy/scope-to-where.js'
import { idColumns } from './id-columns.js'
import { inParts } from './in-parts.js'
import type { Linking, Side } from './linking.js'
import { lockRows } from './lock-rows.js'
import { idOf, idValues, lookUp, visibleRows, type Run } from './lookup.js'
import { notFound } from './not-found.js'
import { listOf } from './list-of.js'
import { statement } from './unscoped.js'
import type { Row } from './row.js'

/**
 * Rows of a many-to-many relation that Prisma keeps a table for. To link takes an update of this row, which the caller
 * has proved, and a get of the other: it is locked and looked up, so that neither can change hands before the link is
 * written.
 */
export const joinTableLinking: Linking = {
  linked,
  known: (_, side) => [linked(side)],
  chosen,
  connect,

  async create(run, side, data) {
    const row = await run.write.create(run, side.policy, data)
    await connect(run, side, idOf(side.policy.model, row))
  },

  ways: {
    async set(run, side, value) {
      await join(run, side, 'disconnect', await visibleRows(run, side.policy, [linked(side)]))
      for (const where of listOf(value)) await connect(run, side, where)
    },

    async disconnect(run, side, value) {
      for (const where of listOf(value)) {
        const row = await chosen(run, side, where)
        if (row) await join(run, side, 'disconnect', [row])
      }
    },
  },
}

/** The rows linked to this one. */
function linked({ parent, row, inverse }: Side): Where {
  return { [inverse.field]: { some: idValues(parent.model, row) } }
}

function chosen(run: Run, side: Side, where: unknown): Promise<Row | undefined> {
  return lookUp(run, side.policy, where, [linked(side)])
}

async function connect(run: Run, side: Side, where: unknown): Promise<void> {
  const { policy } = side
  const before = await lookUp(run, policy, where)
  if (before) await lockRows(run.tx, policy.model, [idValues(policy.model, before)])
  const row = before && (await lookUp(run, policy, idOf(policy.model, before)))
  if (!row) throw notFound(policy.model, `a nested connect of ${side.relation.field}`)
  await join(run, side, 'connect', [row])
}

/** Writes the links alone: both rows are locked and have been judged. */
async function join(
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
