import type { Model } from '../catalog/model.js'
import type { Policy } from '../policy/policy.js'
import { scopeToWhere, type Where } from '../policy/scope-to-where.js'
import { anyColumn } from './any-column.js'
import { keyText } from './key-text.js'
import { perform } from './perform.js'
import type { Plan } from './plan.js'
import { everyColumn, readingOf, type Write } from './plan-write.js'
import type { Reading } from './reading.js'
import { statement, type Unscoped } from './unscoped.js'
import { guarded, uniqueWhere } from './unique-where.js'
import type { Row } from './row.js'

/** A call of several statements under way: who asks, and the transaction they run in. */
export interface Run {
  readonly reading: Reading
  readonly tx: Unscoped
  /** Writes a row with what is nested in it. */
  readonly write: {
    readonly create: (run: Run, policy: Policy, data: unknown, write?: Write) => Promise<Row>
    readonly update: (run: Run, policy: Policy, write: Write) => Promise<Row>
  }
}

/** Runs one statement of the call. */
export async function performed(run: Run, plan: Plan): Promise<Row> {
  return (await perform(run.reading.caller, plan, run.tx)) as Row
}

/** The id of a row, column by column. */
export function idValues(model: Model, row: Row): Row {
  return Object.fromEntries(model.id.map(({ name }) => [name, row[name]]))
}

/** The id of a row as text, to know it again by. */
export function keyOf(policy: Policy, row: Row): string {
  return JSON.stringify(Object.values(idValues(policy.model, row)).map(keyText))
}

/** The `where` of a row by its id. */
export function idOf(model: Model, row: Row): Where {
  const values = idValues(model, row)
  return model.id.length === 1 ? values : { [model.idKey.name]: values }
}

/** A row that the caller may get and names by a unique key, with every column; `undefined` if there is none. */
export async function lookUp(
  { reading, tx }: Run,
  policy: Policy,
  where: unknown,
  trusted: readonly Where[] = [],
): Promise<Row | undefined> {
  const decision = readingOf(reading.caller, policy)
  if (!decision) return undefined
  const unique = uniqueWhere(reading.caller, decision, where)
  const conditions = [...unique.conditions, ...trusted]
  const scoped = guarded({ ...unique, conditions }, [decision.scope], policy)
  const row = await statement(tx, policy.model, 'findUnique', { where: scoped, ...everyColumn(policy) })
  return (row as Row | null) ?? undefined
}

/** The row that a guarded statement on one would write, as it would answer; `null` if there is none. */
export async function rowToWrite(tx: Unscoped, { model, args }: Plan): Promise<Row | null> {
  const mine = { where: args['where'], select: args['select'] }
  return (await statement(tx, model, 'findUnique', mine)) as Row | null
}

/** The rows of our own condition that the caller may get, with every column. */
export async function visibleRows(
  { reading, tx }: Run,
  policy: Policy,
  conditions: readonly Where[],
): Promise<Row[]> {
  const decision = readingOf(reading.caller, policy)
  if (!decision) return []
  const where = { AND: [scopeToWhere(decision.scope, anyColumn(policy)), ...conditions] }
  return (await statement(tx, policy.model, 'findMany', { where, ...everyColumn(policy) })) as Row[]
}
