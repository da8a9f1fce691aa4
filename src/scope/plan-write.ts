import { decide, fieldScope, type Allowed } from '../policy/decide.js'
import { createRow } from '../policy/create-row.js'
import { forbiddenFields, forbiddenOperation } from '../policy/forbidden.js'
import type { Policy } from '../policy/policy.js'
import { columnsOf, none, type Scope } from '../policy/scope.js'
import { scopeToWhere, type Where } from '../policy/scope-to-where.js'
import { testScope } from '../policy/test-scope.js'
import { updateGuards, type Guard, type GuardedUpdate } from '../policy/update-guards.js'
import { anyColumn } from './any-column.js'
import { allowed, type Caller } from './caller.js'
import { scopedWhere } from './paging.js'
import type { Miss, Plan } from './plan.js'
import type { Reading } from './reading.js'
import { guarded, guardedWrite, uniqueWhere, type UniqueWhere } from './unique-where.js'
import { isPlainObject, unsupported } from './unsupported.js'
import { viewOfWritten, wantsMore, type Wanted } from './view.js'
import type { Row } from './row.js'
import { referencesIn, writtenData } from './written-data.js'

/** What one statement of a write is to do. `trusted` are conditions of our own making, which no rule judges. */
export interface Write {
  readonly data?: unknown
  readonly where?: unknown
  readonly trusted?: readonly Where[]
  /** Relations whose foreign key in the data is known to be good. */
  readonly linked?: readonly string[]
  /** What the caller wants to see; `undefined`: every column, for our own use. */
  readonly wanted?: Wanted | undefined
}

/** create: the row as sent, stamped with the caller's identity and checked against the rules. */
export function createPlan(reading: Reading, policy: Policy, write: Write): Plan {
  const { caller } = reading
  const decision = allowed(caller.principal, policy, 'create')
  const data = createRow(decision, caller.principal, writtenData(policy, write.data, 'create'))
  const answer = answerOf(reading, policy, write.wanted)
  return {
    ...{ model: policy.model, method: 'create', args: { data, ...answer.args }, finish: answer.finish },
    references: references(caller, policy, [data], write.linked),
  }
}

/** createMany, createManyAndReturn: all rows or none. */
export function createManyPlan(
  reading: Reading,
  policy: Policy,
  { data: sent, linked, wanted, skipDuplicates }: Write & { readonly skipDuplicates?: unknown },
): Plan {
  const { caller } = reading
  const decision = allowed(caller.principal, policy, 'create')
  const rows = Array.isArray(sent) ? (sent as unknown[]) : [sent]
  const data = rows.map((row) => createRow(decision, caller.principal, writtenData(policy, row, 'create')))
  if (skipDuplicates) mustSeeAll(caller, policy)
  const args = { data, ...(skipDuplicates === true && { skipDuplicates }) }
  return {
    ...manyRows(reading, policy, 'createMany', args, wanted),
    references: references(caller, policy, data, linked),
  }
}

/** Which rows were skipped tells which keys exist: so every row must be there for him to see. */
function mustSeeAll(caller: Caller, policy: Policy): void {
  const decision = decide(policy, caller.principal, 'list')
  if (!decision.allowed || decision.scope.kind !== 'all')
    throw unsupported('skipDuplicates where rows are hidden from the caller')
}

/** update: one guarded statement, the scope in its WHERE. Never check first and write later. */
export function updatePlan(reading: Reading, policy: Policy, write: Write): Plan {
  const { caller } = reading
  const decision = allowed(caller.principal, policy, 'update')
  const sent = writtenData(policy, write.data, 'update')
  const unique = searched(reading, policy, decision, write)
  const counted = arithmeticGuards(caller, policy, sent)
  const answer = answerOf(reading, policy, write.wanted)
  const planned = ({ guards: rules, data, otherwise }: GuardedUpdate): Plan => {
    const guards = counted.length === 0 ? rules : [...rules, ...counted]
    const where = guardedWrite(unique, guards.map(scopeOf), policy)
    return {
      model: policy.model,
      method: 'update',
      args: { where, data: counting(policy, data), ...answer.args },
      finish: answer.finish,
      references: references(caller, policy, [data], write.linked),
      miss: () => missOf(caller, { policy, operation: 'update', unique, guards, trusted: write.trusted }),
      otherwise: otherwise && planned(otherwise),
    }
  }
  return planned(updateGuards(decision, caller.principal, sent))
}

