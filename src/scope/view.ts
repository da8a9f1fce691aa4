import type { Model, Relation } from '../catalog/model.js'
import { fieldScope, isOpenOnEveryRow, type Allowed } from '../policy/decide.js'
import { columnsOf, type Scope } from '../policy/scope.js'
import { testScope } from '../policy/test-scope.js'
import { frozen } from './frozen.js'
import { idColumns } from './id-columns.js'
import { listing, paging, scopedWhere } from './paging.js'
import { hop, type Reading } from './reading.js'
import { rewriteWhere } from './rewrite-where.js'
import type { Row } from './row.js'
import { argumentsOf, plainObject, unsupported } from './unsupported.js'

/** What to ask the database for, and what of each row the caller gets to see. */
export interface View {
  /** `select`, or `omit` and `include`, for Prisma. */
  readonly args: Row
  readonly show: (row: Row) => Row
}

/** The arguments that say what of a row is wanted. */
export const projecting = ['select', 'include', 'omit']

/** The columns, relations and counts a call asks for: by default, all columns. */
export interface Wanted {
  readonly columns: ReadonlySet<string>
  readonly relations: ReadonlyMap<string, unknown>
  readonly count: unknown
  /** By `select`, which names all there is to be; otherwise what the client omits on its own stays out. */
  readonly selected: boolean
}

/**
 * Reads `select`, `include` and `omit`.
 *
 * @throws {ClaimstakeError} `UNSUPPORTED_ARGUMENT` for unknown fields and for two that exclude each other
 */
export function wantedBy(model: Model, { select, include, omit }: Row): Wanted {
  if (select === undefined && include === undefined && omit === undefined) return everyColumnOf(model)
  if (select !== undefined && (omit ?? include) !== undefined)
    throw unsupported(`select and ${omit === undefined ? 'include' : 'omit'} together`)
  const chosen = chosenBy(model, select ?? include, select === undefined ? 'include' : 'select')
  const left = chosenBy(model, omit, 'omit')
  const names = [...model.columns.keys()]
  return {
    columns: new Set(names.filter((name) => (select === undefined ? !left.has(name) : chosen.has(name)))),
    relations: new Map([...chosen].filter(([name]) => model.relations.has(name))),
    count: chosen.get('_count'),
    selected: select !== undefined,
  }
}

/** What a call wants that does not say: the same object each time, by which its view is known again. */
function everyColumnOf(model: Model): Wanted {
  const known = unasked.get(model)
  if (known) return known
  const columns = new Set(model.columns.keys())
  const wanted = { columns, relations: new Map<string, unknown>(), count: undefined, selected: false }
  unasked.set(model, wanted)
  return wanted
}

const unasked = new WeakMap<Model, Wanted>()

/** Whether a call asks for more than columns. */
export function wantsMore(wanted: Wanted): boolean {
  return wanted.relations.size > 0 || wanted.count !== undefined
}

function chosenBy(model: Model, value: unknown, where: string): Map<string, unknown> {
  if (value === undefined) return new Map()
  const chosen = Object.entries(plainObject(value, where)).filter(([, flag]) => flag !== undefined)
  for (const [name, flag] of chosen) {
    const isColumn = model.columns.has(name) && where !== 'include'
    const isMore = (model.relations.has(name) || name === '_count') && where !== 'omit'
    if (!isColumn && !isMore) throw unsupported(`the field "${name}" in ${where}`)
    if (isColumn && typeof flag !== 'boolean')
      throw unsupported(`anything but true or false for "${name}" in ${where}`)
  }
  return new Map(chosen.filter(([, flag]) => flag !== false))
}

/** How one relation, or the counts, are asked for and shown; without `ask`, nothing is asked. */
interface Part {
  readonly name: string
  readonly ask: unknown
  readonly here: Scope
  /** Further conditions that `show` tests the row with. */
  readonly tested?: readonly Scope[]
  readonly show: (value: unknown, row: Row) => unknown
}

