import type { Relation } from '../catalog/model.js'
import { fieldScope, isOpenOnEveryRow } from '../policy/decide.js'
import type { Policy } from '../policy/policy.js'
import { none } from '../policy/scope.js'
import { scopeToWhere, type Where } from '../policy/scope-to-where.js'
import { testScope } from '../policy/test-scope.js'
import { anyColumn } from './any-column.js'
import { idOf, keyOf, lookUp, performed, visibleRows, type Run } from './lookup.js'
import { notFound, requiredRelation } from './not-found.js'
import { listOf } from './paging.js'
import { unseenReference } from './perform.js'
import { createManyPlan, deleteManyPlan, deletePlan, readingOf, updateManyPlan } from './plan-write.js'
import { argumentsOf, isPlainObject, plainObject, unsupported } from './unsupported.js'
import type { Row } from './row.js'

/** A row, and the rows of another model (or its own) that are nested in its data. */
export interface Side {
  readonly parent: Policy
  /** The row as stored, every column; locked, or made by this call. */
  readonly row: Row
  readonly relation: Relation
  /** The same relation on the other side, and that side's rules. */
  readonly inverse: Relation
  readonly policy: Policy
}

/**
 * Nested writes on rows that refer to this one by a foreign key. Each is a guarded statement on the other model, under
 * its rules: what is linked or unlinked is an update of its foreign key.
 */
