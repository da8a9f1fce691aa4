import type { Scope } from './scope.js'

/** A Prisma `where`, as far as a scope needs one. */
export type Where = Readonly<Record<string, unknown>>

/**
 * Interpreter: the rows of a scope as a Prisma `where`, to be ANDed to other conditions. It must never stand under
 * a NOT (`in: []` and NULL comparisons change sides there), and nothing in it is negated.
 *
 * @param anyColumn a column that is never null, to write "no row" with
 */
export function scopeToWhere(scope: Scope, anyColumn: string): Where {
  switch (scope.kind) {
    case 'all':
      return {}
    case 'none':
      return { [anyColumn]: { in: [] } }
    case 'anyOf':
      return { OR: scope.scopes.map((part) => scopeToWhere(part, anyColumn)) }
    case 'allOf':
      return { AND: scope.scopes.map((part) => scopeToWhere(part, anyColumn)) }
    case 'equals': {
      const [only, ...more] = scope.values
      return { [scope.column]: more.length === 0 ? { equals: only } : { in: scope.values } }
    }
    case 'has':
      return { [scope.column]: { hasSome: scope.values } }
    case 'isNull':
      return { [scope.column]: { equals: null } }
    case 'shows':
      return {
        [scope.column]: { startsWith: escapeLike(scope.alias), endsWith: escapeLike(`::${scope.last}`) },
      }
  }
}

/** Makes LIKE's metacharacters literal; Prisma does not. */
export function escapeLike(text: string): string {
  return text.replace(/[\\%_]/gu, '\\$&')
}