/**
 * The view of rows found under a read decision. A field hidden on all rows is never asked for; one that is hidden
 * on some is judged row by row, for which the columns its rule looks at are fetched along and dropped again.
 * Related rows are shown by their own model's rules: lists are filtered by the database, a single row is judged when
 * it is here, because Prisma takes no condition where it is required.
 */
export function viewOf(
  reading: Reading,
  decision: Allowed,
  wanted: Wanted,
  also: readonly string[] = [],
): View {
  // Most calls do not say what they want: what they get then depends on the decision alone.
  if (also.length > 0 || wanted !== everyColumnOf(decision.policy.model))
    return viewNow(reading, decision, wanted, also)
  const view = views.get(decision) ?? shared(viewNow(reading, decision, wanted, also))
  views.set(decision, view)
  return view
}

function shared({ args, show }: View): View {
  return { args: frozen(args), show }
}

const views = new WeakMap<Allowed, View>()

function viewNow(reading: Reading, decision: Allowed, wanted: Wanted, also: readonly string[]): View {
  const { model } = decision.policy
  const parts = [...wanted.relations].map(([name, args]) => relationPart(reading, decision, name, args))
  if (wanted.count !== undefined) parts.push(countPart(reading, decision, wanted.count))
  const readable = [...wanted.columns].filter((name) => fieldScope(decision, name).kind !== 'none')
  const judged = readable.filter((name) => !isOpenOnEveryRow(decision, name))
  const scopes = [...judged.map((name) => fieldScope(decision, name)), ...parts.flatMap(scopesOfPart)]
  const needed = new Set([...scopes.flatMap(columnsOf), ...also])
  const fetched = new Set([...readable, ...needed])
  const asked = parts.filter(({ ask }) => ask !== undefined)
  // Prisma refuses an empty selection; the row itself is there.
  if (fetched.size + asked.length === 0) for (const id of model.id) fetched.add(id.name)
  const args = projection(model, wanted.selected, fetched, needed, asked)
  const isWhole = parts.length + judged.length === 0 && readable.length === wanted.columns.size
  if (isWhole && readable.length > 0 && fetched.size === readable.length) return { args, show: (row) => row }
  const open = readable.filter((name) => !judged.includes(name))
  const show = (row: Row) => {
    const shown: Record<string, unknown> = {}
    for (const name of open) if (name in row) shown[name] = row[name]
    for (const name of judged)
      if (name in row && testScope(fieldScope(decision, name), row)) shown[name] = row[name]
    for (const { name, here, show: shownAs } of parts)
      shown[name] = shownAs(testScope(here, row) ? row[name] : null, row)
    return shown
  }
  return { args, show }
}

function scopesOfPart({ here, tested = [] }: Part): Scope[] {
  return [here, ...tested]
}

function projection(
  model: Model,
  selected: boolean,
  fetched: ReadonlySet<string>,
  needed: ReadonlySet<string>,
  asked: readonly Part[],
): Row {
  const more = asked.map(({ name, ask }) => [name, ask])
  if (selected) {
    return { select: Object.fromEntries([...[...fetched].map((name) => [name, true]), ...more]) as Row }
  }
  const left = [...model.columns.keys()].filter((name) => !fetched.has(name))
  const omit = [...left.map((name) => [name, true]), ...[...needed].map((name) => [name, false])]
  return {
    ...(omit.length > 0 && { omit: Object.fromEntries(omit) as Row }),
    ...(more.length > 0 && { include: Object.fromEntries(more) as Row }),
  }
}

