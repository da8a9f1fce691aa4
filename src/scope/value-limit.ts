import type { Row } from './row.js'
import { isPlainObject, unsupported } from './unsupported.js'

/**
 * Values of one statement at most, those that the rules add among them. Postgres takes 32,767 and Prisma 32,766, some of
 * which it needs itself. Above that Prisma splits the longest list, and unites what the parts find: of a list under a NOT
 * that is every row. (Measured: `in` is split in any place and method, `notIn` and all else are P2029.)
 */
const maxValues = 32_000

/**
 * The same for related rows that come along. Prisma reads them by a statement that also names the rows they belong to,
 * any number: so where that is too long for one statement, the longest list in it is theirs, which may be split.
 */
const maxValuesBeside = maxValues / 2

/**
 * The arguments of one statement, if it has room for all their values.
 *
 * @throws {ClaimstakeError} `UNSUPPORTED_ARGUMENT` that names the argument with most of them, and the limit
 */
export function withinLimit(args: Row): Row {
  let all = 0
  let [most, where] = [0, '']
  for (const name in args) {
    const count = valuesIn(name, args[name])
    all += count
    if (count > most) [most, where] = [count, name]
  }
  if (all > maxValues) throw tooMany(where, maxValues)
  return args
}

function valuesIn(name: string, value: unknown): number {
  if (name === 'data') return boundIn(value)
  if (name === 'select' || name === 'include') return valuesBeside(value)
  return leaves(value)
}

/** Of a row that is written each column is one value, also if it is a list or JSON. */
function boundIn(data: unknown): number {
  if (!Array.isArray(data)) return isPlainObject(data) ? Object.keys(data).length : 0
  let count = 0
  for (const row of data) count += boundIn(row)
  return count
}

function valuesBeside(selection: unknown): number {
  if (!isPlainObject(selection)) return 0
  let all = 0
  for (const name in selection) {
    const asked = selection[name]
    if (typeof asked !== 'object') continue
    const count = leaves(asked)
    if (count > maxValuesBeside) throw tooMany(name, maxValuesBeside)
    all += count
  }
  return all
}

function leaves(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1
  let count = 0
  if (Array.isArray(value)) for (const item of value) count += leaves(item)
  else if (isPlainObject(value)) for (const name in value) count += leaves(value[name])
  else count = 1
  return count
}

function tooMany(argument: string, limit: number): Error {
  const most = limit.toLocaleString('en')
  return unsupported(`more than ${most} values in one statement; it is "${argument}" that has so many`)
}
