import fc from 'fast-check'
import { ClaimstakeError } from '../../src/errors.js'
import { decide, type Allowed } from '../../src/policy/decide.js'
import type { RuleDefinition } from '../../src/policy/rule-definition.js'
import { scopedWhere } from '../../src/scope/paging.js'
import { callerOf } from '../support/caller-of.js'
import { compiled } from './compiled.js'
import { inS, inScope, type Row, type Rules } from './evaluator.js'
import { literally } from './literally.js'
import { principalArbitrary } from './random-callers.js'
import { listOf, maybe, oneOf, rowsArbitrary, texts, values } from './random-rows.js'
import { levelArbitrary, ruleArbitrary, rulesArbitrary } from './random-rules.js'
import { announce, holds, same } from './runs.js'
import { compare, evaluate, every, not, some, type Truth } from './where-evaluator.js'

// (d) What a caller asks about rows in a `where`.

announce('conditions')

const textTest = fc.oneof(
  fc.record({ equals: maybe(oneOf(texts)) }),
  fc.record({ not: maybe(oneOf(texts)) }),
  fc.record({ not: fc.record({ contains: oneOf(texts) }) }),
  fc.record({ in: listOf(texts) }),
  fc.record({ notIn: listOf(texts) }),
  fc.record({ contains: oneOf(['a', 'b', 'A']), mode: fc.constant('insensitive') }),
  fc.record({ startsWith: oneOf(['a', 'A']), lt: oneOf(texts) }),
  maybe(oneOf(texts)),
)
const numberTest = fc.oneof(
  fc.record({ equals: maybe(oneOf([0, 1, 2])) }),
  fc.record({ not: maybe(oneOf([0, 1, 2])) }),
  fc.record({ not: fc.record({ gte: oneOf([0, 1, 2]) }) }),
  fc.record({ in: listOf([0, 1, 2]) }),
  fc.record({ notIn: listOf([0, 1, 2]) }),
  fc.record({ gte: oneOf([0, 1, 2]), lt: oneOf([1, 2]) }),
  maybe(oneOf([0, 1, 2])),
)
const tagTest = fc.oneof(
  fc.record({ has: oneOf(texts) }),
  fc.record({ hasSome: listOf(texts) }),
  fc.record({ hasEvery: listOf(texts) }),
  fc.record({ isEmpty: fc.boolean() }),
)
const leafArbitrary: fc.Arbitrary<Row> = fc.oneof(
  ...['title', 'secret', 'secret', 'owner'].map((name) => textTest.map((test) => ({ [name]: test }))),
  ...['rank', 'bonus', 'bonus'].map((name) => numberTest.map((test) => ({ [name]: test }))),
  tagTest.map((test) => ({ tags: test })),
)
const { where: whereArbitrary } = fc.letrec<{ where: Row; tree: Row }>((tie) => {
  const branches = fc.array(tie('where'), { maxLength: 3 })
  return {
    tree: fc.oneof(
      branches.map((list) => ({ AND: list })),
      branches.map((list) => ({ OR: list })),
      branches.map((list) => ({ NOT: list })),
      tie('where').map((one) => ({ NOT: one })),
      tie('where').map((one) => ({ AND: one })),
      fc.tuple(leafArbitrary, tie('where')).map(([one, other]) => ({ ...one, NOT: other })),
      fc.tuple(leafArbitrary, leafArbitrary).map(([one, other]) => ({ ...one, ...other })),
    ),
    where: fc.oneof({ depthSize: 'small', withCrossShrink: true }, leafArbitrary, tie('tree')),
  }
})

/** RULES section 5: each leaf of a field hidden at this row is false, negated or not; nothing else changes. */
function meant(where: Row, row: Row, visible: (field: string) => boolean, negated = false): Truth {
  const truths = Object.entries(where).map(([key, value]): Truth => {
    const parts = (flip: boolean) =>
      [value].flat().map((part) => meant(part as Row, row, visible, flip ? !negated : negated))
    if (key === 'AND') return negated ? some(parts(false)) : every(parts(false))
    if (key === 'OR') return negated ? every(parts(false)) : some(parts(false))
    if (key === 'NOT') return negated ? some(parts(true)) : every(parts(true))
    if (!visible(key)) return false
    return negated ? not(compare(row[key], value)) : compare(row[key], value)
  })
  return negated ? some(truths) : every(truths)
}

/** The `where` of a list call, or nothing where it names a field the caller can never read. */
function listed(decision: Allowed, where: Row): Row | undefined {
  try {
    return scopedWhere(callerOf(), decision, where)
  } catch (error) {
    if (error instanceof ClaimstakeError && error.code === 'UNSUPPORTED_ARGUMENT') return undefined
    throw error
  }
}

/** Rules under which some fields are hidden on some rows: others see too little for a `where` to give away. */
const hidingArbitrary: fc.Arbitrary<Rules> = fc.oneof(
  rulesArbitrary,
  fc.record({
    model: fc.constantFrom<RuleDefinition[]>(
      [{ strategy: 'authenticated', operations: ['read'] }],
      [
        { strategy: 'owner', column: 'owner', list: false },
        { strategy: 'owner', column: 'owners', list: true },
      ],
    ),
    fields: fc.record({
      secret: levelArbitrary(ruleArbitrary([undefined, ['read']]), 1),
      bonus: levelArbitrary(ruleArbitrary([undefined, ['read']]), 1),
    }),
  }),
)

test('(d) a where finds rows of the scope only, and means what it says about those values that can be seen', () => {
  let found = 0
  let concealed = 0
  holds(
    fc.property(
      hidingArbitrary,
      principalArbitrary,
      rowsArbitrary,
      whereArbitrary,
      (rules, who, rows, where) => {
        const decision = decide(compiled(rules), who, 'list')
        const query = decision.allowed ? listed(decision, where) : undefined
        fc.pre(decision.allowed && query !== undefined)
        for (const row of rows) {
          const visible = (field: string) => inS(rules, who, field, 'list', row)
          const inside = inScope(rules, who, 'list', row)
          const expected = inside && meant(literally(where), row, visible) === true
          if (expected) found++
          if (inside && !visible('secret')) concealed++
          same(evaluate(query, row) === true, expected, row)
        }
      },
    ),
    4_000,
  )
  expect(found).toBeGreaterThan(20)
  expect(concealed).toBeGreaterThan(20)
})

test('(d) no where tells one hidden value from another', () => {
  let flips = 0
  const flipped = fc.record({
    secret: values['secret'] ?? fc.constant(null),
    bonus: values['bonus'] ?? fc.constant(null),
  })
  holds(
    fc.property(
      ...([hidingArbitrary, principalArbitrary, rowsArbitrary, whereArbitrary, flipped] as const),
      (rules, who, rows, where, other) => {
        const decision = decide(compiled(rules), who, 'list')
        const query = decision.allowed ? listed(decision, where) : undefined
        fc.pre(query !== undefined)
        for (const row of rows) {
          for (const field of ['secret', 'bonus'] as const) {
            if (inS(rules, who, field, 'list', row)) continue
            const changed = { ...row, [field]: other[field] }
            flips++
            same(evaluate(query, changed) === true, evaluate(query, row) === true, field, row)
          }
        }
      },
    ),
    4_000,
  )
  expect(flips).toBeGreaterThan(20)
})
