import type { Model } from '../catalog/model.js'
import { fieldScope, isOpenOnEveryRow, type Allowed } from '../policy/decide.js'
import { columnsOf } from '../policy/scope.js'
import { testScope } from '../policy/test-scope.js'
import { plainObject, unsupported } from './unsupported.js'

export type Row = Readonly<Record<string, unknown>>

/** Which columns to ask the database for, and what of each row the caller gets to see. */
export interface View {
  readonly select: Readonly<Record<string, true>> | undefined
  readonly show: (row: Row) => Row
}

/**
 * The columns a call asks for by `select` or `omit`: by default, all of the model.
 *
 * @throws {ClaimstakeError} `UNSUPPORTED_ARGUMENT` for relations and unknown fields
 */
export function wantedColumns(
  model: Model,
  { select, omit }: { readonly select?: unknown; readonly omit?: unknown },
) {
  const names = [...model.columns.keys()]
  if (select !== undefined && omit !== undefined) throw unsupported('select and omit together')
  if (select !== undefined) {
    const chosen = flags(model, select, 'select')
    return new Set(names.filter((name) => chosen.has(name)))
  }
  const left = omit === undefined ? new Set<string>() : flags(model, omit, 'omit')
  return new Set(names.filter((name) => !left.has(name)))
}

/**
 * The view of rows found under a read decision. A field hidden on all rows is never asked for; one that is hidden
 * on some is judged row by row, for which the columns its rule looks at are fetched along and dropped again.
 */
export function viewOf(decision: Allowed, wanted: ReadonlySet<string>): View {
  const { model } = decision.policy
  const readable = [...wanted].filter((name) => fieldScope(decision, name).kind !== 'none')
  const judged = readable.filter((name) => !isOpenOnEveryRow(decision, name))
  const open = readable.filter((name) => !judged.includes(name))
  if (judged.length === 0 && open.length === model.columns.size)
    return { select: undefined, show: (row) => row }
  const needed = judged.flatMap((name) => columnsOf(fieldScope(decision, name)))
  const show = (row: Row) =>
    pick(row, [...open, ...judged.filter((name) => testScope(fieldScope(decision, name), row))])
  // Prisma refuses an empty selection; the row itself is there.
  const columns = readable.length > 0 ? [...readable, ...needed] : model.id.map((id) => id.name)
  return { select: selection(columns), show }
}

/**
 * The view of a row that was written: judged by what the caller may `get`, on the row as it is now. Where he may
 * not get it at all, its id is all he learns.
 */
export function viewOfWritten(model: Model, reading: Allowed | undefined, wanted: ReadonlySet<string>): View {
  const ids = model.id.map((id) => id.name)
  const onlyId = (row: Row) => pick(row, ids)
  if (!reading) return { select: selection(ids), show: onlyId }
  const view = viewOf(reading, wanted)
  if (reading.scope.kind === 'all') return view
  const columns = view.select ? Object.keys(view.select) : [...model.columns.keys()]
  const shown = view.select ? view.show : (row: Row) => pick(row, [...wanted])
  return {
    select: selection([...columns, ...ids, ...columnsOf(reading.scope)]),
    show: (row) => (testScope(reading.scope, row) ? shown(row) : onlyId(row)),
  }
}

/** The row with these columns only, in the row's own order. */
export function pick(row: Row, names: readonly string[]): Row {
  return Object.fromEntries(Object.entries(row).filter(([name]) => names.includes(name)))
}

function selection(names: readonly string[]): Readonly<Record<string, true>> {
  return Object.fromEntries(names.map((name) => [name, true]))
}

function flags(model: Model, value: unknown, where: string): ReadonlySet<string> {
  const entries = Object.entries(plainObject(value, where)).filter(([, flag]) => flag !== undefined)
  for (const [name, flag] of entries) {
    if (!model.columns.has(name)) throw unsupported(`the field "${name}" in ${where}`)
    if (typeof flag !== 'boolean') throw unsupported(`anything but true or false for "${name}" in ${where}`)
  }
  return new Set(entries.flatMap(([name, flag]) => (flag === true ? [name] : [])))
}
