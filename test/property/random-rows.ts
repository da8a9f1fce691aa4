import fc from 'fast-check'
import { columns, type Row } from './evaluator.js'

// Rows of the model Thing, and what a caller sends of one.

export const people = [
  'ana',
  'bo',
  'Ana',
  'sub-1',
  '7',
  '-12',
  '007',
  'okta::ana',
  'sub-1::ana',
  'okta::sub-1::ana',
]
export const teams = ['red', 'blue', 'Red', '7', 'okta::red', 'bl']
export const texts = ['', 'a', 'A', 'ab', '%', '_', 'a%', '\\', '\\%', 'a\nb']
export const maybe = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: null, freq: 4 })
export const oneOf = <T>(values: readonly T[]) => fc.constantFrom(...values)
export const listOf = <T>(values: readonly T[]) => fc.array(oneOf(values), { maxLength: 3 })

export const values: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  owner: maybe(oneOf(people)),
  owners: maybe(listOf(people)),
  account: maybe(oneOf([7, -12, 0])),
  accounts: maybe(listOf([7n, -12n, 2n ** 40n])),
  team: maybe(oneOf([...teams, 'ana'])),
  teams: maybe(listOf(teams)),
  title: maybe(oneOf(texts)),
  rank: maybe(oneOf([0, 1, 2])),
  tags: maybe(listOf(texts)),
  secret: maybe(oneOf(texts)),
  bonus: maybe(oneOf([0, 1, 2])),
}
export const rowArbitrary = fc.record(values).map((row): Row => ({ id: 'row', ...row }))
/** Mostly a few fields: of a call that sends every field, one is always refused. */
export const sentArbitrary: fc.Arbitrary<Row> = fc
  .tuple(fc.record(values), fc.uniqueArray(oneOf(columns), { maxLength: 3 }))
  .map(([row, chosen]) => Object.fromEntries(chosen.map((name) => [name, row[name as keyof typeof row]])))

export const rowsArbitrary = fc.array(rowArbitrary, { minLength: 1, maxLength: 4 })

/** Values that often meet. */
const few = ['ana', 'bo', 'sub-1', 'sub-1::ana', 'sub-2::ana']
export const tightValues: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  owner: maybe(oneOf(few)),
  owners: listOf(few),
  team: maybe(oneOf(['red', 'blue'])),
  teams: listOf(['red', 'blue']),
  title: oneOf(['a', 'b']),
  secret: oneOf(['a', 'b']),
}
export const tightSent = fc
  .tuple(
    fc.record(tightValues),
    fc.uniqueArray(oneOf(Object.keys(tightValues)), { minLength: 1, maxLength: 2 }),
  )
  .map(([row, chosen]): Row => Object.fromEntries(chosen.map((name) => [name, row[name]])))

/** What names an owner, often another than the caller, beside a plain value. */
export const ownedSent: fc.Arbitrary<Row> = fc.record({ owner: maybe(oneOf(few)), title: oneOf(['a', 'b']) })