/**
 * updateMany, updateManyAndReturn: the rows that match, are in scope for `update` and for the search. There is no
 * `limit`: Prisma looks the rows up first and writes them by id, so a row that changed owner in between is written.
 */
export function updateManyPlan(reading: Reading, policy: Policy, write: Write): Plan {
  const { caller } = reading
  const decision = allowed(caller.principal, policy, 'update')
  const sent = writtenData(policy, write.data, 'update')
  const update = updateGuards(decision, caller.principal, sent, 'list')
  // Many rows have no one owner to be unchanged: what is sent is written.
  const { guards, data } = update.otherwise ?? update
  const scopes = [...guards, ...arithmeticGuards(caller, policy, sent)].map(scopeOf)
  const where = massWhere(caller, policy, scopes, write)
  return {
    ...manyRows(reading, policy, 'updateMany', { where, data: counting(policy, data) }, write.wanted),
    references: references(caller, policy, [data], write.linked),
  }
}

/** delete: one guarded statement; the answer is the row as it was. */
export function deletePlan(reading: Reading, policy: Policy, write: Write): Plan {
  const decision = allowed(reading.caller.principal, policy, 'delete')
  const unique = searched(reading, policy, decision, write)
  const where = guarded(unique, [decision.scope], policy)
  const { args, finish } = answerOf(reading, policy, write.wanted)
  return {
    ...{ model: policy.model, method: 'delete', args: { where, ...args }, finish, references: [] },
    miss: () =>
      missOf(reading.caller, {
        policy,
        operation: 'delete',
        unique,
        guards: [decision],
        trusted: write.trusted,
      }),
  }
}

/** deleteMany: the rows that match, are in scope for `delete` and for the search. */
export function deleteManyPlan(reading: Reading, policy: Policy, write: Write): Plan {
  const decision = allowed(reading.caller.principal, policy, 'delete')
  const where = massWhere(reading.caller, policy, [decision.scope], write)
  return manyRows(reading, policy, 'deleteMany', { where }, undefined)
}

/** What a write asks of the rows it returns, and how they are shown: as far as the caller may get each. */
function answerOf(
  reading: Reading,
  policy: Policy,
  wanted: Wanted | undefined,
): { readonly args: Row; readonly finish: Plan['finish'] } {
  const { model } = policy
  if (!wanted) return { args: everyColumn(policy), finish: (row) => row }
  const columnsOnly = wantsMore(wanted) ? { ...wanted, relations: noRelations, count: undefined } : wanted
  const view = viewOfWritten(reading, model, readingOf(reading.caller, policy), columnsOnly)
  const finish = (result: unknown) =>
    Array.isArray(result) ? (result as Row[]).map(view.show) : view.show(result as Row)
  return { args: view.args, finish }
}

/** A write of many rows: it counts them, or, where they are wanted, returns them. */
function manyRows(
  reading: Reading,
  policy: Policy,
  method: string,
  args: Row,
  wanted: Wanted | undefined,
): Plan {
  const plan = { model: policy.model, references: [] }
  if (!wanted) return { ...plan, method, args, finish: (result) => result }
  const answer = answerOf(reading, policy, wanted)
  return { ...plan, method: `${method}AndReturn`, args: { ...args, ...answer.args }, finish: answer.finish }
}

const noRelations: Wanted['relations'] = new Map()

/** Every column, also one that the client leaves out by default. */
export function everyColumn({ model }: Policy): Row {
  return { select: Object.fromEntries([...model.columns.keys()].map((name) => [name, true])) }
}

