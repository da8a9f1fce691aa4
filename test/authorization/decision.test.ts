import { modelsOf } from '../../src/catalog/model.js'
import type { Principal } from '../../src/claims/principal.js'
import { ClaimstakeError } from '../../src/errors.js'
import type { Data } from '../../src/policy/builder.js'
import { compilePolicies } from '../../src/policy/compile-policies.js'
import { createRow } from '../../src/policy/create-row.js'
import { decide, isOpenOnEveryRow, type Allowed } from '../../src/policy/decide.js'
import { forbiddenFields } from '../../src/policy/forbidden.js'
import type { Operation } from '../../src/policy/operation.js'
import type { Policy } from '../../src/policy/policy.js'
import { testScope } from '../../src/policy/test-scope.js'
import { updateGuards, type Guard } from '../../src/policy/update-guards.js'
import { rewriteWhere } from '../../src/scope/rewrite-where.js'
import { viewOf, wantedBy } from '../../src/scope/view.js'
import { callerOf, readingOf } from '../support/caller-of.js'
import { principalOf } from './callers.js'
import { modelOf, rowId, titleOf, type Case, type Row } from './case.js'
import { cases, unsorted } from './cases.js'
import { expectOutcome, type Outcome } from './outcome.js'

// RULES section 8 without a database: `decide`, `createRow`, `updateGuards` and `testScope` on rows in memory.

test.each(cases.map((one, at) => [titleOf(one, at), one] as const))('%s', (_, one) => {
  expectOutcome(one, perform(one))
})

test('F8: nobody who sees some salaries only sorts by salary', () => {
  for (const who of unsorted.callers) {
    const decision = decide(policyOf(unsorted.rules), principalOf(who), 'list')
    if (!decision.allowed) throw new Error('everyone signed in may list')
    expect(isOpenOnEveryRow(decision, 'salary')).toBe(false) // what `sort` and `orderBy` ask
    expect(isOpenOnEveryRow(decision, 'bio')).toBe(true)
  }
})

test('no row of the table is left out', () => {
  const numbers = Array.from({ length: 59 }, (_, at) => String(at + 1))
  const fields = Array.from({ length: 9 }, (_, at) => `F${at + 1}`)
  const covered = new Set([...cases.map(({ id }) => id), 'F8'])
  expect([...covered].sort()).toEqual([...numbers, ...fields].sort())
})

function policyOf(data: Data): Policy {
  const policy = compilePolicies(modelsOf(data.catalog), data.schema).get(modelOf(data))
  if (!policy) throw new Error('the rules have no policy')
  return policy
}

function perform(one: Case): Outcome {
  try {
    return decided(one, policyOf(one.rules), principalOf(one.who))
  } catch (error) {
    if (!(error instanceof ClaimstakeError)) throw error
    const naming = error.errors?.map(({ pointer = '' }) => pointer.slice(1))
    return naming ? { refused: error.code, naming } : { refused: error.code }
  }
}

function decided({ call, stored }: Case, policy: Policy, who: Principal): Outcome {
  const columns = [...policy.model.columns.values()]
  const blank = Object.fromEntries(columns.map(({ name, list }) => [name, list ? [] : null]))
  const rows = stored.map((row, at): Row => ({ ...blank, id: rowId(at), ...row }))
  const [row = {}] = rows

  const allowed = (operation: Operation): Allowed => {
    const decision = decide(policy, who, operation)
    if (!decision.allowed) throw new ClaimstakeError('FORBIDDEN_OPERATION')
    return decision
  }
  const shown = (decision: Allowed, one: Row) =>
    viewOf(readingOf(who), decision, wantedBy(policy.model, {})).show(one)
  const reading = decide(policy, who, 'get')
  const gettable = (one: Row) => reading.allowed && testScope(reading.scope, one)
  const written = (one: Row): Outcome =>
    reading.allowed && gettable(one) ? { row: shown(reading, one) } : 'unseen'
  const missed = (guards: readonly Guard[]): Outcome => {
    if (!gettable(row)) return { refused: 'NOT_FOUND' }
    const failing = guards.filter(({ scope }) => !testScope(scope, row))
    throw forbiddenFields(failing.flatMap(({ field }) => field ?? []))
  }

  switch (call.does) {
    case 'create':
      return written({ ...blank, id: rowId(0), ...createRow(allowed('create'), who, call.input) })
    case 'get': {
      const decision = allowed('get')
      return gettable(row) ? { row: shown(decision, row) } : { refused: 'NOT_FOUND' }
    }
    case 'list': {
      const decision = allowed('list')
      const filter = rewriteWhere(callerOf(who), decision, call.where)
      const found = rows.filter((one) => testScope(decision.scope, one) && matches(filter, one))
      return { rows: found.map((one) => shown(decision, one)) }
    }
    case 'update': {
      const { guards, data } = updateGuards(allowed('update'), who, call.input)
      const hit = guards.every(({ scope }) => testScope(scope, row))
      return hit ? written({ ...row, ...data }) : missed(guards)
    }
    case 'delete':
      return testScope(allowed('delete').scope, row) ? written(row) : missed([])
  }
}

/** The few operators of a `where` that the table needs; the whole of it is in test/property. */
function matches(where: Row, row: Row): boolean {
  return Object.entries(where).every(([key, value]) => {
    if (key === 'AND') return [value].flat().every((part) => matches(part as Row, row))
    if (key === 'OR') return (value as Row[]).some((part) => matches(part, row))
    const stored = row[key]
    if (typeof value !== 'object' || value === null) return stored === value
    return Object.entries(value as Row).every(([operator, operand]) => {
      if (operator === 'equals') return stored === operand
      if (operator === 'in') return (operand as unknown[]).includes(stored)
      throw new Error(`the table needs the operator ${operator}`)
    })
  })
}
