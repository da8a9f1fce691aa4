import type { Model } from '../catalog/model.js'
import type { Policy } from '../policy/policy.js'
import { allowed } from './caller.js'
import { idColumns } from './id-columns.js'
import { inParts } from './in-parts.js'
import { idOf, idValues, keyOf, lookUp, rowToWrite } from './lookup.js'
import { isTaken } from '../database-error.js'
import { notFound } from './not-found.js'
import { missingOf, perform } from './perform.js'
import type { Plan, Script } from './plan.js'
import {
  createManyPlan,
  createPlan,
  deleteManyPlan,
  deletePlan,
  readingOf,
  updateManyPlan,
  updatePlan,
} from './plan-write.js'
import type { Reading } from './reading.js'
import { statement, type Unscoped } from './unscoped.js'
import { argumentsOf } from './unsupported.js'
import { projecting, viewOfWritten, wantedBy, wantsMore, type View, type Wanted } from './view.js'
import type { Row } from './row.js'
import { trees } from './write-tree.js'
import { partsOf } from './written-data.js'

const updating = ['where', 'data', ...projecting]

/** create: one statement, or, with nested writes, one for each row they write. */
export function planCreate(reading: Reading, policy: Policy, method: string, input: unknown): Plan | Script {
  const args = argumentsOf(input, ['data', ...projecting], method)
  const wanted = wantedBy(policy.model, args)
  allowed(reading.caller.principal, policy, 'create')
  const { columns, nested } = partsOf(policy.model, args['data'])
  if (nested.length === 0)
    return withMore(reading, policy, wanted, createPlan(reading, policy, { data: columns, wanted }))
  return tree(reading, policy, method, wanted, (tx) =>
    trees.create({ reading, tx, write: trees }, policy, args['data']),
  )
}

/** update: one guarded statement, or, with nested writes, one for each row they write. */
export function planUpdate(reading: Reading, policy: Policy, method: string, input: unknown): Plan | Script {
  const args = argumentsOf(input, updating, method)
  const { where, data } = args
  const wanted = wantedBy(policy.model, args)
  allowed(reading.caller.principal, policy, 'update')
  const { columns, nested } = partsOf(policy.model, data)
  if (nested.length === 0)
    return withMore(reading, policy, wanted, updatePlan(reading, policy, { where, data: columns, wanted }))
  return tree(reading, policy, method, wanted, (tx) =>
    trees.update({ reading, tx, write: trees }, policy, { where, data }),
  )
}

/** upsert: the guarded update where there is a row that the caller may update or get, else the create. */
export function planUpsert(reading: Reading, policy: Policy, method: string, input: unknown): Plan | Script {
  const args = argumentsOf(input, ['where', 'create', 'update', ...projecting], method)
  const wanted = wantedBy(policy.model, args)
  const { where, create, update } = args
  allowed(reading.caller.principal, policy, 'create')
  const mine = updatePlan(reading, policy, { where, data: {} })
  const script = tree(reading, policy, method, wanted, async (tx) => {
    const run = { reading, tx, write: trees }
    const row = (await rowToWrite(tx, mine)) ?? (await lookUp(run, policy, where))
    return row ? trees.update(run, policy, { where, data: update }) : trees.create(run, policy, create)
  })
  // Another may have created the row since it was looked for: then there is one to update.
  return { ...script, isWorthRepeating: isTaken }
}

/** delete: one guarded statement. Related rows that are asked for are read before. */
export function planDelete(reading: Reading, policy: Policy, method: string, input: unknown): Plan | Script {
  const { where, ...rest } = argumentsOf(input, ['where', ...projecting], method)
  const wanted = wantedBy(policy.model, rest)
  const plan = deletePlan(reading, policy, { where, wanted })
  if (!wantsMore(wanted)) return plan
  const viewAt = answerView(reading, policy, wanted)
  const run = async (tx: Unscoped) => {
    const view = await viewAt(tx)
    const row = await statement(tx, policy.model, 'findUnique', { where: plan.args['where'], ...view.args })
    await perform(reading.caller, plan, tx)
    return view.show(row as Row)
  }
  return { model: policy.model, method, because: 'related rows in the answer', run }
}

