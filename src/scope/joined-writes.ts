import type { Where } from '../policy/scope-to-where.js'
import type { Side } from './linked-writes.js'
import { idColumns } from './id-columns.js'
import { lockRows } from './lock-rows.js'
import { idOf, idValues, lookUp, performed, visibleRows, type Run } from './lookup.js'
import { notFound } from './not-found.js'
import { listOf } from './paging.js'
import { deleteManyPlan, deletePlan, updateManyPlan } from './plan-write.js'
import { statement } from './unscoped.js'
import { argumentsOf, plainObject, unsupported } from './unsupported.js'
import type { Row } from './row.js'

/**
 * Nested writes over a many-to-many relation that Prisma keeps a table for. To link takes an update of this row, which
 * the caller has proved, and a get of the other: it is locked and looked up, so that neither can change hands before
 * the link is written.
 */
export async function writeJoined(
  run: Run,
  side: Side,
  kind: string,
  value: unknown,
  method: 'create' | 'update',
) {
  const way = ways[kind]
  if (!way || (method === 'create' && !whenCreating.has(kind)))
    throw unsupported(`"${kind}" of "${side.relation.field}" in data`)
  await way(run, side, value)
}

const whenCreating: ReadonlySet<string> = new Set(['create', 'connect', 'connectOrCreate'])

type Way = (run: Run, side: Side, value: unknown) => Promise<void>

const ways: Readonly<Record<string, Way>> = Object.assign(Object.create(null) as Record<string, Way>, {
  async create(run: Run, side: Side, value: unknown) {
    for (const data of listOf(value)) await createJoined(run, side, data)
  },

  async connect(run: Run, side: Side, value: unknown) {
    for (const where of listOf(value)) await connect(run, side, where)
  },

  async connectOrCreate(run: Run, side: Side, value: unknown) {
    for (const item of listOf(value)) {
      const { where, create } = argumentsOf(item, ['where', 'create'], 'connectOrCreate')
      if (await lookUp(run, side.policy, where)) await connect(run, side, where)
      else await createJoined(run, side, create)
    }
  },

  async set(run: Run, side: Side, value: unknown) {
    const linked = await visibleRows(run, side.policy, [joined(side)])
    await join(run, side, 'disconnect', linked)
    for (const where of listOf(value)) await connect(run, side, where)
  },

  async disconnect(run: Run, side: Side, value: unknown) {
    for (const where of listOf(value)) {
      const row = await lookUp(run, side.policy, where, [joined(side)])
      if (row) await join(run, side, 'disconnect', [row])
    }
  },

  async update(run: Run, side: Side, value: unknown) {
    for (const item of listOf(value)) {
      const { where, data } = argumentsOf(item, ['where', 'data'], 'update')
      const row = await linkedRow(run, side, where, 'update')
      await run.write.update(run, side.policy, {
        where: idOf(side.policy.model, row),
        data,
        trusted: [joined(side)],
      })
    }
  },

  async updateMany(run: Run, side: Side, value: unknown) {
    for (const item of listOf(value)) {
      const { where, data } = argumentsOf(item, ['where', 'data'], 'updateMany')
      const write = { where: where ?? {}, data, trusted: [joined(side)] }
      await performed(run, updateManyPlan(run.reading, side.policy, write))
    }
  },

  async upsert(run: Run, side: Side, value: unknown) {
    for (const item of listOf(value)) {
      const { where, create, update } = argumentsOf(item, ['where', 'create', 'update'], 'upsert')
      const row = await lookUp(run, side.policy, where, [joined(side)])
      if (!row) await createJoined(run, side, create)
      else {
        const write = { where: idOf(side.policy.model, row), data: update, trusted: [joined(side)] }
        await run.write.update(run, side.policy, write)
      }
    }
  },

  async delete(run: Run, side: Side, value: unknown) {
    for (const where of listOf(value)) {
      const row = await linkedRow(run, side, where, 'delete')
      const write = { where: idOf(side.policy.model, row), trusted: [joined(side)] }
      await performed(run, deletePlan(run.reading, side.policy, write))
    }
  },

  async deleteMany(run: Run, side: Side, value: unknown) {
    for (const where of listOf(value)) {
      const write = { where: plainObject(where, 'deleteMany'), trusted: [joined(side)] }
      await performed(run, deleteManyPlan(run.reading, side.policy, write))
    }
  },
})

async function createJoined(run: Run, side: Side, data: unknown): Promise<void> {
  const row = await run.write.create(run, side.policy, data)
  await connect(run, side, idOf(side.policy.model, row))
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
  const ids = rows.map((row) => idOf(side.policy.model, row))
  await statement(run.tx, side.parent.model, 'update', {
    where: idOf(side.parent.model, side.row),
    data: { [side.relation.field]: { [way]: ids } },
    select: idColumns(side.parent.model),
  })
}

async function linkedRow(run: Run, side: Side, where: unknown, doing: string): Promise<Row> {
  const row = await lookUp(run, side.policy, where, [joined(side)])
  if (!row) throw notFound(side.policy.model, `a nested ${doing} of ${side.relation.field}`)
  return row
}

/** The rows linked to this one. */
function joined({ parent, row, inverse }: Side): Where {
  return { [inverse.field]: { some: idValues(parent.model, row) } }
}
