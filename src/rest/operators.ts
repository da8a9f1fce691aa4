import { AnyNull } from '@prisma/client/runtime/client'
import type { Column } from '../catalog/model.js'
import type { Where } from '../policy/scope-to-where.js'

/** One way to ask about a column. */
export interface Operator {
  /** Whether a column can be asked about like this. */
  readonly fits: (column: Column) => boolean
  /** What it is given: one value of the column, a list of them, a text, or whether it is to be so. */
  readonly takes: 'value' | 'values' | 'text' | 'flag'
  /** Whether it looks into a text, and so would tell of a part of it that is not shown. */
  readonly looksInside?: true
  /** Whether the caller's own identity may stand for what is stored of it. */
  readonly knowsOwners?: true
  /**
   * The rows it finds, for one value or for several of which any counts.
   *
   * @param anyColumn a column that is never null, to say "every row" with
   */
  readonly toWhere: (column: Column, values: readonly unknown[], anyColumn: string) => Where
}

export type OperatorName = keyof typeof operators

const loosely = { mode: 'insensitive' } as const

/**
 * Every operator there is, for the URL and for the body of `query`. As in SQL, NULL is neither equal nor unequal to
 * anything: `null` asks for it. A list that is NULL is an empty one.
 */
export const operators = {
  eq: { fits: isComparable, takes: 'value', knowsOwners: true, toWhere: isOneOf },
  ne: { fits: isComparable, takes: 'value', knowsOwners: true, toWhere: isNoneOf },
  in: { fits: hasManyValues, takes: 'values', knowsOwners: true, toWhere: isOneOf },
  nin: { fits: hasManyValues, takes: 'values', knowsOwners: true, toWhere: isNoneOf },
  null: { fits: ({ list }) => !list, takes: 'flag', toWhere: isNull },
  gt: { fits: isOrdered, takes: 'value', toWhere: plainly('gt') },
  gte: { fits: isOrdered, takes: 'value', toWhere: plainly('gte') },
  lt: { fits: isOrdered, takes: 'value', toWhere: plainly('lt') },
  lte: { fits: isOrdered, takes: 'value', toWhere: plainly('lte') },
  contains: { fits: isText, takes: 'text', looksInside: true, toWhere: plainly('contains') },
  startsWith: { fits: isText, takes: 'text', looksInside: true, toWhere: plainly('startsWith') },
  endsWith: { fits: isText, takes: 'text', looksInside: true, toWhere: plainly('endsWith') },
  eq__i: { fits: isText, takes: 'text', looksInside: true, toWhere: plainly('equals', loosely) },
  contains__i: { fits: isText, takes: 'text', looksInside: true, toWhere: plainly('contains', loosely) },
  startsWith__i: { fits: isText, takes: 'text', looksInside: true, toWhere: plainly('startsWith', loosely) },
  endsWith__i: { fits: isText, takes: 'text', looksInside: true, toWhere: plainly('endsWith', loosely) },
  has: { fits: isComparableList, takes: 'value', toWhere: among((values) => ({ has: values[0] })) },
  hasSome: { fits: isComparableList, takes: 'values', toWhere: among((values) => ({ hasSome: values })) },
  hasEvery: { fits: isComparableList, takes: 'values', toWhere: among((values) => ({ hasEvery: values })) },
  empty: { fits: ({ list }) => list, takes: 'flag', toWhere: isEmpty },
} as const satisfies Readonly<Record<string, Operator>>

/** The operators a column can be asked about with. */
export function operatorsOf(column: Column): OperatorName[] {
  return (Object.keys(operators) as OperatorName[]).filter((name) => operators[name].fits(column))
}

/** An operator by its name, with all that one can be. */
export function operatorOf(name: OperatorName): Operator {
  return operators[name]
}

/** Values of these types cannot hold a comma, so that one separates them in a URL. */
export function holdsNoComma(column: Column): boolean {
  return column.kind === 'enum' || column.native === 'Uuid' || (column.type !== 'String' && hasValues(column))
}

/** Every row. Prisma drops an empty condition wherever it stands, so that within OR it would mean no row. */
export function everything(anyColumn: string): Where {
  return { [anyColumn]: { notIn: [] } }
}

function nothing(anyColumn: string): Where {
  return { [anyColumn]: { in: [] } }
}

function isComparable(column: Column): boolean {
  return !column.list && (column.kind === 'enum' || hasValues(column))
}

function isComparableList(column: Column): boolean {
  return column.list && (column.kind === 'enum' || hasValues(column))
}

/** Json and Bytes are stored, not searched; of XML Postgres knows neither what is equal nor what comes first. */
export function hasValues({ type, native }: Column): boolean {
  return type !== 'Json' && type !== 'Bytes' && native !== 'Xml'
}

/** Prisma has no list of Booleans to compare with; `eq` and `null` say all there is to say. */
function hasManyValues(column: Column): boolean {
  return isComparable(column) && column.type !== 'Boolean'
}

const ordered: readonly string[] = ['Int', 'BigInt', 'Float', 'Decimal', 'DateTime']

function isOrdered({ list, kind, type }: Column): boolean {
  return !list && kind === 'scalar' && ordered.includes(type)
}

/** LIKE is for texts; Prisma keeps others, such as uuids, in a String too. */
function isText({ list, kind, type, native = 'Text' }: Column): boolean {
  return !list && kind === 'scalar' && type === 'String' && /^(?:Text|VarChar|Char|Citext)\b/u.test(native)
}

function plainly(operator: string, more: Where = {}): Operator['toWhere'] {
  return ({ name }, [value]) => ({ [name]: { [operator]: value, ...more } })
}

function isOneOf({ name }: Column, values: readonly unknown[]): Where {
  return { [name]: values.length === 1 ? { equals: values[0] } : { in: values } }
}

function isNoneOf({ name }: Column, values: readonly unknown[]): Where {
  return { [name]: values.length === 1 ? { not: values[0] } : { notIn: values } }
}

/** A column that the schema calls required is never null, and Prisma does not let anybody ask. */
function isNull({ name, type, required }: Column, [wanted]: readonly unknown[], anyColumn: string): Where {
  if (required && type !== 'Json') return wanted === true ? nothing(anyColumn) : everything(anyColumn)
  // JSON has a null of its own, which is shown like the other.
  const test = { [name]: { equals: type === 'Json' ? AnyNull : null } }
  return wanted === true ? test : { NOT: test }
}

/** A list column may hold NULL whatever the schema says: what asks for a member finds nothing there, and knows it. */
function among(test: (values: readonly unknown[]) => Where): Operator['toWhere'] {
  return ({ name }, values) => ({ AND: [{ NOT: { [name]: { equals: null } } }, { [name]: test(values) }] })
}

function isEmpty({ name }: Column, [wanted]: readonly unknown[]): Where {
  const test = { OR: [{ [name]: { equals: null } }, { [name]: { isEmpty: true } }] }
  return wanted === true ? test : { NOT: test }
}
