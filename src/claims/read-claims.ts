import { everyElement, type ClaimPath, type ClaimStep, type IdentityPath } from './claim-path.js'
import type { Claims, Principal } from './principal.js'

/** How a group claim that is one string is read. */
export interface GroupReading {
  /** Splits a plain string into several groups; without it a string is one group. */
  readonly separator?: string | undefined
}

/** A caller's identity under one path: what is stamped, and every stored value that is his. */
export interface Identity {
  /** The stamped value: the parts of a composite joined by `::`. */
  readonly value: string
  /** How REST shows it: the last part. */
  readonly shown: string
  /** The stored values that match: the composite and, unless `matchParts` is off, each part. */
  readonly matches: readonly string[]
}

const longestIdentity = 1024

/**
 * Reads a caller's identity (RULES section 2). Absent, empty, non-string, overlong or malformed values give
 * `undefined`: the rule then neither matches nor stamps.
 */
export function readIdentity(
  principal: Principal,
  path: IdentityPath = principal.identityPath,
): Identity | undefined {
  const parts: string[] = []
  for (const [at, part] of path.parts.entries()) {
    const value = usableIdentity(claimsAt(principal, part)[0])
    if (
      value === undefined ||
      (path.parts.length > 1 && breaksComposite(value, at === path.parts.length - 1))
    ) {
      return undefined
    }
    parts.push(value)
  }
  const aliased = (text: string) => (principal.alias ? `${principal.alias}::${text}` : text)
  const value = aliased(parts.join('::'))
  const shown = parts.at(-1) ?? value
  const matches = principal.matchParts ? [...new Set([value, ...parts.map(aliased)])] : [value]
  // Asked of the outcome: `okta` and `ana` are innocent parts of a composite that reads `okta::ana`.
  return matches.some((match) => pretends(principal, match))
    ? undefined
    : { value, shown: aliased(shown), matches }
}

/**
 * Reads a caller's groups (RULES section 2): the strings of a list, of a string that is a JSON list, one plain
 * string, or its parts under a separator. Anything else is no groups.
 */
export function readGroups(
  principal: Principal,
  path: ClaimPath = principal.groupPath,
  reading: GroupReading = {},
): string[] {
  if (principal.groups === 'none') return []
  const found = valuesAt(principal.claims, path)
  const wild = path.steps.includes(everyElement)
  const names = wild ? found.filter(isString) : found.flatMap((value) => groupNames(value, reading))
  const usable = names.filter((name) => name !== '' && wellFormed(name))
  const prefixed = principal.alias !== '' && principal.groups === 'prefixed'
  const own = prefixed ? usable.map((name) => `${principal.alias}::${name}`) : usable
  return own.filter((name) => !pretends(principal, name))
}

/**
 * A group that rules name, as the caller's issuer would put it into a token: the reverse of {@link readGroups}.
 *
 * @returns `undefined` for a group that no caller of his issuer can be in
 */
export function issuedGroup(principal: Principal, name: string): string | undefined {
  if (principal.groups === 'none' || pretends(principal, name)) return undefined
  if (principal.alias === '' || principal.groups !== 'prefixed') return name
  const prefix = `${principal.alias}::`
  return name.startsWith(prefix) ? name.slice(prefix.length) : undefined
}

/** Whether a value reads as one of another issuer, whose values all carry its alias. */
function pretends(principal: Principal, value: string): boolean {
  return principal.otherAliases.some((alias) => value.startsWith(`${alias}::`))
}

/** Whether a part would let two identities join into one text: `a:` + `b` and `a` + `:b` are both `a:::b`. */
function breaksComposite(part: string, last: boolean): boolean {
  return part.includes('::') || (!last && part.endsWith(':'))
}

/** A step taken from every place reached so far; own properties only, so nothing of a prototype is ever read. */
function walk(places: readonly unknown[], step: ClaimStep): unknown[] {
  return places.flatMap((place): unknown[] => {
    if (typeof place !== 'object' || place === null) return []
    if (Array.isArray(place)) {
      const list = place as unknown[]
      if (step === everyElement) return list
      return typeof step === 'number' && step < list.length ? [list[step]] : []
    }
    if (typeof step !== 'string' || !Object.hasOwn(place, step)) return []
    return [(place as Record<string, unknown>)[step]]
  })
}

/** What is at a claim path: nothing, one value, or with `[*]` several. */
export function valuesAt(claims: Claims, path: ClaimPath): readonly unknown[] {
  return path.steps.reduce<readonly unknown[]>(walk, [claims])
}

/** Whether there is anything at a claim path, usable or not. */
export function hasClaim(principal: Principal, path: ClaimPath): boolean {
  return claimsAt(principal, path).length > 0
}

function claimsAt(principal: Principal, path: ClaimPath): readonly unknown[] {
  const found = valuesAt(principal.claims, path)
  // Cognito access tokens carry `username`, its ID tokens `cognito:username`: one rule serves both.
  if (found.length === 0 && principal.provider === 'userPools' && path.text === 'username') {
    return walk([principal.claims], 'cognito:username')
  }
  return found
}

function usableIdentity(value: unknown): string | undefined {
  const text = Number.isSafeInteger(value) ? String(value) : value
  if (!isString(text) || text.trim() === '' || text.length > longestIdentity) return undefined
  return wellFormed(text) ? text : undefined
}

function groupNames(value: unknown, { separator }: GroupReading): string[] {
  if (Array.isArray(value)) return value.filter(isString)
  if (!isString(value)) return []
  const list = jsonList(value)
  if (list) return list.filter(isString)
  return separator === undefined ? [value] : value.split(separator).map((name) => name.trim())
}

/** The list that a text is when it is JSON (RFC 8259) for one: how some issuers write groups. */
export function jsonList(text: string): unknown[] | undefined {
  if (!text.trimStart().startsWith('[')) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** Postgres stores a lone surrogate as U+FFFD, which would merge two identities, and refuses NUL. */
function wellFormed(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0')
}

function isString(value: unknown): value is string {
  return typeof value === 'string'
}
