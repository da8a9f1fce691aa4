import fc from 'fast-check'
import { principal, type Claims, type Principal } from '../../src/claims/principal.js'
import { ClaimstakeError } from '../../src/errors.js'
import { createRow } from '../../src/policy/create-row.js'
import { decide, fieldScope, type Decision } from '../../src/policy/decide.js'
import type { Operation } from '../../src/policy/operation.js'
import type { Policy } from '../../src/policy/policy.js'
import type { RuleDefinition } from '../../src/policy/rule-definition.js'
import { allOf, anyOf, type Scope, type ScopeValue } from '../../src/policy/scope.js'
import { outsideToWhere, scopeToWhere } from '../../src/policy/scope-to-where.js'
import { testScope } from '../../src/policy/test-scope.js'
import { updateGuards } from '../../src/policy/update-guards.js'
import { compiled, model } from './compiled.js'
import {
  columns,
  created,
  everyRule,
  grants,
  inS,
  inScope,
  isDenied,
  isLifted,
  lists,
  matchesRow,
  updated,
  type Row,
  type Rules,
} from './evaluator.js'
import { callerArbitrary, principalArbitrary } from './random-callers.js'
import { oneOf, people, rowArbitrary, rowsArbitrary, texts } from './random-rows.js'
import { fieldOperations, rolesOf, ruleArbitrary, rulesArbitrary } from './random-rules.js'
import { writings } from './random-writings.js'
import { announce, Count, holds, same } from './runs.js'
import { evaluate } from './where-evaluator.js'

// `decide`, `createRow`, `updateGuards` and `testScope` held against RULES.md read row by row (evaluator.ts).

announce('scope')
const writingArbitrary = writings(1)
const decisions = new Count('scope: # decisions', 20_000)

/** A decision that is about to be held against the evaluator. */
function decided(policy: Policy, who: Principal, operation: Operation): Decision {
  decisions.add()
  return decide(policy, who, operation)
}

const reading = ['get', 'list', 'listen'] as const satisfies readonly Operation[]
const onRows = [...reading, 'update', 'delete'] as const satisfies readonly Operation[]

test('(a) a scope tests a row as the WHERE it becomes does', () => {
  const scopeValues = (name: string): fc.Arbitrary<ScopeValue[]> =>
    fc.array(
      name === 'account'
        ? oneOf<ScopeValue>([7, -12, 0])
        : name === 'accounts'
          ? oneOf<ScopeValue>([7n, -12n])
          : oneOf<ScopeValue>([...people, ...texts]),
      { minLength: 1, maxLength: 3 },
    )
  const leaf: fc.Arbitrary<Scope> = fc.oneof(
    fc.constantFrom<Scope>({ kind: 'all' }, { kind: 'none' }),
    oneOf(['owner', 'team', 'account', 'title']).chain((column) =>
      scopeValues(column).map((list): Scope => ({ kind: 'equals', column, values: list })),
    ),
    oneOf(['owners', 'teams', 'accounts', 'tags']).chain((column) =>
      scopeValues(column).map((list): Scope => ({ kind: 'has', column, values: list })),
    ),
    oneOf(columns).map((column): Scope => ({ kind: 'isNull', column })),
    fc
      .record({
        column: oneOf(['owner', 'title']),
        alias: oneOf(['', '', 'x::', 'x_::', 'okta::']),
        last: oneOf([...people, ...texts]),
      })
      .map((rest): Scope => ({ kind: 'shows', ...rest })),
  )
  const { scope } = fc.letrec<{ scope: Scope; tree: Scope }>((tie) => ({
    tree: fc
      .record({
        join: oneOf(['anyOf', 'allOf', 'plain any', 'plain all'] as const),
        scopes: fc.array(tie('scope'), { minLength: 1, maxLength: 3 }),
      })
      .map(({ join, scopes }): Scope => {
        if (join === 'anyOf') return anyOf(scopes)
        if (join === 'allOf') return allOf(scopes)
        return { kind: join === 'plain any' ? 'anyOf' : 'allOf', scopes }
      }),
    scope: fc.oneof({ depthSize: 'small' }, leaf, tie('tree')),
  }))
  const stored = rowArbitrary.chain((row) =>
    fc.record({ prefix: oneOf(['', 'x::', 'x::y::']), row: fc.constant(row) }).map(({ prefix }) => ({
      ...row,
      title: typeof row['title'] === 'string' ? prefix + row['title'] : null,
      owner: typeof row['owner'] === 'string' ? prefix + row['owner'] : null,
    })),
  )
  holds(
    fc.property(scope, fc.array(stored, { minLength: 1, maxLength: 6 }), (condition, rows) => {
      const where = scopeToWhere(condition, 'id')
      for (const row of rows) same(testScope(condition, row), evaluate(where, row) === true, row)
      // The complement has the other rows, all of them, NULLs and all.
      const outside = outsideToWhere(condition, model)
      for (const row of rows) same(!testScope(condition, row), evaluate(outside, row) === true, row)
      // Simplifying never changes what is meant.
      for (const row of rows) {
        same(testScope(anyOf([condition]), row), testScope(condition, row), row)
        same(testScope(allOf([condition, { kind: 'all' }]), row), testScope(condition, row), row)
      }
    }),
    3_000,
  )
})

