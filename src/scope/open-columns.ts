import { isOpenOnEveryRow, type Allowed } from '../policy/decide.js'
import { listOf } from './list-of.js'
import type { Row } from './row.js'
import { plainObject, unsupported } from './unsupported.js'

/** What orders, groups or sums rows tells about the value on every one of them. */
export function openColumn(decision: Allowed, field: unknown, where: string): string {
  const known = typeof field === 'string' && decision.policy.model.columns.has(field)
  if (!known || !isOpenOnEveryRow(decision, field))
    throw unsupported(`the field "${String(field)}" in ${where}`)
  return field
}

/** The names of one or several such columns. */
export function openNames(decision: Allowed, fields: unknown, where: string): readonly string[] {
  return listOf(fields).map((field) => openColumn(decision, field, where))
}

/**
 * Columns that are counted, summed and so on, each with what is asked of it, made anew.
 *
 * @param checked what may be asked of one
 */
export function openColumns(
  decision: Allowed,
  fields: unknown,
  where: string,
  checked: (asked: unknown, where: string) => unknown,
): Row {
  const open = Object.entries(plainObject(fields, where)).map(([field, asked]) => {
    if (field !== allRows) openColumn(decision, field, where)
    return [field, checked(asked, `"${field}" in ${where}`)] as const
  })
  return Object.fromEntries(open.filter(([, asked]) => asked !== undefined))
}

/** Prisma's name for the number of rows, among those of columns whose values are counted. */
const allRows = '_all'

/** Whether a column is wanted. */
export function flag(value: unknown, where: string): boolean | undefined {
  if (value !== undefined && typeof value !== 'boolean')
    throw unsupported(`anything but true or false as ${where}`)
  return value
}
