import type { Relation } from '../catalog/model.js'
import { fieldScope } from '../policy/decide.js'
import type { Policy } from '../policy/policy.js'
import { allOf, none } from '../policy/scope.js'
import { scopeToWhere } from '../policy/scope-to-where.js'
import { testScope } from '../policy/test-scope.js'
import { anyColumn } from './any-column.js'
import { policyAcross } from './caller.js'
import { idOf, keyOf, lookUp, performed, visibleRows, type Run } from './lookup.js'
import { notFound, requiredRelation } from './not-found.js'
import { deletePlan, readingOf } from './plan-write.js'
import { argumentsOf, plainObject } from './unsupported.js'
import type { Row } from './row.js'
import { oneUpdate, wayOf } from './way-of.js'
import type { DataParts } from './written-data.js'

/** The foreign keys of a row to be created: of rows found, or created first. */
export async function referToParents(run: Run, policy: Policy, nested: DataParts['nested']): Promise<Row> {
  const { keys } = await writeParents(run, policy, undefined, nested)
  return keys
}

/**
 * Nested writes on the rows that a row refers to by its own foreign keys.
 *
 * @param row the row as stored and locked; `undefined` while it does not exist
 * @returns the foreign keys to write, and what is to be done once they are
 */
export async function writeParents(
  run: Run,
  policy: Policy,
  row: Row | undefined,
  nested: DataParts['nested'],
) {
  let keys: Row = {}
  const later: (() => Promise<unknown>)[] = []
  for (const [relation, writes] of nested) {
    if (relation.from.length === 0) continue
    const side = { policy, row, relation, target: policyAcross(run.reading.caller, relation) }
    for (const [kind, value] of Object.entries(writes)) {
      if (value === undefined) continue
      const way = wayOf(ways, kind, relation, row ? 'update' : 'create')
      const { key, after } = await way(run, side, value)
      if (key) keys = { ...keys, ...key }
      if (after) later.push(after)
    }
  }
  const after = async () => {
    for (const work of later) await work()
  }
  return { keys, after }
}

interface Side {
  readonly policy: Policy
  readonly row: Row | undefined
  readonly relation: Relation
  readonly target: Policy
}

interface Effect {
  readonly key?: Row
  readonly after?: () => Promise<unknown>
}

type Way = (run: Run, side: Side, value: unknown) => Promise<Effect>

const ways: Readonly<Record<string, Way>> = {
  async create(run, side, value) {
    return { key: keyTo(side, await run.write.create(run, side.target, value)) }
  },

  async connect(run, side, where) {
    const row = await lookUp(run, side.target, where)
    if (!row) throw notFound(side.target.model, `a nested connect of ${side.relation.field}`)
    return connected(run, side, row)
  },

  async connectOrCreate(run, side, value) {
    const { where, create } = argumentsOf(value, ['where', 'create'], 'connectOrCreate')
    const row = await lookUp(run, side.target, where)
    return row
      ? connected(run, side, row)
      : { key: keyTo(side, await run.write.create(run, side.target, create)) }
  },

  async disconnect(run, side, value) {
    const isMeant = value === true || (value !== false && (await current(run, side, value)) !== undefined)
    return isMeant ? { key: noKey(side) } : {}
  },

  async update(run, side, value) {
    const { where, data } = oneUpdate(value)
    const row = await current(run, side, where)
    if (!row) throw notFound(side.target.model, `a nested update of ${side.relation.field}`)
    return { after: () => run.write.update(run, side.target, { where: idOf(side.target.model, row), data }) }
  },

  async upsert(run, side, value) {
    const { where, create, update } = argumentsOf(value, ['where', 'create', 'update'], 'upsert')
    const row = await current(run, side, where ?? true)
    if (!row) return { key: keyTo(side, await run.write.create(run, side.target, create)) }
    return {
      after: () => run.write.update(run, side.target, { where: idOf(side.target.model, row), data: update }),
    }
  },

  async delete(run, side, value) {
    if (value === false) return {}
    const row = await current(run, side, value)
    if (!row) throw notFound(side.target.model, `a nested delete of ${side.relation.field}`)
    const plan = deletePlan(run.reading, side.target, { where: idOf(side.target.model, row) })
    return { key: noKey(side), after: () => performed(run, plan) }
  },
}

/** A row that takes the one place another has: the other leaves it, as with Prisma. */
async function connected(run: Run, side: Side, target: Row): Promise<Effect> {
  const { policy, relation, row } = side
  const key = keyTo(side, target)
  const inverse = side.target.model.relations.get(relation.inverse)
  if (!inverse || inverse.list) return { key }
  for (const other of await visibleRows(run, policy, [key])) {
    if (row && keyOf(policy, row) === keyOf(policy, other)) continue
    await run.write.update(run, policy, {
      where: idOf(policy.model, other),
      data: noKey(side),
      trusted: [key],
    })
  }
  return { key }
}

/** The row referred to now, if the caller may get it and read what refers to it, and it meets the condition. */
async function current(run: Run, side: Side, where: unknown): Promise<Row | undefined> {
  const { policy, relation, row, target } = side
  const decision = readingOf(run.reading.caller, policy)
  const isKnown = row && relation.from.every((key) => decision && testScope(fieldScope(decision, key), row))
  if (!isKnown || relation.from.some((key) => row[key] === null)) return undefined
  const knowing = readingOf(run.reading.caller, target)
  const known = knowing ? allOf(relation.to.map((column) => fieldScope(knowing, column))) : none
  const [found] = await visibleRows(run, target, [
    scopeToWhere(known, anyColumn(target)),
    Object.fromEntries(relation.to.map((column, at) => [column, row[relation.from[at] ?? '']])),
  ])
  if (!found || where === true) return found
  return lookUp(run, target, { ...idOf(target.model, found), AND: [plainObject(where, 'where')] })
}

function keyTo({ relation }: Side, target: Row): Row {
  return Object.fromEntries(relation.from.map((key, at) => [key, target[relation.to[at] ?? '']]))
}

function noKey({ policy, relation }: Side): Row {
  if (relation.required) throw requiredRelation(policy.model, relation.field)
  return Object.fromEntries(relation.from.map((key) => [key, null]))
}
