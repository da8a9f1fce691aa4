import type { Claims } from '../../src/claims/principal.js'
import type { ErrorCode } from '../../src/errors.js'
import type { Data } from '../../src/policy/builder.js'

export type Row = Readonly<Record<string, unknown>>

/** The refusal of a call: its stable code and, of single fields, their names. */
export interface Refusal {
  readonly refused: ErrorCode
  readonly naming?: readonly string[]
}

/** One call of RULES section 8 and what must come of it. */
export interface Case {
  /** The row of the table. */
  readonly id: string
  readonly rules: Data
  readonly who: Claims
  readonly stored: readonly Row[]
  readonly call: Call
  readonly expect: Expected
}

/** Everything but a list is about the first stored row. */
export type Call =
  | { readonly does: 'create'; readonly input: Row }
  | { readonly does: 'update'; readonly input: Row }
  | { readonly does: 'get' }
  | { readonly does: 'delete' }
  | { readonly does: 'list'; readonly where: Row }

/**
 * A refusal; the row in the answer with these values, where `undefined` is a field that is left out; a write whose
 * writer may not see the row; or, of a list, what each stored row shows, `undefined` for one that is not found.
 */
export type Expected = Refusal | { readonly row: Row } | 'unseen' | readonly (Row | undefined)[]

/** Hidden, so answered as if it did not exist. */
export const hidden: Refusal = { refused: 'NOT_FOUND' }
/** Not allowed on any row. */
export const denied: Refusal = { refused: 'FORBIDDEN_OPERATION' }
/** Not allowed because of these fields. */
export const naming = (...fields: readonly string[]): Refusal => ({
  refused: 'FORBIDDEN_FIELD',
  naming: fields,
})

/** The address of a stored row, by its place. */
export const rowId = (at: number) => `0199aaaa-0000-7000-8000-${String(at).padStart(12, '0')}`

/**
 * A caller at rules and the rows stored under them; each method is one case. The answer's row, where only that it
 * came is said, is `{}`.
 *
 * @example given('1', O, u2, { owner: own1 }).get(hidden)
 */
export function given(id: string, rules: Data, who: Claims, ...stored: readonly Row[]) {
  const one = (call: Call, expect: Case['expect']): Case => ({ id, rules, who, stored, call, expect })
  const answer = (expect: Refusal | 'unseen' | Row): Expected =>
    expect === 'unseen' || isRefusal(expect) ? expect : { row: expect }
  return {
    create: (input: Row, expect: Refusal | 'unseen' | Row) => one({ does: 'create', input }, answer(expect)),
    get: (expect: Refusal | Row) => one({ does: 'get' }, answer(expect)),
    list: (expect: readonly (Row | undefined)[], where: Row = {}) => one({ does: 'list', where }, expect),
    update: (input: Row, expect: Refusal | 'unseen' | Row) => one({ does: 'update', input }, answer(expect)),
    delete: (expect: Refusal | 'unseen' | Row) => one({ does: 'delete' }, answer(expect)),
  }
}

export function isRefusal(expect: Expected | Row): expect is Refusal {
  return typeof expect === 'object' && 'refused' in expect
}

/** The model a rule set is about. */
export function modelOf({ schema }: Data): 'Note' | 'Employee' {
  return 'Note' in schema.models ? 'Note' : 'Employee'
}

/** What a test of the case is called. */
export function titleOf({ id, call, expect }: Case, at: number): string {
  const what = 'input' in call ? ` ${JSON.stringify(call.input)}` : ''
  const outcome = isRefusal(expect) ? expect.refused : Array.isArray(expect) ? 'what is expected' : 'OK'
  return `${id}: ${call.does}${what} is ${outcome} (${at})`
}
