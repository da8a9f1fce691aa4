import type { Model } from '../catalog/model.js'
import { all, none, type Scope } from './scope.js'

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
      return { [scope.column]: more.length === 0 ? only : { in: scope.values } }
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

/**
 * Interpreter: the rows of a table that are **not** in a scope, NULLs counted, as a Prisma `where`. The complement is
 * written out, because `NOT` around a scope would lose the rows whose column is NULL. It must not stand under a NOT.
 */
export function outsideToWhere(scope: Scope, model: Model): Where {
  const or = (column: string, inside: Where): Where => {
    const isNull = nullable(model, column) ? [{ [column]: { equals: null } }] : []
    return { OR: [...isNull, { NOT: inside }] }
  }
  switch (scope.kind) {
    case 'all':
      // Stryker disable next-line StringLiteral: every model has an id, which the type of its fields does not say
      return scopeToWhere(none, model.idKey.fields[0] ?? '')
    case 'none':
      return {}
    case 'anyOf':
      return { AND: scope.scopes.map((part) => outsideToWhere(part, model)) }
    case 'allOf':
      // Prisma reads an empty OR as everything where it stands inside AND.
      return { OR: [outsideToWhere(all, model), ...scope.scopes.map((part) => outsideToWhere(part, model))] }
    case 'isNull':
      return nullable(model, scope.column) ? { NOT: { [scope.column]: { equals: null } } } : {}
    case 'equals':
    case 'has':
    case 'shows':
      // Stryker disable next-line StringLiteral: these name a column of their own
      return or(scope.column, scopeToWhere(scope, ''))
  }
}

/** A list column may hold NULL whatever the schema says. */
function nullable(model: Model, name: string): boolean {
  const column = model.columns.get(name)
  return column !== undefined && (column.list || !column.required)
}

/** Makes LIKE's metacharacters literal; Prisma does not. */
export function escapeLike(text: string): string {
  return text.replace(/[\\%_]/gu, '\\$&')
}
