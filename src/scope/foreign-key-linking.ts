import { fieldScope, isOpenOnEveryRow } from '../policy/decide.js'
import { none } from '../policy/scope.js'
import { scopeToWhere, type Where } from '../policy/scope-to-where.js'
import { testScope } from '../policy/test-scope.js'
import { anyColumn } from './any-column.js'
import type { Linking, Side } from './linking.js'
import { idOf, keyOf, lookUp, performed, visibleRows, type Run } from './lookup.js'
import { notFound, requiredRelation } from './not-found.js'
import { listOf } from './list-of.js'
import { unseenReference } from './perform.js'
import { createManyPlan, readingOf } from './plan-write.js'
import { argumentsOf, plainObject } from './unsupported.js'
import type { Row } from './row.js'

/** Rows that refer to this one by a foreign key: what is linked or unlinked is a guarded update of it. */
export const foreignKeyLinking: Linking = {
  linked,
  known,
  chosen,
  makeRoom,
  connect,

  async unlink(run, side, rows) {
    for (const row of rows) await unlink(run, side, row)
  },

  async create(run, side, data) {
    mustBeSeen(run, side)
    const row = { ...plainObject(data, 'data'), ...link(side) }
    await run.write.create(run, side.policy, row, { linked: [side.inverse.field] })
  },

  ways: {
    async createMany(run, side, value) {
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
  },
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
  for (const row of await visibleRows(run, side.policy, known(run, side))) {
    if (!but || keyOf(side.policy, row) !== keyOf(side.policy, but)) await unlink(run, side, row)
  }
}

async function unlink(run: Run, side: Side, row: Row): Promise<void> {
  const { inverse, policy } = side
  if (inverse.required) throw requiredRelation(policy.model, inverse.field)
  const data = Object.fromEntries(inverse.from.map((key) => [key, null]))
  await run.write.update(run, policy, { where: idOf(policy.model, row), data, trusted: [linked(side)] })
}

/** The linked row a call chooses: by a unique key where there are many, by any condition or `true` where there is one. */
async function chosen(run: Run, side: Side, choice: unknown): Promise<Row | undefined> {
  const conditions = known(run, side)
  if (side.relation.list) return lookUp(run, side.policy, choice, conditions)
  if (choice === false) return undefined
  const [row] = await visibleRows(run, side.policy, conditions)
  if (!row || choice === true) return row
  const where = { ...idOf(side.policy.model, row), AND: [plainObject(choice, 'where')] }
  return lookUp(run, side.policy, where, conditions)
}

/** The foreign key of the other row, with the values of this one. */
function link({ row, inverse }: Side): Row {
  return Object.fromEntries(inverse.from.map((key, at) => [key, row[inverse.to[at] ?? '']]))
}

/** The rows that refer to this one. One without the value they refer to has none; rows that refer to nothing are not its. */
function linked(side: Side): Where {
  const key = link(side)
  const isReferable = Object.values(key).every((value) => value !== null)
  return isReferable ? key : scopeToWhere(none, anyColumn(side.policy))
}

/** The linked rows, as far as the caller may read what links them. */
function known(run: Run, side: Side): Where[] {
  const decision = readingOf(run.reading.caller, side.policy)
  const hiding = decision ? side.inverse.from.filter((key) => !isOpenOnEveryRow(decision, key)) : []
  const scopes = hiding.flatMap((key) => (decision ? [fieldScope(decision, key)] : []))
  const readable = readsKey(run, side) ? scopes : [none]
  return [linked(side), ...readable.map((scope) => scopeToWhere(scope, anyColumn(side.policy)))]
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