/** createMany, createManyAndReturn. */
export function planCreateMany(
  reading: Reading,
  policy: Policy,
  method: string,
  input: unknown,
): Plan | Script {
  const known = ['data', 'skipDuplicates', ...returned(method)]
  const { data, skipDuplicates, ...rest } = argumentsOf(input, known, method)
  const wanted = method === 'createMany' ? undefined : wantedBy(policy.model, rest)
  return withMore(reading, policy, wanted, createManyPlan(reading, policy, { data, skipDuplicates, wanted }))
}

/** updateMany, updateManyAndReturn. */
export function planUpdateMany(
  reading: Reading,
  policy: Policy,
  method: string,
  input: unknown,
): Plan | Script {
  const { where, data, ...rest } = argumentsOf(input, ['where', 'data', ...returned(method)], method)
  const wanted = method === 'updateMany' ? undefined : wantedBy(policy.model, rest)
  return withMore(reading, policy, wanted, updateManyPlan(reading, policy, { where, data, wanted }))
}

/** deleteMany. */
export function planDeleteMany(reading: Reading, policy: Policy, method: string, input: unknown): Plan {
  const { where } = argumentsOf(input, ['where'], method)
  return deleteManyPlan(reading, policy, { where })
}

function returned(method: string): readonly string[] {
  return method.endsWith('AndReturn') ? projecting : []
}

/** A write whose answer shows related rows: they are read afterwards, each under its own rules. */
function withMore(reading: Reading, policy: Policy, wanted: Wanted | undefined, plan: Plan): Plan | Script {
  if (!wanted || !wantsMore(wanted)) return plan
  const ids = { select: idColumns(policy.model) }
  const bare = ({ otherwise, ...rest }: Plan): Plan => ({
    ...rest,
    args: { ...withoutProjection(rest.args), ...ids },
    finish: (row) => row,
    ...(otherwise && { otherwise: bare(otherwise) }),
  })
  return tree(reading, policy, plan.method, wanted, (tx) => perform(reading.caller, bare(plan), tx))
}

function withoutProjection(args: Row): Row {
  return Object.fromEntries(Object.entries(args).filter(([name]) => !projecting.includes(name)))
}

/** Several statements in one transaction, answered with the row or rows written as the caller may see them then. */
function tree(
  reading: Reading,
  policy: Policy,
  method: string,
  wanted: Wanted,
  write: (tx: Unscoped) => Promise<unknown>,
): Script {
  const { model } = policy
  const ids = model.id.map(({ name }) => name)
  const viewAt = answerView(reading, policy, wanted, ids)
  const run = async (tx: Unscoped) => {
    const result = await write(tx)
    const view = await viewAt(tx)
    const written = [result].flat() as Row[]
    const rows = Array.isArray(result)
      ? await rowsAgain(tx, model, written, view)
      : [await statement(tx, model, 'findUnique', { where: idOf(model, result as Row), ...view.args })]
    const found = (rows as (Row | null)[]).filter((row) => row !== null)
    const shown = new Map(found.map((row) => [keyOf(policy, row), view.show(row)]))
    const answer = written.map((row) => shown.get(keyOf(policy, row)))
    // A write nested in it has deleted the row itself: there is nothing to answer with, as with Prisma.
    if (answer.includes(undefined)) throw notFound(model, 'the answer: what is nested in the call deletes it')
    return Array.isArray(result) ? answer : answer[0]
  }
  return { model, method, because: 'nested writes or related rows', run }
}

async function rowsAgain(
  tx: Unscoped,
  model: Model,
  written: readonly Row[],
  { args }: View,
): Promise<Row[]> {
  const rows: Row[] = []
  for (const part of inParts(written)) {
    const where = { OR: part.map((row) => idValues(model, row)) }
    rows.push(...((await statement(tx, model, 'findMany', { where, ...args })) as Row[]))
  }
  return rows
}

/**
 * How the row of an answer is asked for and shown. It is planned at once, so that what is refused is refused before
 * anything is written; where lists in it begin is looked up when they are read.
 */
function answerView(
  reading: Reading,
  policy: Policy,
  wanted: Wanted,
  also?: readonly string[],
): (tx: Unscoped) => Promise<View> {
  const decision = readingOf(reading.caller, policy)
  const viewIn = (asked: Reading) => viewOfWritten(asked, policy.model, decision, wanted, also)
  const view = viewIn(reading)
  return async (tx) => {
    const missing = await missingOf(reading.cursors, tx)
    return missing.size > 0 ? viewIn({ ...reading, cursors: [], missing }) : view
  }
}
