/** One step of a claim path: an own property, a list index, or (groups only) every element. */
export type ClaimStep = string | number | typeof everyElement

/** `[*]` */
export const everyElement = Symbol('[*]')

/** A parsed claim path: where in a claims set a value is. */
export interface ClaimPath {
  readonly text: string
  readonly steps: readonly ClaimStep[]
}

/** Where an identity is: one path, or the several of a composite such as `sub::username`. */
export interface IdentityPath {
  readonly text: string
  readonly parts: readonly ClaimPath[]
}

/** A claim path that cannot be read; the boot reports it with the rule it stands in. */
export class ClaimPathError extends TypeError {
  override readonly name = 'ClaimPathError'
}

/** Steps that name the prototype chain rather than a claim: refused, though only own properties are read. */
const forbiddenSteps = new Set(['__proto__', 'constructor', 'prototype'])

// Sticky and linear: a name (RFC 9535 shorthand), an index, a wildcard, or a quoted name.
const step =
  /\.(?<name>[A-Za-z_\u0080-\ud7ff\ue000-\u{10ffff}][\w\u0080-\ud7ff\ue000-\u{10ffff}]*)|\[(?:(?<index>0|[1-9]\d{0,8})|(?<all>\*)|'(?<single>(?:[^'\\]|\\['\\])*)'|"(?<double>(?:[^"\\]|\\["\\])*)")\]/uy

/**
 * Parses the claim path of a group rule or setting.
 *
 * Without a leading `$` the text is a literal top-level key (`cognito:groups`, `https://example.com/groups`);
 * with it, the subset of RFC 9535 JSONPath made of names, indexes and `[*]`.
 *
 * @throws {ClaimPathError} when the text is neither
 * @example parseGroupPath('$.realm_access.roles').steps // ['realm_access', 'roles']
 */
export function parseGroupPath(text: string): ClaimPath {
  return parsePath(text, true)
}

/**
 * Parses the claim path of an owner rule or setting: as {@link parseGroupPath} without `[*]`, and with `::`
 * (outside quotes) joining the parts of a composite.
 *
 * @throws {ClaimPathError} when a part cannot be read
 * @example parseIdentityPath('sub::username').parts.length // 2
 */
export function parseIdentityPath(text: string): IdentityPath {
  return { text, parts: splitComposite(text).map((part) => parsePath(part, false)) }
}

function parsePath(text: string, wildcard: boolean): ClaimPath {
  if (text.trim() === '') throw new ClaimPathError('a claim path is empty')
  if (!text.startsWith('$')) return { text, steps: [text] }
  const steps: ClaimStep[] = []
  for (step.lastIndex = 1; step.lastIndex < text.length;) {
    const at = step.lastIndex
    const groups = step.exec(text)?.groups
    if (!groups) throw new ClaimPathError(`claim path "${text}" cannot be read at position ${at}`)
    const next = toStep(groups)
    if (next === everyElement && !wildcard) {
      throw new ClaimPathError(`claim path "${text}": [*] is for groups, an identity is one value`)
    }
    if (typeof next === 'string' && forbiddenSteps.has(next)) {
      throw new ClaimPathError(`claim path "${text}" names "${next}", which is never a claim`)
    }
    steps.push(next)
  }
  if (steps.length === 0) throw new ClaimPathError(`claim path "${text}" names no claim`)
  return { text, steps }
}

function toStep(groups: Record<string, string | undefined>): ClaimStep {
  if (groups['index'] !== undefined) return Number(groups['index'])
  if (groups['all'] !== undefined) return everyElement
  return groups['name'] ?? (groups['single'] ?? groups['double'] ?? '').replace(/\\(.)/gu, '$1')
}

/** Splits at `::`, but not inside the quotes of a `$['a::b']` step. */
function splitComposite(text: string): string[] {
  const parts: string[] = []
  let start = 0
  let quote = ''
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at)
    if (quote) {
      if (char === '\\') at++
      else if (char === quote) quote = ''
    } else if ((char === "'" || char === '"') && text.charAt(at - 1) === '[' && text.startsWith('$', start)) {
      quote = char
    } else if (char === ':' && text.charAt(at + 1) === ':') {
      parts.push(text.slice(start, at))
      start = ++at + 1
    }
  }
  return [...parts, text.slice(start)]
}
