import { decide, type Allowed } from '../policy/decide.js'
import { createRow } from '../policy/create-row.js'
import { forbiddenFields } from '../policy/forbidden.js'
import type { Policy } from '../policy/policy.js'
import { columnsOf, type Scope } from '../policy/scope.js'
import { scopeToWhere } from '../policy/scope-to-where.js'
import { testScope } from '../policy/test-scope.js'
import { updateGuards, type Guard, type GuardedUpdate } from '../policy/update-guards.js'
import { ClaimstakeError } from '../errors.js'
import { anyColumn } from './any-column.js'
import { allowed, type Caller } from './caller.js'
import { scopedWhere } from './plan-read.js'
import type { Miss, Plan } from './plan.js'
import { guarded, uniqueWhere, type UniqueWhere } from './unique-where.js'
import { argumentsOf } from './unsupported.js'
import { viewOfWritten, wantedColumns, type Row } from './view.js'
import { referencesIn, writtenData } from './written-data.js'

/** create: the row as sent, stamped with the caller's identity and checked against the rules. */
export function planCreate(caller: Caller, policy: Policy, method: string, input: unknown): Plan {
  const decision = allowed(caller.principal, policy, 'create')
  const args = argumentsOf(input, ['data', 'select', 'omit'], method)
  const data = createRow(decision, caller.principal, writtenData(policy, args['data'], 'create'))
  return {
    ...written(caller, policy, method, { data }, args),
    references: references(caller, policy, [data]),
  }
}

/** createMany, createManyAndReturn: all rows or none. */
export function planCreateMany(caller: Caller, policy: Policy, method: string, input: unknown): Plan {
  const decision = allowed(caller.principal, policy, 'create')
  const known = method === 'createMany' ? ['data'] : ['data', 'select', 'omit']
  const args = argumentsOf(input, known, method)
  const rows = Array.isArray(args['data']) ? (args['data'] as unknown[]) : [args['data']]
  const data = rows.map((row) => createRow(decision, caller.principal, writtenData(policy, row, 'create')))
  const plan =
    method === 'createMany'
      ? counted(policy, method, { data })
      : written(caller, policy, method, { data }, args)
  return { ...plan, references: references(caller, policy, data) }
}

/** update: one guarded statement, the scope in its WHERE. Never check first and write later. */
export function planUpdate(caller: Caller, policy: Policy, method: string, input: unknown): Plan {
  const decision = allowed(caller.principal, policy, 'update')
  const args = argumentsOf(input, ['where', 'data', 'select', 'omit'], method)
  const sent = writtenData(policy, args['data'], 'update')
  const unique = uniqueWhere(searching(caller, policy, decision), args['where'])
  const planned = ({ guards, data, otherwise }: GuardedUpdate): Plan => {
    const where = guarded(unique, scopesOf(guards), anyColumn(policy))
    return {
      ...written(caller, policy, method, { where, data: counting(policy, data) }, args),
      references: references(caller, policy, [data]),
      ...missOf(caller, policy, unique, guards),
      ...(otherwise && { otherwise: planned(otherwise) }),
    }
  }
  return planned(updateGuards(decision, caller.principal, sent))
}

/**
 * updateMany, updateManyAndReturn: the rows that match, are in scope for `update` and for the search. There is no
 * `limit`: Prisma looks the rows up first and writes them by id, so a row that changed owner in between is written.
 */
export function planUpdateMany(caller: Caller, policy: Policy, method: string, input: unknown): Plan {
  const decision = allowed(caller.principal, policy, 'update')
  const known = method === 'updateMany' ? ['where', 'data'] : ['where', 'data', 'select', 'omit']
  const args = argumentsOf(input, known, method)
  const sent = writtenData(policy, args['data'], 'update')
  const update = updateGuards(decision, caller.principal, sent, 'list')
  // Many rows have no one owner to be unchanged: what is sent is written.
  const { guards, data } = update.otherwise ?? update
  const where = massWhere(caller, policy, scopesOf(guards), args['where'])
  const statement = { where, data: counting(policy, data) }
  const plan =
    method === 'updateMany'
      ? counted(policy, method, statement)
      : written(caller, policy, method, statement, args)
  return { ...plan, references: references(caller, policy, [data]) }
}

