import { modelsOf } from '../../src/catalog/model.js'
import { catalog } from '../support/rules/generated/catalog.js'
import type { PrismaClient } from '../support/rules/generated/prisma/client.js'
import { isRefusal, modelOf, rowId, type Case, type Row } from './case.js'

const models = modelsOf(catalog)

/** A model's table, seen by nobody in particular: the bare client, or one caller's. */
export interface Table {
  findMany(args?: object): Promise<Row[]>
  findUnique(args: object): Promise<Row | null>
  create(args: object): Promise<Row>
  createMany(args: object): Promise<unknown>
  update(args: object): Promise<Row>
  delete(args: object): Promise<Row>
  deleteMany(): Promise<unknown>
}

/** The table of a case's model on a client. */
export function tableOf(client: object, { rules }: Pick<Case, 'rules'>): Table {
  const { delegate = '' } = models.get(modelOf(rules)) ?? {}
  return (client as Readonly<Record<string, Table>>)[delegate] as Table
}

/** Makes the case's rows the only ones there are. Each has content of its own, to be looked for in answers. */
export async function store(unscoped: PrismaClient, one: Pick<Case, 'rules' | 'stored'>): Promise<Row[]> {
  const table = tableOf(unscoped, one)
  const content = (at: number) => (modelOf(one.rules) === 'Note' ? { content: contentOf(at) } : {})
  await table.deleteMany()
  // Prisma takes no null for a list; left out, it is NULL.
  const data = one.stored.map((row, at) => ({ id: rowId(at), ...content(at), ...withoutNulls(row) }))
  await table.createMany({ data })
  return allRows(unscoped, one)
}

export const contentOf = (at: number) => `content of row ${at}`

/** Every row there is, in a fixed order. */
export function allRows(unscoped: PrismaClient, one: Pick<Case, 'rules'>): Promise<Row[]> {
  return tableOf(unscoped, one).findMany({ orderBy: { id: 'asc' } })
}

/**
 * Holds the rows there are now against what the case's call may have done: nothing, unless it was a write that was
 * answered as done, and then that write and nothing else.
 */
export function expectStored(
  { call, expect: expected }: Case,
  before: readonly Row[],
  after: readonly Row[],
): void {
  const [first, ...others] = before
  if (isRefusal(expected) || call.does === 'get' || call.does === 'list') {
    expect(after).toEqual(before)
  } else if (call.does === 'delete') {
    expect(after).toEqual(others)
  } else {
    const told = typeof expected === 'object' && 'row' in expected ? defined(expected.row) : {}
    const written = { ...call.input, ...told }
    if (call.does === 'update') {
      expect(after).toEqual([{ ...first, ...written, version: Number(first?.['version']) + 1 }, ...others])
    } else {
      const made = after.filter((row) => !before.some(({ id }) => id === row['id']))
      expect(made).toHaveLength(1)
      expect(after).toHaveLength(before.length + 1)
      expect(made[0]).toMatchObject(written)
    }
  }
}

function withoutNulls(row: Row): Row {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null))
}

function defined(row: Row): Row {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined))
}
