import { scopeToWhere, type Where } from '../policy/scope-to-where.js'
import type { Scope } from '../policy/scope.js'
import { frozen } from './frozen.js'

interface Written {
  readonly anyColumn: string
  readonly where: Where
}

const written = new WeakMap<Scope, Written>()

/**
 * The rows of a scope as a Prisma `where`, as {@link scopeToWhere} writes it, but once: a decision keeps its scopes for
 * as long as its principal lives. It is frozen, because every statement of that caller shares it.
 */
export function scopeWhere(scope: Scope, anyColumn: string): Where {
  const known = written.get(scope)
  if (known?.anyColumn === anyColumn) return known.where
  const where = frozen(scopeToWhere(scope, anyColumn))
  written.set(scope, { anyColumn, where })
  return where
}
