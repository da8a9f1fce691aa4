import type { ErrorCode } from './errors.js'

/** What Prisma's error codes mean to a caller. Their messages name constraints and SQL: they are never passed on. */
const prismaCodes: Readonly<Record<string, ErrorCode>> = {
  P1000: 'UNAVAILABLE',
  P1001: 'UNAVAILABLE',
  P1002: 'UNAVAILABLE',
  P1003: 'UNAVAILABLE',
  P1008: 'UNAVAILABLE',
  P1010: 'UNAVAILABLE',
  P1011: 'UNAVAILABLE',
  P1017: 'UNAVAILABLE',
  P1018: 'UNAVAILABLE',
  P2000: 'INVALID_INPUT',
  P2002: 'CONFLICT',
  P2003: 'CONFLICT',
  P2014: 'CONFLICT',
  P2020: 'INVALID_INPUT',
  P2024: 'UNAVAILABLE',
  P2025: 'NOT_FOUND',
  P2028: 'UNAVAILABLE',
  P2033: 'INVALID_INPUT',
  P2034: 'UNAVAILABLE',
  P2037: 'UNAVAILABLE',
}

/** SQLSTATEs of values that a column, a check or an index cannot take. */
const unacceptable = /^(?:22|23502|23514|54000)/u

/**
 * SQLSTATE classes and Node's socket errors that mean: not now; also what another transaction won against, a transaction
 * that waited for us too long, and a server that only reads.
 */
const unavailable =
  /^(?:08|53|57|25006|25P03|25P04|40001|40P01|55P03|58)|^E(?:CONN|PIPE|HOST|NET|TIMEDOUT|AI_)/u

/** What the driver adapter calls a connection that cannot be had, or is gone. Where it says so it has no code. */
const lostConnections: ReadonlySet<unknown> = new Set([
  ...['DatabaseNotReachable', 'ConnectionClosed', 'SocketTimeout', 'TlsConnectionError'],
  ...['TooManyConnections', 'TransactionAlreadyClosed', 'AuthenticationFailed', 'DatabaseAccessDenied'],
])

/** What `pg` says of connections and time-outs: messages without a code. */
const lostInWords =
  /timeout exceeded when trying to connect|Query read timeout|Connection terminated|is not queryable|Cannot use a pool after/iu

/** What an error tells of a database, at one level of its causes. */
interface Told {
  readonly code: string
  /** The driver adapter's own name for it. */
  readonly kind?: unknown
  readonly message: string
}

/**
 * What an error from the database, or on the way to it, means to a caller; `undefined` for one that is not recognised.
 * The one place that knows the shapes these errors have: of `pg`, of Prisma, of the driver adapter between them, of sockets.
 */
export function meaningOf(error: unknown): ErrorCode | undefined {
  for (const { code, kind, message } of levelsOf(error)) {
    const known = Object.hasOwn(prismaCodes, code) ? prismaCodes[code] : undefined
    if (known) return known
    if (unacceptable.test(code)) return 'INVALID_INPUT'
    if (unavailable.test(code) || lostConnections.has(kind) || lostInWords.test(message)) return 'UNAVAILABLE'
  }
  return undefined
}

/** The SQLSTATE that Postgres gave, wherever it is kept; `undefined` for what did not come from there. */
export function sqlStateOf(error: unknown): string | undefined {
  return levelsOf(error).find(({ code }) => isSqlState(code))?.code
}

/** Postgres ended this transaction for another one to go on: begun again it may well succeed. */
export function isDeadlock(error: unknown): boolean {
  return levelsOf(error).some(({ code }) => code === 'P2034' || code === '40P01')
}

/** Prisma's "record not found": a guarded statement hit no row. */
export function isNotFound(error: unknown): boolean {
  return hasCode(error, 'P2025')
}

/** Prisma's "unique constraint failed". */
export function isTaken(error: unknown): boolean {
  return hasCode(error, 'P2002')
}

/** Those of Prisma's errors that name models, columns and constraints, and no values. */
const namesAlone = /^P(?:1\d{3}|20(?:02|03|11|14|15|17|18|21|22|24|25|28|34|37))$/u
const namesAloneInWords = /^Argument `[\w.]+` (?:is missing|must not be null)\./u

/**
 * What the database, or Prisma, says went wrong, for those who run the service: names of tables, columns and constraints.
 * Values come from callers: what may hold one is told without it, or not at all.
 */
export function messageForLog(error: Error): string {
  const all = levelsOf(error)
  // What lies beneath an error of Prisma is told with it; any other error speaks for itself.
  const levels = isPrisma(error) ? all : all.slice(0, 1)
  const ofDatabase = levels.find(({ code }) => isSqlState(code))
  // Of data, and of what triggers raise.
  if (ofDatabase && /^(?:22|P0)/u.test(ofDatabase.code)) return withoutValues(ofDatabase.message)
  if (ofDatabase) return ofDatabase.message
  if (!isPrisma(error)) return textOf(error.message)
  // Before it stands the call that was made, arguments and all.
  const reason =
    textOf(error.message)
      .trim()
      .split(/\n\s*\n/u)
      .at(-1)
      ?.trim() ?? ''
  if (levels.some(({ code }) => namesAlone.test(code))) return reason
  return namesAloneInWords.exec(reason)?.[0] ?? ''
}

/** Whether Prisma made an error: what lies beneath one repeats arguments too. */
export function isPrisma(error: Error): boolean {
  return textOf(error.name).startsWith('Prisma')
}

function withoutValues(text: string): string {
  return text
    .replace(/"[^"]*"|'[^']*'|`[^`]*`|“[^”]*”/gu, '…')
    .replace(/"[^]*$/u, '…')
    .replace(/\d+/gu, '0')
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}

/** Prisma's codes look like Postgres's own class P0; socket errors have no digit. */
function isSqlState(code: string): boolean {
  return /^(?=.*\d)[0-9A-Z]{5}$/u.test(code) && !/^P[1-9]\d{3}$/u.test(code)
}

/** An error and what lies beneath it: Prisma keeps the driver's in `meta`, everyone else in `cause`. */
function levelsOf(error: unknown): readonly Told[] {
  const levels: Told[] = []
  const seen = new Set<unknown>()
  for (let level = error; isObject(level) && !seen.has(level); level = beneath(level)) {
    seen.add(level)
    const { code, originalCode, kind, message, originalMessage } = level
    levels.push({
      code: textOf(originalCode) || textOf(code),
      kind,
      message: textOf(originalMessage) || textOf(message),
    })
  }
  return levels
}

function beneath({ cause, meta }: Readonly<Record<string, unknown>>): unknown {
  return cause ?? (isObject(meta) ? meta['driverAdapterError'] : undefined)
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

/** Nobody says that these are text; what tells of an error must not fail of another one. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
