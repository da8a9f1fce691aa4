import type { OperatorName } from '../rest/operators.js'

/** What rows an operator finds, said of a column. */
export const operatorWords: Readonly<Record<OperatorName, (column: string) => string>> = {
  eq: (column) => `with this ${column}`,
  ne: (column) => `whose ${column} is another, and not null`,
  in: (column) => `with one of these values as ${column}`,
  nin: (column) => `whose ${column} is none of these, and not null`,
  null: (column) => `whose ${column} is null, or not`,
  gt: (column) => `whose ${column} is greater`,
  gte: (column) => `whose ${column} is this or greater`,
  lt: (column) => `whose ${column} is less`,
  lte: (column) => `whose ${column} is this or less`,
  contains: (column) => `whose ${column} contains this text`,
  startsWith: (column) => `whose ${column} begins with this text`,
  endsWith: (column) => `whose ${column} ends with this text`,
  eq__i: (column) => `with this ${column}, in upper or lower case`,
  contains__i: (column) => `whose ${column} contains this text, in upper or lower case`,
  startsWith__i: (column) => `whose ${column} begins with this text, in upper or lower case`,
  endsWith__i: (column) => `whose ${column} ends with this text, in upper or lower case`,
  has: (column) => `with this among their ${column}`,
  hasSome: (column) => `with one of these among their ${column}`,
  hasEvery: (column) => `with all of these among their ${column}`,
  empty: (column) => `whose ${column} is empty, or not`,
}