export async function writeLinked(
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

const whenCreating: ReadonlySet<string> = new Set(['create', 'createMany', 'connect', 'connectOrCreate'])

type Way = (run: Run, side: Side, value: unknown) => Promise<void>

const ways: Readonly<Record<string, Way>> = Object.assign(Object.create(null) as Record<string, Way>, {
  async create(run: Run, side: Side, value: unknown) {
    for (const data of listOf(value)) {
      await makeRoom(run, side)
      await createLinked(run, side, data)
    }
  },

  async createMany(run: Run, side: Side, value: unknown) {
    const { data, skipDuplicates } = argumentsOf(value, ['data', 'skipDuplicates'], 'createMany')
    mustBeSeen(run, side)
    const rows = listOf(data).map((row) => ({ ...plainObject(row, 'data'), ...link(side) }))
    const plan = createManyPlan(run.reading, side.policy, {
      data: rows,
      linked: [side.inverse.field],
      skipDuplicates,
    })
    await performed(run, plan)
  },

  async connect(run: Run, side: Side, value: unknown) {
    for (const where of listOf(value)) await connect(run, side, where)
  },

  async connectOrCreate(run: Run, side: Side, value: unknown) {
    for (const item of listOf(value)) {
      const { where, create } = argumentsOf(item, ['where', 'create'], 'connectOrCreate')
      if (await lookUp(run, side.policy, where)) await connect(run, side, where)
      else await createLinked(run, side, create)
    }
  },

  async set(run: Run, side: Side, value: unknown) {
    const rows = await namedRows(run, side, value)
    const kept = new Set(rows.map((row) => keyOf(side.policy, row)))
    const linked = await visibleRows(run, side.policy, linkConditions(run, side))
    for (const row of linked.filter((row) => !kept.has(keyOf(side.policy, row)))) await unlink(run, side, row)
    const there = new Set(linked.map((row) => keyOf(side.policy, row)))
    for (const row of rows.filter((row) => !there.has(keyOf(side.policy, row))))
      await connect(run, side, idOf(side.policy.model, row))
  },

  async disconnect(run: Run, side: Side, value: unknown) {
    // As with Prisma, what is not linked is not there to unlink.
    for (const row of await chosen(run, side, value)) await unlink(run, side, row)
  },

  async update(run: Run, side: Side, value: unknown) {
    for (const item of listOf(value)) {
      const { where, data } = updateOf(side, item)
      const [row] = await chosen(run, side, where)
      if (!row) throw notFound(side.policy.model, `a nested update of ${side.relation.field}`)
      await run.write.update(run, side.policy, {
        where: idOf(side.policy.model, row),
        data,
        trusted: [link(side)],
      })
    }
  },

  async updateMany(run: Run, side: Side, value: unknown) {
    for (const item of listOf(value)) {
      const { where, data } = argumentsOf(item, ['where', 'data'], 'updateMany')
      const write = { where: where ?? {}, data, trusted: linkConditions(run, side) }
      await performed(run, updateManyPlan(run.reading, side.policy, write))
    }
  },

  async upsert(run: Run, side: Side, value: unknown) {
    for (const item of listOf(value)) {
      const { where, create, update } = argumentsOf(item, ['where', 'create', 'update'], 'upsert')
      const [row] = await chosen(run, side, where ?? true)
      if (!row) await createLinked(run, side, create)
      else {
        const write = { where: idOf(side.policy.model, row), data: update, trusted: [link(side)] }
        await run.write.update(run, side.policy, write)
      }
    }
  },

  async delete(run: Run, side: Side, value: unknown) {
    for (const item of value === false ? [] : listOf(value)) {
      const [row] = await chosen(run, side, item)
      if (!row) throw notFound(side.policy.model, `a nested delete of ${side.relation.field}`)
      const write = { where: idOf(side.policy.model, row), trusted: [link(side)] }
      await performed(run, deletePlan(run.reading, side.policy, write))
    }
  },

  async deleteMany(run: Run, side: Side, value: unknown) {
    for (const where of listOf(value)) {
      const write = { where: plainObject(where, 'deleteMany'), trusted: linkConditions(run, side) }
      await performed(run, deleteManyPlan(run.reading, side.policy, write))
    }
  },
})

async function createLinked(run: Run, side: Side, data: unknown): Promise<void> {
  mustBeSeen(run, side)
  const linked = { ...plainObject(data, 'data'), ...link(side) }
  await run.write.create(run, side.policy, linked, { linked: [side.inverse.field] })
}

async function connect(run: Run, side: Side, where: unknown): Promise<void> {
  mustBeSeen(run, side)
  const row = await lookUp(run, side.policy, where)
  if (!row) throw notFound(side.policy.model, `a nested connect of ${side.relation.field}`)
  await makeRoom(run, side, row)
  const write = { where: idOf(side.policy.model, row), data: link(side), linked: [side.inverse.field] }
  await run.write.update(run, side.policy, write)
}

/** A one-to-one relation has one place: who is in it leaves, as with Prisma. */
async function makeRoom(run: Run, side: Side, but?: Row): Promise<void> {
  if (side.relation.list) return
  for (const row of await visibleRows(run, side.policy, linkConditions(run, side))) {
    if (!but || keyOf(side.policy, row) !== keyOf(side.policy, but)) await unlink(run, side, row)
  }
}

async function unlink(run: Run, side: Side, row: Row): Promise<void> {
  const { inverse, policy } = side
  if (inverse.required) throw requiredRelation(policy.model, inverse.field)
  const data = Object.fromEntries(inverse.from.map((key) => [key, null]))
  await run.write.update(run, policy, { where: idOf(policy.model, row), data, trusted: [link(side)] })
}

/** The linked row a call chooses: by a unique key where there are many, by any condition or `true` where there is one. */
async function chosen(run: Run, side: Side, choice: unknown): Promise<readonly Row[]> {
  const conditions = linkConditions(run, side)
  if (side.relation.list) {
    const rows: Row[] = []
    for (const where of listOf(choice)) {
      const row = await lookUp(run, side.policy, where, conditions)
      if (row) rows.push(row)
    }
    return rows
  }
  if (choice === false) return []
  const [row] = await visibleRows(run, side.policy, conditions)
  if (!row || choice === true) return row ? [row] : []
  const where = { ...idOf(side.policy.model, row), AND: [plainObject(choice, 'where')] }
  const matching = await lookUp(run, side.policy, where, conditions)
  return matching ? [matching] : []
}

/** `{ where, data }`, or, where there is one row, simply its data. */
function updateOf(side: Side, item: unknown): { readonly where: unknown; readonly data: unknown } {
  if (side.relation.list) {
    const { where, data } = argumentsOf(item, ['where', 'data'], 'update')
    return { where, data }
  }
  return oneUpdate(item)
}

/** The two forms of a nested update of one row. */
export function oneUpdate(item: unknown): { readonly where: unknown; readonly data: unknown } {
  const given = plainObject(item, 'update')
  const isWrapped =
    isPlainObject(given['data']) && Object.keys(given).every((key) => key === 'data' || key === 'where')
  return isWrapped ? { where: given['where'] ?? true, data: given['data'] } : { where: true, data: given }
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

/** The foreign key of the other row, with the values of this one. */
function link({ row, inverse }: Side): Row {
  return Object.fromEntries(inverse.from.map((key, at) => [key, row[inverse.to[at] ?? '']]))
}

/** The linked rows, as far as the caller may read what links them. */
function linkConditions(run: Run, side: Side): Where[] {
  const decision = readingOf(run.reading.caller, side.policy)
  const hiding = decision ? side.inverse.from.filter((key) => !isOpenOnEveryRow(decision, key)) : []
  const scopes = hiding.flatMap((key) => (decision ? [fieldScope(decision, key)] : []))
  const known = readsKey(run, side) ? scopes : [none]
  return [link(side), ...known.map((scope) => scopeToWhere(scope, anyColumn(side.policy)))]
}

/** Whether he may read what the foreign keys of others refer to here. Who named this row knows its id. */
function readsKey(run: Run, { parent, row, inverse }: Side): boolean {
  const decision = readingOf(run.reading.caller, parent)
  const isId = (key: string) => parent.model.id.some(({ name }) => name === key)
  return inverse.to.every((key) => isId(key) || (decision && testScope(fieldScope(decision, key), row)))
}

/** A foreign key must point at a row that the caller may get, also at one that he has just written. */
function mustBeSeen(run: Run, side: Side): void {
  const { parent, row, inverse } = side
  const decision = readingOf(run.reading.caller, parent)
  if (!decision || !testScope(decision.scope, row) || !readsKey(run, side))
    throw unseenReference(inverse.from)
}