function relationPart(reading: Reading, decision: Allowed, name: string, asked: unknown): Part {
  const relation = decision.policy.model.relations.get(name)
  if (!relation) throw unsupported(`the field "${name}" in include`)
  const step = hop(reading.caller, decision, relation, relation.list ? 'list' : 'get')
  const { decision: target, here, there } = step
  const absent = relation.list ? [] : null
  if (!target || here.kind === 'none') return { name, ask: undefined, here, show: () => absent }
  const args = asked === true ? {} : argumentsOf(asked, keysOf(relation), `"${name}"`)
  const view = viewOf(reading, target, wantedBy(step.model, args), relation.list ? [] : columnsOf(there))
  if (relation.list) {
    const page = paging(reading, target, args, there)
    const show = (rows: unknown) => (rows === null ? [] : (rows as Row[]).map(view.show))
    return { name, ask: { ...page, ...view.args }, here, show }
  }
  const where =
    args['where'] === undefined ? {} : { where: rewriteWhere(reading.caller, target, args['where']) }
  const show = (row: unknown) => (row && testScope(there, row as Row) ? view.show(row as Row) : null)
  return { name, ask: { ...where, ...view.args }, here, show }
}

function keysOf({ list, required }: Relation): readonly string[] {
  if (list) return [...listing, ...projecting]
  return required ? projecting : ['where', ...projecting]
}

/** Counts of related rows: of those the caller may list. */
function countPart(reading: Reading, decision: Allowed, asked: unknown): Part {
  const { model } = decision.policy
  const lists = [...model.relations.values()].filter(({ list }) => list)
  const chosen =
    asked === true
      ? lists.map(({ field }) => [field, true] as const)
      : Object.entries(
          plainObject(argumentsOf(asked, ['select'], '_count')['select'], '_count.select'),
        ).filter(([, flag]) => flag !== false && flag !== undefined)
  const counts = chosen.map(([field, args]) => {
    const relation = lists.find((list) => list.field === field)
    if (!relation) throw unsupported(`the field "${field}" in _count`)
    const { decision: target, here, there } = hop(reading.caller, decision, relation, 'list')
    if (!target || here.kind === 'none') return { field, here, ask: undefined }
    const { where } = args === true ? {} : argumentsOf(args, ['where'], `"${field}" in _count`)
    return { field, here, ask: { where: scopedWhere(reading.caller, target, where, there) } }
  })
  const open = counts.filter(({ ask }) => ask !== undefined)
  const noneOf = (hidden: typeof counts) => Object.fromEntries(hidden.map(({ field }) => [field, 0]))
  return {
    name: '_count',
    ask:
      open.length > 0
        ? { select: Object.fromEntries(open.map(({ field, ask }) => [field, ask])) }
        : undefined,
    here: { kind: 'all' },
    tested: open.map(({ here }) => here),
    show: (value, row) => ({
      ...(value as Row | undefined),
      ...noneOf(counts.filter(({ here, ask }) => !ask || !testScope(here, row))),
    }),
  }
}

/**
 * The view of a row that was written: judged by what the caller may `get`, on the row as it is now. Where he may
 * not get it at all, its id is all he learns.
 *
 * @param also columns that are needed whether they are shown or not
 */
export function viewOfWritten(
  reading: Reading,
  model: Model,
  decision: Allowed | undefined,
  wanted: Wanted,
  also: readonly string[] = [],
): View {
  if (!decision || also.length > 0 || wanted !== everyColumnOf(model))
    return writtenNow(reading, model, decision, wanted, also)
  const view = writtenViews.get(decision) ?? shared(writtenNow(reading, model, decision, wanted, also))
  writtenViews.set(decision, view)
  return view
}

const writtenViews = new WeakMap<Allowed, View>()

function writtenNow(
  reading: Reading,
  model: Model,
  decision: Allowed | undefined,
  wanted: Wanted,
  also: readonly string[],
): View {
  const ids = model.id.map((id) => id.name)
  const onlyId = (row: Row) => pick(row, ids)
  if (!decision) return { args: { select: idColumns(model) }, show: onlyId }
  if (decision.scope.kind === 'all') return viewOf(reading, decision, wanted, also)
  const view = viewOf(reading, decision, wanted, [...columnsOf(decision.scope), ...ids])
  return { args: view.args, show: (row) => (testScope(decision.scope, row) ? view.show(row) : onlyId(row)) }
}

/** The row with these columns only, in the row's own order. */
export function pick(row: Row, names: readonly string[]): Row {
  return Object.fromEntries(Object.entries(row).filter(([name]) => names.includes(name)))
}