/** A caller who may write but not read may still name the row by its id: the write's own scope stands in. */
function searched(
  reading: Reading,
  policy: Policy,
  writing: Allowed,
  { where, trusted = [] }: Write,
): UniqueWhere {
  const decision = readingOf(reading.caller, policy) ?? {
    ...writing,
    modelScope: writing.scope,
    fieldScopes: hidden(policy),
  }
  const unique = uniqueWhere(reading.caller, decision, where)
  const isIdAlone =
    unique.conditions.length === 0 && Object.keys(unique.key).join() === policy.model.idKey.name
  // Whatever else he searches by, he may know of the rows that he may read alone; the write may reach further.
  const known = isIdAlone ? [] : [scopeToWhere(decision.scope, anyColumn(policy))]
  return {
    key: unique.key,
    keyScopes: unique.keyScopes,
    conditions: [...known, ...unique.conditions, ...trusted],
  }
}

function hidden(policy: Policy): ReadonlyMap<string, Scope> {
  return new Map([...policy.model.columns.keys()].map((name) => [name, { kind: 'none' }]))
}

/** The decision for `get`, if there is one: what a caller may know of a single row. */
export function readingOf(caller: Caller, policy: Policy): Allowed | undefined {
  const decision = decide(policy, caller.principal, 'get')
  return decision.allowed ? decision : undefined
}

/** A mass write searches as a list does: without a right to list, only without a condition. */
function massWhere(
  caller: Caller,
  policy: Policy,
  scopes: readonly Scope[],
  { where, trusted = [] }: Write,
): Row {
  const guards = scopes.map((scope) => scopeToWhere(scope, anyColumn(policy)))
  if (where === undefined) return { AND: [...guards, ...trusted] }
  const search = scopedWhere(caller, allowed(caller.principal, policy, 'list'), where)
  return { AND: [...guards, ...trusted, search] }
}

function references(
  caller: Caller,
  policy: Policy,
  rows: readonly Row[],
  linked: readonly string[] = [],
): Plan['references'] {
  const found = referencesIn(policy.model, caller.models, rows)
  return found.filter(({ relation }) => !linked.includes(relation))
}

/** Arithmetic fails where the result is out of range, which tells the value: so it is for rows where he may read it. */
function arithmeticGuards(caller: Caller, policy: Policy, sent: Row): Guard[] {
  const guards: Guard[] = []
  for (const field of Object.keys(sent)) {
    const value = sent[field]
    if (!isPlainObject(value) || policy.model.columns.get(field)?.type === 'Json' || 'push' in value) continue
    const decision = readingOf(caller, policy)
    const scope = decision ? fieldScope(decision, field) : none
    if (scope.kind === 'none') throw unsupported(`"${Object.keys(value).join()}" on "${field}" in data`)
    guards.push({ scope, field })
  }
  return guards
}

function scopeOf({ scope }: Guard): Scope {
  return scope
}

function counting({ version }: Policy, data: Row): Row {
  return version ? { [version.name]: { increment: 1 }, ...data } : data
}

/** A write of one row under guards. */
interface GuardedStatement {
  readonly policy: Policy
  readonly operation: 'update' | 'delete'
  readonly unique: UniqueWhere
  readonly guards: readonly Guard[]
  readonly trusted: readonly Where[] | undefined
}

/** Why a guarded write may have hit nothing, asked only then and only of a row the caller may get. */
function missOf(
  caller: Caller,
  { policy, operation, unique, guards, trusted = [] }: GuardedStatement,
): Miss | undefined {
  const decision = readingOf(caller, policy)
  if (!decision) return undefined
  const needed = [...guards.flatMap(({ scope }) => columnsOf(scope)), ...policy.model.id.map((id) => id.name)]
  const select = Object.fromEntries(needed.map((name) => [name, true]))
  const where = guarded({ ...unique, conditions: trusted }, [decision.scope], policy)
  const refusal = (row: Row) => {
    const failing = guards.filter(({ scope }) => !testScope(scope, row))
    if (failing.length === 0) return undefined
    const fields = failing.flatMap(({ field }) => (field === undefined ? [] : [field]))
    return fields.length > 0
      ? forbiddenFields([...new Set(fields)])
      : forbiddenOperation(policy, caller.principal, operation)
  }
  return { args: { where, select }, refusal }
}