test('(b) decide answers as the text of RULES sections 1 to 3 does, row by row and field by field', () => {
  let open = 0
  holds(
    fc.property(
      rulesArbitrary,
      callerArbitrary,
      fc.array(rowArbitrary, { minLength: 1, maxLength: 5 }),
      (rules, who, rows) => {
        const compiledRules = compiled(rules)
        for (const operation of onRows) {
          const decision = decided(compiledRules, who, operation)
          same(decision.allowed, !isDenied(rules, who, operation), operation)
          for (const row of rows) {
            const inside = decision.allowed && testScope(decision.scope, row)
            same(inside, inScope(rules, who, operation, row), operation, row)
            if (!decision.allowed || operation === 'delete') continue
            if (inside) open++
            for (const field of columns) {
              const isOpen = testScope(fieldScope(decision, field), row)
              same(isOpen, inS(rules, who, field, operation, row), operation, field, row)
            }
          }
        }
      },
    ),
    2_500,
  )
  expect(open).toBeGreaterThan(20)
})
/** Runs work and makes a refusal (403) nothing. */
function attempt<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch (error) {
    if (error instanceof ClaimstakeError && error.status === 403) return undefined
    throw error
  }
}

test('(b) create stamps, checks and refuses as the text of RULES section 4 does', () => {
  let done = 0
  holds(
    fc.property(writingArbitrary, ({ rules, who, sent }) => {
      const decision = decided(compiled(rules), who, 'create')
      const row = decision.allowed ? attempt(() => createRow(decision, who, sent)) : undefined
      if (row) done++
      expect(row).toEqual(created(rules, who, sent))
    }),
    5_000,
  )
  expect(done).toBeGreaterThan(20)
})

/** The row after an update, or nothing where it is refused. */
function update(rules: Rules, who: Principal, row: Row, sent: Row): Row | undefined {
  const decision = decided(compiled(rules), who, 'update')
  let guarded = decision.allowed ? attempt(() => updateGuards(decision, who, sent)) : undefined
  while (guarded && !guarded.guards.every(({ scope }) => testScope(scope, row))) guarded = guarded.otherwise
  return guarded && { ...row, ...guarded.data }
}

test('(b) update accepts, drops and refuses as the text of RULES section 4 does: plain fields and single owners', () => {
  let done = 0
  holds(
    fc.property(writingArbitrary, ({ rules, who, row, sent }) => {
      const groupColumns = everyRule(rules).flatMap(({ strategy, column }) =>
        strategy === 'group' && column !== undefined ? [column] : [],
      )
      const simple = Object.fromEntries(
        Object.entries(sent).filter(([name]) => !lists.includes(name) && !groupColumns.includes(name)),
      )
      fc.pre(Object.keys(simple).length > 0)
      const result = update(rules, who, row, simple)
      if (result) done++
      expect(result).toEqual(updated(rules, who, row, simple))
    }),
    6_000,
  )
  expect(done).toBeGreaterThan(20)
})

test('(b) update accepts and refuses as the text does: owner lists and dynamic groups', () => {
  holds(
    fc.property(writingArbitrary, ({ rules, who, row, sent }) => {
      fc.pre(Object.keys(sent).length > 0)
      const result = update(rules, who, row, sent)
      expect(result).toEqual(updated(rules, who, row, sent))
    }),
    6_000,
  )
})

test('nobody gains an operation on any field by an update that no rule lifts', () => {
  const rights = (rules: Rules, who: Principal, row: Row) =>
    ['id', ...columns].flatMap((field) =>
      onRows
        .filter((operation) => (operation === 'delete' ? field === 'id' : true))
        .filter((operation) => inS(rules, who, field, operation, row))
        .map((operation) => `${operation} ${field}`),
    )
  holds(
    fc.property(writingArbitrary, ({ rules, who, row, sent }) => {
      const isLiftedSomewhere = Object.keys(sent).some(
        (field) =>
          isLifted(rules, who, field, 'update') ||
          everyRule(rules).some(
            (rule) => rule.column === field && rule.transferable && matchesRow(rule, who, row),
          ),
      )
      fc.pre(!isLiftedSomewhere)
      const after = update(rules, who, row, sent)
      if (!after) return
      const before = rights(rules, who, row)
      expect(rights(rules, who, after).filter((right) => !before.includes(right))).toEqual([])
    }),
    6_000,
  )
})

