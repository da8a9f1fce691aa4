import type { Policy } from '../policy/policy.js'
import { policyAcross } from './caller.js'
import { foreignKeyLinking } from './foreign-key-linking.js'
import { joinTableLinking } from './join-table-linking.js'
import type { Side, Way } from './linking.js'
import { idOf, keyOf, lookUp, performed, visibleRows, type Run } from './lookup.js'
import { notFound } from './not-found.js'
import { listOf } from './list-of.js'
import { deleteManyPlan, deletePlan, updateManyPlan } from './plan-write.js'
import type { Row } from './row.js'
import { argumentsOf, plainObject } from './unsupported.js'
import { oneUpdate, wayOf } from './way-of.js'
import type { DataParts } from './written-data.js'

/**
 * Nested writes on the rows that are linked to one whose own foreign keys do not say so. Each is a guarded statement
 * on the other model, under its rules.
 *
 * @param row the row as stored, every column; locked, or made by this call
 */
export async function writeChildren(
  run: Run,
  parent: Policy,
  row: Row,
  nested: DataParts['nested'],
  method: 'create' | 'update',
): Promise<void> {
  for (const [relation, writes] of nested) {
    if (relation.from.length > 0) continue
    const policy = policyAcross(run.reading.caller, relation)
    const inverse = policy.model.relations.get(relation.inverse)
    if (!inverse) throw new TypeError(`the catalog has no ${relation.model}.${relation.inverse}`)
    const linking = relation.manyToMany ? joinTableLinking : foreignKeyLinking
    const side = { parent, row, relation, inverse, policy, linking }
    for (const [kind, value] of Object.entries(writes)) {
      if (value === undefined) continue
      await wayOf({ ...ways, ...linking.ways }, kind, relation, method)(run, side, value)
    }
  }
}

/** The nested writes that are the same however the rows are linked. */
const ways: Readonly<Record<string, Way>> = {
  async create(run, side, value) {
    for (const data of listOf(value)) {
      await side.linking.makeRoom?.(run, side)
      await side.linking.create(run, side, data)
    }
  },

  async connect(run, side, value) {
    for (const where of listOf(value)) await side.linking.connect(run, side, where)
  },

  async connectOrCreate(run, side, value) {
    for (const item of listOf(value)) {
      const { where, create } = argumentsOf(item, ['where', 'create'], 'connectOrCreate')
      if (await lookUp(run, side.policy, where)) await side.linking.connect(run, side, where)
      else await side.linking.create(run, side, create)
    }
  },

  async disconnect(run, side, value) {
    const rows: Row[] = []
    for (const choice of side.relation.list ? listOf(value) : [value]) {
      // As with Prisma, what is not linked is not there to unlink.
      const row = await side.linking.chosen(run, side, choice)
      if (row) rows.push(row)
    }
    await side.linking.unlink(run, side, rows)
  },

  async set(run, side, value) {
    const rows = await namedRows(run, side, value)
    const before = await visibleRows(run, side.policy, side.linking.known(run, side))
    await side.linking.unlink(run, side, without(side, before, rows))
    for (const row of without(side, rows, before))
      await side.linking.connect(run, side, idOf(side.policy.model, row))
  },

  async update(run, side, value) {
    for (const item of listOf(value)) {
      const { where, data } = side.relation.list
        ? argumentsOf(item, ['where', 'data'], 'update')
        : oneUpdate(item)
      await run.write.update(run, side.policy, { ...(await chosen(run, side, where, 'update')), data })
    }
  },

  async updateMany(run, side, value) {
    for (const item of listOf(value)) {
      const { where, data } = argumentsOf(item, ['where', 'data'], 'updateMany')
      const write = { where: where ?? {}, data, trusted: side.linking.known(run, side) }
      await performed(run, updateManyPlan(run.reading, side.policy, write))
    }
  },

  async upsert(run, side, value) {
    for (const item of listOf(value)) {
      const { where, create, update } = argumentsOf(item, ['where', 'create', 'update'], 'upsert')
      const row = await side.linking.chosen(run, side, where ?? true)
      if (row) await run.write.update(run, side.policy, { ...stillLinked(side, row), data: update })
      else await side.linking.create(run, side, create)
    }
  },

  async delete(run, side, value) {
    for (const item of value === false && !side.relation.list ? [] : listOf(value)) {
      const write = await chosen(run, side, item, 'delete')
      await performed(run, deletePlan(run.reading, side.policy, write))
    }
  },

  async deleteMany(run, side, value) {
    for (const where of listOf(value)) {
      const write = { where: plainObject(where, 'deleteMany'), trusted: side.linking.known(run, side) }
      await performed(run, deleteManyPlan(run.reading, side.policy, write))
    }
  },
}

/** The linked row that a call names, to be written. */
async function chosen(run: Run, side: Side, choice: unknown, doing: string) {
  const row = await side.linking.chosen(run, side, choice)
  if (!row) throw notFound(side.policy.model, `a nested ${doing} of ${side.relation.field}`)
  return stillLinked(side, row)
}

/** A write of one row, as long as it is linked. */
function stillLinked(side: Side, row: Row) {
  return { where: idOf(side.policy.model, row), trusted: [side.linking.linked(side)] }
}

async function namedRows(run: Run, { policy, relation }: Side, wheres: unknown): Promise<Row[]> {
  const rows: Row[] = []
  for (const where of listOf(wheres)) {
    const row = await lookUp(run, policy, where)
    if (!row) throw notFound(policy.model, `a nested set of ${relation.field}`)
    rows.push(row)
  }
  return rows
}

/** The rows that are not among the others. */
function without({ policy }: Side, rows: readonly Row[], others: readonly Row[]): Row[] {
  const keys = new Set(others.map((row) => keyOf(policy, row)))
  return rows.filter((row) => !keys.has(keyOf(policy, row)))
}