/** delete: one guarded statement; the answer is the row as it was. */
export function planDelete(caller: Caller, policy: Policy, method: string, input: unknown): Plan {
  const decision = allowed(caller.principal, policy, 'delete')
  const args = argumentsOf(input, ['where', 'select', 'omit'], method)
  const unique = uniqueWhere(searching(caller, policy, decision), args['where'])
  const where = guarded(unique, [decision.scope], anyColumn(policy))
  return {
    ...written(caller, policy, method, { where }, args),
    ...missOf(caller, policy, unique, [decision]),
  }
}

/** deleteMany: the rows that match, are in scope for `delete` and for the search. */
export function planDeleteMany(caller: Caller, policy: Policy, method: string, input: unknown): Plan {
  const decision = allowed(caller.principal, policy, 'delete')
  const args = argumentsOf(input, ['where'], method)
  const where = massWhere(caller, policy, [decision.scope], args['where'])
  return counted(policy, method, { where })
}

/** The statement of a write that returns rows, each shown as far as the caller may get it. */
function written(caller: Caller, policy: Policy, method: string, statement: Row, args: Row): Plan {
  const { model } = policy
  const view = viewOfWritten(model, reading(caller, policy), wantedColumns(model, args))
  const finish = (result: unknown) =>
    Array.isArray(result) ? (result as Row[]).map(view.show) : view.show(result as Row)
  return {
    model,
    method,
    args: { ...statement, ...(view.select && { select: view.select }) },
    finish,
    references: [],
  }
}

function counted({ model }: Policy, method: string, args: Row): Plan {
  return { model, method, args, finish: (result) => result, references: [] }
}

/** A caller who may write but not read may still name the row by its id: the write's own scope stands in. */
function searching(caller: Caller, policy: Policy, writing: Allowed): Allowed {
  return reading(caller, policy) ?? { ...writing, modelScope: writing.scope, fieldScopes: hidden(policy) }
}

function hidden(policy: Policy): ReadonlyMap<string, Scope> {
  return new Map([...policy.model.columns.keys()].map((name) => [name, { kind: 'none' }]))
}

function reading(caller: Caller, policy: Policy): Allowed | undefined {
  const decision = decide(policy, caller.principal, 'get')
  return decision.allowed ? decision : undefined
}

/** A mass write searches as a list does: without a right to list, only without a condition. */
function massWhere(caller: Caller, policy: Policy, scopes: readonly Scope[], where: unknown): Row {
  const guards = scopes.map((scope) => scopeToWhere(scope, anyColumn(policy)))
  if (where === undefined) return { AND: guards }
  return { AND: [...guards, scopedWhere(allowed(caller.principal, policy, 'list'), where)] }
}

function references(caller: Caller, policy: Policy, rows: readonly Row[]): Plan['references'] {
  return referencesIn(policy.model, (name) => caller.models.get(name), rows)
}

function scopesOf(guards: readonly Guard[]): Scope[] {
  return guards.map(({ scope }) => scope)
}

function counting({ version }: Policy, data: Row): Row {
  return version ? { ...data, [version.name]: { increment: 1 } } : data
}

/** Why a guarded write may have hit nothing, asked only then and only of a row the caller may get. */
function missOf(
  caller: Caller,
  policy: Policy,
  unique: UniqueWhere,
  guards: readonly Guard[],
): { miss?: Miss } {
  const decision = reading(caller, policy)
  if (!decision) return {}
  const needed = [...guards.flatMap(({ scope }) => columnsOf(scope)), ...policy.model.id.map((id) => id.name)]
  const select = Object.fromEntries(needed.map((name) => [name, true]))
  const where = guarded({ ...unique, conditions: [] }, [decision.scope], anyColumn(policy))
  const refusal = (row: Row) => {
    const failing = guards.filter(({ scope }) => !testScope(scope, row))
    if (failing.length === 0) return undefined
    const fields = failing.flatMap(({ field }) => (field === undefined ? [] : [field]))
    return fields.length > 0
      ? forbiddenFields([...new Set(fields)])
      : new ClaimstakeError('FORBIDDEN_OPERATION')
  }
  return { miss: { args: { where, select }, refusal } }
}