/** Everything a caller sees of some rows, and which of them he may change. */
function seen(rules: Rules, who: Principal, rows: readonly Row[]): string[] {
  return onRows.flatMap((operation) => {
    const decision = decide(compiled(rules), who, operation)
    if (!decision.allowed) return []
    return rows.flatMap((row, at) => [
      ...(testScope(decision.scope, row) ? [`${operation} ${at}`] : []),
      ...columns
        .filter((field) => operation !== 'delete' && testScope(fieldScope(decision, field), row))
        .map((field) => `${operation} ${at} ${field}`),
    ])
  })
}

/** The caller without one of his claims, for each of them. */
function withLess(who: Principal): Principal[] {
  return Object.keys(who.claims).flatMap((name) => {
    // By rule the name `username` falls back to `cognito:username`: another identity, not a lesser one.
    if (name === 'username' && 'cognito:username' in who.claims && who.provider === 'userPools') return []
    const { [name]: _taken, ...claims } = who.claims
    return [Object.freeze({ ...who, claims })]
  })
}

test('(c) taking a claim away never shows more', () => {
  holds(
    fc.property(rulesArbitrary, principalArbitrary, rowsArbitrary, (rules, who, rows) => {
      const before = seen(rules, who, rows)
      for (const less of withLess(who)) {
        expect(seen(rules, less, rows).filter((sight) => !before.includes(sight))).toEqual([])
      }
    }),
    800,
  )
})

/**
 * Whether no column is stamped by two rules. Where one is, the first with a usable claim stamps it: without that
 * claim the other's value is put there, another owner and not a lesser one, whom a field's rule may know.
 */
function hasOneStamp(rules: Rules): boolean {
  const stamping = everyRule(rules).filter((rule) => rule.strategy === 'owner' && grants(rule, 'create'))
  return new Set(stamping.map(({ column }) => column)).size === stamping.length
}

test('(c) taking a claim away never lets more be written', () => {
  let fewer = 0
  holds(
    fc.property(writingArbitrary, ({ rules, who, row, sent }) => {
      const mayCreate = (caller: Principal) => {
        const decision = decide(compiled(rules), caller, 'create')
        return decision.allowed && attempt(() => createRow(decision, caller, sent)) !== undefined
      }
      for (const less of withLess(who)) {
        if (!mayCreate(who)) expect(mayCreate(less) && hasOneStamp(rules)).toBe(false)
        else if (!mayCreate(less)) fewer++
        if (!update(rules, who, row, sent)) expect(update(rules, less, row, sent)).toBeUndefined()
      }
    }),
    1_500,
  )
  expect(fewer).toBeGreaterThan(20)
})

test('where two rules stamp one column, the first whose claim is there does (found by the property above)', () => {
  const owner = { strategy: 'owner', column: 'owner', list: false } as const
  const rules: Rules = {
    model: [{ ...owner, claim: 'user_id' }, { strategy: 'authenticated' }],
    fields: { title: [owner] },
  }
  const create = (claims: Claims) => {
    const who = principal({ provider: 'oidc', issuer: 'https://id', claims })
    const decision = decide(compiled(rules), who, 'create')
    return decision.allowed && attempt(() => createRow(decision, who, { title: 'a' }))
  }
  expect(create({ sub: 'sub-1', user_id: 'ana' })).toBeUndefined()
  expect(create({ sub: 'sub-1' })).toMatchObject({ owner: 'sub-1', title: 'a' })
})

test('(c) adding a rule to a level that has rules never shows less', () => {
  const extra = ruleArbitrary(fieldOperations)
  holds(
    fc.property(rulesArbitrary, extra, callerArbitrary, rowsArbitrary, (rules, rule, who, rows) => {
      const before = seen(rules, who, rows)
      const add = (list: readonly RuleDefinition[]) => {
        const roles = list.flatMap(rolesOf)
        return rolesOf(rule).some((role) => roles.includes(role)) ? list : [...list, rule]
      }
      const more = [
        { ...rules, model: add(rules.model) },
        ...Object.entries(rules.fields).map(([name, list]) => ({
          ...rules,
          fields: { ...rules.fields, [name]: add(list) },
        })),
      ]
      for (const larger of more) {
        const after = seen(larger, who, rows)
        expect(before.filter((sight) => !after.includes(sight))).toEqual([])
      }
    }),
    1_000,
  )
})

test('enough decisions were held against the evaluator', () => decisions.expectEnough())
