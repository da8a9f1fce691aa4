import type { Row } from './evaluator.js'

// The database: a Prisma `where` over one row, in SQL's three-valued logic; `null` is unknown.

export type Truth = boolean | null

export const not = (truth: Truth): Truth => (truth === null ? null : !truth)
export const every = (truths: readonly Truth[]): Truth =>
  truths.includes(false) ? false : truths.includes(null) ? null : true
export const some = (truths: readonly Truth[]): Truth =>
  truths.includes(true) ? true : truths.includes(null) ? null : false

export function evaluate(where: Row, row: Row, top = true): Truth {
  return every(
    Object.entries(where).map(([key, value]): Truth => {
      const parts = () => [value].flat().map((part) => evaluate(part as Row, row, false))
      if (key === 'AND') return every(parts())
      // Measured: an empty OR is nothing at the top and everything inside AND.
      if (key === 'OR') return parts().length === 0 ? !top : some(parts())
      if (key === 'NOT') return every(parts().map(not))
      return compare(row[key], value)
    }),
  )
}

export function compare(stored: unknown, condition: unknown): Truth {
  if (typeof condition !== 'object' || condition === null || Array.isArray(condition))
    return operate('equals', stored, condition, false)
  const { mode, ...operators } = condition as Row
  return every(
    Object.entries(operators).map(([name, operand]) => operate(name, stored, operand, mode !== undefined)),
  )
}

function operate(name: string, stored: unknown, operand: unknown, insensitive: boolean): Truth {
  if (name === 'equals' && operand === null) return stored === null
  if (name === 'not') return operand === null ? stored !== null : not(compare(stored, operand))
  if (name === 'notIn' && (operand as unknown[]).length === 0) return true
  if (name === 'in' && (operand as unknown[]).length === 0) return false
  if (stored === null) return null
  const list = stored as unknown[]
  const wanted = operand as unknown[]
  switch (name) {
    case 'equals':
      return Array.isArray(stored) ? JSON.stringify(stored) === JSON.stringify(operand) : stored === operand
    case 'in':
      return wanted.includes(stored)
    case 'notIn':
      return !wanted.includes(stored)
    case 'lt':
      return (stored as number) < (operand as number)
    case 'lte':
      return (stored as number) <= (operand as number)
    case 'gt':
      return (stored as number) > (operand as number)
    case 'gte':
      return (stored as number) >= (operand as number)
    case 'contains':
      return like(stored, `%${operand as string}%`, insensitive)
    case 'startsWith':
      return like(stored, `${operand as string}%`, insensitive)
    case 'endsWith':
      return like(stored, `%${operand as string}`, insensitive)
    case 'has':
      return list.includes(operand)
    case 'hasSome':
      return wanted.some((value) => list.includes(value))
    case 'hasEvery':
      return wanted.every((value) => list.includes(value))
    case 'isEmpty':
      return (list.length === 0) === operand
    default:
      throw new Error(`the evaluator has no operator ${name}`)
  }
}

/** LIKE as Postgres has it: `%`, `_`, and a backslash before a literal one. */
function like(stored: unknown, pattern: string, insensitive: boolean): boolean {
  const literal = (char: string) => `\\u{${char.codePointAt(0)?.toString(16) ?? ''}}`
  const source = pattern.replace(/\\(.)|(.)/gsu, (_, escaped: string | undefined, char: string) => {
    if (escaped !== undefined) return literal(escaped)
    return char === '%' ? '.*' : char === '_' ? '.' : literal(char)
  })
  return new RegExp(`^(?:${source})$`, insensitive ? 'isu' : 'su').test(stored as string)
}
