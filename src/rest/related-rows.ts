import type { Principal } from '../claims/principal.js'
import { decide, fieldScope, isOpenOnEveryRow, type Allowed } from '../policy/decide.js'
import { sameScope } from '../policy/scope.js'
import { inParts } from '../scope/in-parts.js'
import { keyText } from '../scope/key-text.js'
import { rowsOf, type Row } from './call.js'
import { projectionOf } from './projection.js'
import type { Resource } from './resource.js'
import type { Inclusion } from './shape.js'
import { ordersOf, toOrderBy } from './sort.js'

/** Who reads, and with what. */
export interface Reader {
  readonly principal: Principal
  /** His scoped client. */
  readonly client: object
}

/** Rows of one list at most. */
const perList = 100

/** Rows of one statement at most where each comes with the list of those it belongs to. */
const perJoin = 1000

/**
 * The related rows of each row over a to-many relation, 100 at most, in the related model's own order.
 *
 * Prisma fetches every related row into memory when a nested `take` stands below several rows. So all lists are read
 * by one statement, which ends where there are more rows than all lists could show; only then is each read on its own.
 */
export async function relatedRows(
  reader: Reader,
  resource: Resource,
  rows: readonly Row[],
  inclusion: Inclusion,
  reading: 'get' | 'list',
): Promise<readonly (readonly Row[])[]> {
  const { target, relation } = inclusion.to
  const decision = decide(target.policy, reader.principal, 'list')
  if (!decision.allowed || rows.length === 0) return rows.map(() => [])
  const theirs = target.policy.model.relations.get(relation.inverse)
  const related = { reader, resource, inclusion, decision, reading, page: pageOf(inclusion, decision) }
  const lists: (readonly Row[])[] = []
  // A statement names each of the rows, and takes so many values and no more.
  for (const part of inParts(rows)) {
    const found =
      theirs && theirs.from.length > 0
        ? overForeignKey(related, part, theirs.from, theirs.to)
        : overJoinTable(related, part)
    lists.push(...(await found))
  }
  return lists
}

interface Related {
  readonly reader: Reader
  readonly resource: Resource
  readonly inclusion: Inclusion
  readonly decision: Allowed
  readonly reading: 'get' | 'list'
  readonly page: Row
}

/** The order of a list, and what comes along with each of its rows. */
function pageOf({ to, include }: Inclusion, decision: Allowed): Row {
  const [usual = []] = ordersOf(to.target, (field) => isOpenOnEveryRow(decision, field), [])
  return { orderBy: toOrderBy(usual), ...projectionOf(to.target, { fields: undefined, include }) }
}

/** The related rows hold a key. The caller finds them by it, so it must be open to him on both sides. */
async function overForeignKey(
  { reader, inclusion, decision, page }: Related,
  rows: readonly Row[],
  from: readonly string[],
  to: readonly string[],
): Promise<readonly (readonly Row[])[]> {
  if (from.some((key) => fieldScope(decision, key).kind === 'none')) return rows.map(() => [])
  const wanted = new Map(rows.flatMap((row) => entryOf(row, to)))
  const keys = [...wanted.values()]
  const read = (some: readonly Row[], take: number) =>
    rowsOf(reader.client, inclusion.to.target).findMany({ ...page, where: holding(some, from, to), take })
  const most = keys.length * perList
  const together = keys.length === 0 ? [] : await read(keys, keys.length === 1 ? most : most + 1)
  const lists = new Map<string, Row[]>()
  if (together.length <= most) {
    for (const row of together) for (const [text] of entryOf(row, from)) append(lists, text, row)
  } else {
    for (const [text, key] of wanted) lists.set(text, [...(await read([key], perList))])
  }
  return rows.map((row) => entryOf(row, to).flatMap(([text]) => lists.get(text) ?? []))
}

/** A row's key with its text; none where a part of it is NULL, or hidden from the caller. */
function entryOf(row: Row, columns: readonly string[]): (readonly [string, Row])[] {
  const values = columns.map((name) => row[name])
  if (values.some((value) => value === null || value === undefined)) return []
  return [[textOf(values), Object.fromEntries(columns.map((name, at) => [name, values[at]]))]]
}

function textOf(values: readonly unknown[]): string {
  return JSON.stringify(values.map(keyText))
}

/** Rows whose foreign key is one of these. */
function holding(keys: readonly Row[], from: readonly string[], to: readonly string[]): Row {
  const [column = '', ...more] = from
  if (more.length === 0) return { [column]: { in: keys.map((key) => key[to[0] ?? '']) } }
  return {
    OR: keys.map((key) => ({ AND: from.map((name, at) => ({ [name]: { equals: key[to[at] ?? ''] } })) })),
  }
}

/**
 * A table between links both sides. Related rows come with the ids of those they belong to, which the caller must be
 * able to list for that; otherwise, and where there are too many, each row is asked for its own.
 */
async function overJoinTable(
  { reader, resource, inclusion, page, reading }: Related,
  rows: readonly Row[],
): Promise<readonly (readonly Row[])[]> {
  const { to } = inclusion
  const { field, inverse } = to.relation
  const [id] = resource.policy.model.id
  const idName = id?.name ?? ''
  const ids = [...new Map(rows.map((row) => [keyText(row[idName]), row[idName]])).values()]
  const lists = new Map<string, Row[]>()
  const most = Math.min(ids.length * perList, perJoin)
  const among = { where: { [idName]: { in: ids } } }
  const together = isListed(resource, reader.principal, reading)
    ? await rowsOf(reader.client, to.target).findMany({
        ...withLink(page, inverse, { ...among, select: { [idName]: true } }),
        where: { [inverse]: { some: among.where } },
        take: ids.length === 1 ? most : most + 1,
      })
    : undefined
  if (together && together.length <= most) {
    for (const row of together)
      for (const owner of row[inverse] as readonly Row[]) append(lists, keyText(owner[idName]), row)
  } else {
    for (const value of ids) {
      const row = await rowsOf(reader.client, resource).findUnique({
        where: { [idName]: value },
        select: { [field]: { ...page, take: perList } },
      })
      lists.set(keyText(value), (row?.[field] ?? []) as Row[])
    }
  }
  return rows.map((row) => lists.get(keyText(row[idName])) ?? [])
}

function withLink(page: Row, inverse: string, link: Row): Row {
  return { ...page, include: { ...(page['include'] as Row | undefined), [inverse]: link } }
}

/** Whether rows that were read may all be listed too. */
function isListed({ policy }: Resource, principal: Principal, reading: 'get' | 'list'): boolean {
  if (reading === 'list') return true
  const [got, listed] = [decide(policy, principal, 'get'), decide(policy, principal, 'list')]
  return got.allowed && listed.allowed && sameScope(got.scope, listed.scope)
}

/** Adds a row to a list that is not full. */
function append(lists: Map<string, Row[]>, text: string, row: Row): void {
  const list = lists.get(text) ?? []
  lists.set(text, list)
  if (list.length < perList) list.push(row)
}
