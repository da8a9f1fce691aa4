/** A value a scope compares a column with: what Prisma returns for String, uuid, Int and BigInt columns. */
export type ScopeValue = string | number | bigint

/**
 * The row condition of an allow decision: a pure boolean tree of conditions on columns, without negation.
 *
 * Rules never build a Prisma `where` themselves; interpreters turn a scope into what a place needs
 * (`scopeToWhere`, `testScope`). A new kind of rule is one more condition here and one case in each interpreter.
 */
export type Scope =
  | { readonly kind: 'all' }
  | { readonly kind: 'none' }
  | { readonly kind: 'anyOf'; readonly scopes: readonly Scope[] }
  | { readonly kind: 'allOf'; readonly scopes: readonly Scope[] }
  /** The column holds one of the values. */
  | { readonly kind: 'equals'; readonly column: string; readonly values: readonly ScopeValue[] }
  /** The list column shares a value with these. */
  | { readonly kind: 'has'; readonly column: string; readonly values: readonly ScopeValue[] }
  /** The column is NULL. */
  | { readonly kind: 'isNull'; readonly column: string }
  /** The column holds a composite identity that REST shows as its alias (with its `::`, or none) and last part. */
  | { readonly kind: 'shows'; readonly column: string; readonly alias: string; readonly last: string }

export const all: Scope = { kind: 'all' }
export const none: Scope = { kind: 'none' }

/** The union of scopes, simplified: `all` swallows, `none` and repeats vanish. */
export function anyOf(scopes: readonly Scope[]): Scope {
  return combine('anyOf', scopes, all, none)
}

/** The intersection of scopes, simplified: `none` swallows, `all` and repeats vanish. */
export function allOf(scopes: readonly Scope[]): Scope {
  return combine('allOf', scopes, none, all)
}

/** Whether two scopes are written the same; equal scopes hold the same rows. */
export function sameScope(left: Scope, right: Scope): boolean {
  // Stryker disable next-line ConditionalExpression: it only saves writing out what is the same object
  if (left === right) return true
  return keyOf(left) === keyOf(right)
}

/** The columns a scope looks at. */
export function columnsOf(scope: Scope): readonly string[] {
  if (scope.kind === 'all' || scope.kind === 'none') return []
  if (scope.kind === 'anyOf' || scope.kind === 'allOf') return [...new Set(scope.scopes.flatMap(columnsOf))]
  return [scope.column]
}

function combine(kind: 'anyOf' | 'allOf', scopes: readonly Scope[], absorbing: Scope, neutral: Scope): Scope {
  const flat = scopes.flatMap((scope) => (scope.kind === kind ? scope.scopes : [scope]))
  if (flat.some((scope) => scope.kind === absorbing.kind)) return absorbing
  const distinct = new Map(
    flat.filter((scope) => scope.kind !== neutral.kind).map((scope) => [keyOf(scope), scope]),
  )
  const [only, ...more] = distinct.values()
  if (!only) return neutral
  return more.length === 0 ? only : { kind, scopes: [only, ...more] }
}

function keyOf(scope: Scope): string {
  return JSON.stringify(scope, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value))
}
