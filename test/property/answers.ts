import type { Principal } from '../../src/claims/principal.js'
import {
  columns,
  created,
  everyRule,
  grants,
  inS,
  inScope,
  isDenied,
  isLifted,
  isStaticMatch,
  lists,
  namesOf,
  updated,
  type Row,
  type Rules,
} from './evaluator.js'

// What a call must answer and leave behind, by RULES.md sections 3 to 5 and REST.md section 4. The scoped client and
// HTTP are held to the same answers.

export interface Expected {
  readonly status: 200 | 201 | 204 | 401 | 403 | 404
  /** Of a get, create or update: what the caller sees of the row, with the values as they are stored. */
  readonly row?: Row
  /** Of a list. */
  readonly rows?: readonly Row[]
  /** What is stored under the id afterwards; `undefined` is no row. Left out where nothing may have changed. */
  readonly stored?: Row | undefined
}

/** 403 whatever rows there are, or 401 for a caller without credentials. */
function refusal(rules: Rules, who: Principal, operation: string): Expected | undefined {
  if (!isDenied(rules, who, operation)) return undefined
  return { status: who.provider === 'identityPool' ? 401 : 403 }
}

/** The fields of a row that are open; the id comes with the row. */
function visible(rules: Rules, who: Principal, operation: string, row: Row): Row {
  const shown = columns.filter((field) => inS(rules, who, field, operation, row))
  return { id: row['id'], ...Object.fromEntries(shown.map((field) => [field, row[field]])) }
}

const isGettable = (rules: Rules, who: Principal, row: Row) => inScope(rules, who, 'get', row)

/** A guarded statement that hit nothing: gettable = 403, else 404. */
const missed = (rules: Rules, who: Principal, row: Row): Expected => ({
  status: isGettable(rules, who, row) ? 403 : 404,
})

export function getAnswer(rules: Rules, who: Principal, row: Row): Expected {
  const refused = refusal(rules, who, 'get')
  if (refused) return refused
  return isGettable(rules, who, row) ? { status: 200, row: visible(rules, who, 'get', row) } : { status: 404 }
}

export function listAnswer(rules: Rules, who: Principal, rows: readonly Row[]): Expected {
  const found = rows.filter((row) => inScope(rules, who, 'list', row))
  return (
    refusal(rules, who, 'list') ?? {
      status: 200,
      rows: found.map((row) => visible(rules, who, 'list', row)),
    }
  )
}

/** @param id what the database gives the new row */
export function createAnswer(rules: Rules, who: Principal, sent: Row, id: unknown): Expected {
  const refused = refusal(rules, who, 'create')
  const made = created(rules, who, sent)
  if (refused) return refused
  if (!made) return { status: 403 }
  const stored = complete({ ...made, id })
  // A writer who may not get the row: the id only.
  const row = isGettable(rules, who, stored) ? visible(rules, who, 'get', stored) : { id }
  return { status: 201, row, stored }
}

export function updateAnswer(rules: Rules, who: Principal, row: Row, sent: Row): Expected {
  const refused = refusal(rules, who, 'update')
  if (refused) return refused
  if (Object.keys(sent).some((field) => isClosed(rules, who, field, sent[field]))) return { status: 403 }
  const written = updated(rules, who, row, sent)
  if (!written) return missed(rules, who, row)
  const stored = complete(written)
  if (!isGettable(rules, who, stored)) return { status: 204, row: { id: row['id'] }, stored }
  return { status: 200, row: visible(rules, who, 'get', stored), stored }
}

export function deleteAnswer(rules: Rules, who: Principal, row: Row): Expected {
  const refused = refusal(rules, who, 'delete')
  if (refused) return refused
  return inScope(rules, who, 'delete', row) ? { status: 204, stored: undefined } : missed(rules, who, row)
}

/** A row as the database has it: what was left out is NULL, or an empty list. */
function complete(row: Row): Row {
  const all = columns.map((name) => [name, row[name] ?? (lists.includes(name) ? [] : null)])
  return { id: row['id'], ...(Object.fromEntries(all) as Row) }
}

/** REST.md section 4: a field that the caller may write on no row at all is refused before the statement. */
function isClosed(rules: Rules, who: Principal, field: string, value: unknown): boolean {
  const isUsable = (rule: Rules['model'][number]) => isStaticMatch(rule, who) || namesOf(rule, who).length > 0
  const isOpen = (level: Rules['model'], operation: string) =>
    level.some((rule) => grants(rule, operation) && isUsable(rule))
  if (!isOpen(rules.fields[field] ?? rules.model, 'update')) return true

  const reading = everyRule(rules).filter((rule) => rule.column === field)
  const isOwner = !lists.includes(field) && reading.some((rule) => rule.strategy === 'owner')
  if (reading.length === 0 || isLifted(rules, who, field, 'update')) return false
  // An owner may be sent as it is stored by whoever may know it: by reading it, or by being named in it himself.
  if (isOwner) return !isOpen(rules.fields[field] ?? rules.model, 'get') && !reading.some(isUsable)
  if (lists.includes(field) && (value === null || (value as unknown[]).length === 0)) return true
  if (reading.some((rule) => rule.transferable && grants(rule, 'update') && isUsable(rule))) return false
  // Some operation that the rules reading the column grant he holds on no row.
  const levels: [Rules['model'], readonly string[]][] = [
    [rules.model, ['get', 'list', 'update', 'delete', 'listen']],
    ...Object.values(rules.fields).map((level): (typeof levels)[number] => [
      level,
      ['get', 'list', 'update', 'listen'],
    ]),
  ]
  return levels.some(([level, operations]) =>
    operations.some(
      (name) => level.some((rule) => rule.column === field && grants(rule, name)) && !isOpen(level, name),
    ),
  )
}

/** How REST shows an owner column: the last part of a composite, behind the alias of its issuer if it has one. */
export function restValue(rules: Rules, who: Principal, column: string, value: unknown): unknown {
  const isComposite = everyRule(rules).some(
    ({ strategy, column: own, claim }) =>
      strategy === 'owner' && own === column && (claim?.includes('::') ?? who.provider === 'userPools'),
  )
  if (!isComposite || typeof value !== 'string') return toJson(value)
  const alias = [who.alias, ...who.otherAliases].find((name) => name !== '' && value.startsWith(`${name}::`))
  const prefix = alias === undefined ? '' : `${alias}::`
  return prefix + (value.slice(prefix.length).split('::').at(-1) ?? '')
}

/** As REST writes it: a BigInt is text. */
export function toJson(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toJson)
  return typeof value === 'bigint' ? value.toString() : value
}
