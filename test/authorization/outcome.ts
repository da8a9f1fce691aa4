import type { ErrorCode } from '../../src/errors.js'
import { isRefusal, type Case, type Expected, type Row } from './case.js'

/** What came of a call, however it was made. */
export type Outcome =
  | { readonly refused: ErrorCode; readonly naming?: readonly string[] }
  | { readonly row: Row }
  | { readonly rows: readonly Row[] }
  | 'unseen'

/** How a value reads in the answer. */
type Shown = (value: unknown) => unknown

/** Holds what came of a case's call against what must come of it. */
export function expectOutcome({ expect: expected }: Case, outcome: Outcome, shown: Shown = asStored): void {
  if (isRefusal(expected) || expected === 'unseen') {
    expect(sorted(outcome)).toEqual(sorted(expected))
  } else if (isList(expected)) {
    const wanted = expected.filter((row) => row !== undefined)
    const rows = typeof outcome === 'object' && 'rows' in outcome ? outcome.rows : outcome
    expect(rows).toHaveLength(wanted.length)
    wanted.forEach((row, at) => expectRow((rows as readonly Row[])[at], row, shown))
  } else {
    expect(outcome).toHaveProperty('row')
    expectRow((outcome as { readonly row: Row }).row, expected.row, shown)
  }
}

/** What of the stored rows the answer must not have: all of those the caller may not see, or fields of the others. */
export function forbiddenContent({ expect: expected }: Case, stored: readonly Row[]): readonly string[] {
  return stored.flatMap((row, at) => {
    const shows = isList(expected)
      ? expected[at]
      : typeof expected === 'object' && 'row' in expected && expected.row
    const hidden = contentColumns.filter((name) => !shows || (name in shows && shows[name] === undefined))
    return hidden.flatMap((name) =>
      row[name] === null || row[name] === undefined ? [] : [`${row[name] as string | number}`],
    )
  })
}

/** The columns whose values stand nowhere else: not in a token, a path or a rule. */
const contentColumns = ['content', 'f', 'bio', 'salary', 'notes']

/** Fields are named in no particular order. */
function sorted(outcome: Outcome): Outcome {
  if (typeof outcome === 'string' || !('refused' in outcome) || !outcome.naming) return outcome
  return { ...outcome, naming: [...outcome.naming].sort() }
}

const asStored: Shown = (value) => value

function expectRow(actual: Row | undefined, expected: Row, shown: Shown): void {
  for (const [name, value] of Object.entries(expected)) {
    if (value === undefined) expect(actual).not.toHaveProperty(name)
    else expect({ [name]: actual?.[name] }).toEqual({ [name]: shown(value) })
  }
}

function isList(expected: Expected): expected is readonly (Row | undefined)[] {
  return Array.isArray(expected)
}
