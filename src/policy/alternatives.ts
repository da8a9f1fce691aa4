import { anyOf, type Scope } from './scope.js'

/**
 * The parts that a scope is the union of: one for each rule that opens rows, and for each value that its column may
 * hold. A row is in the scope if it is in one of them; it may be in several.
 */
export function alternativesOf(scope: Scope): readonly Scope[] {
  const union = anyOf(partsOf(scope))
  return union.kind === 'anyOf' ? union.scopes : [union]
}

function partsOf(scope: Scope): readonly Scope[] {
  if (scope.kind === 'anyOf') return scope.scopes.flatMap(partsOf)
  if (scope.kind === 'equals') return scope.values.map((value) => ({ ...scope, values: [value] }))
  return [scope]
}
