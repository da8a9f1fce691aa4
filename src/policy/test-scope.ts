import type { Scope, ScopeValue } from './scope.js'

/**
 * Interpreter: whether a row, as Prisma returns it or as it is about to be written, is in a scope. A column the
 * row does not carry matches nothing.
 */
export function testScope(scope: Scope, row: Readonly<Record<string, unknown>>): boolean {
  switch (scope.kind) {
    case 'all':
      return true
    case 'none':
      return false
    case 'anyOf':
      return scope.scopes.some((part) => testScope(part, row))
    case 'allOf':
      return scope.scopes.every((part) => testScope(part, row))
    case 'equals':
      return scope.values.includes(row[scope.column] as ScopeValue)
    case 'has': {
      const list = row[scope.column]
      return Array.isArray(list) && list.some((value) => scope.values.includes(value as ScopeValue))
    }
    case 'isNull':
      return row[scope.column] === null
    case 'shows': {
      const value = row[scope.column]
      return typeof value === 'string' && value.startsWith(scope.alias) && value.endsWith(`::${scope.last}`)
    }
  }
}
