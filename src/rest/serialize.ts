import { aliasPrefix, type Principal } from '../claims/principal.js'
import type { Row } from './call.js'
import { compositeOwners } from './owner-value.js'
import type { Resource } from './resource.js'
import type { Shape } from './shape.js'

/**
 * A row as JSON: BigInt and Decimal as strings, times in UTC with milliseconds, bytes as base64, a list that is
 * NULL as `[]`, the last part of a composite owner. Fields the scoped client left out stay out.
 */
export function serializeRow({ policy }: Resource, principal: Principal, row: Row): Row {
  const composite = compositeOwners(policy, principal)
  const aliases = [principal.alias, ...principal.otherAliases]
  const shown: Record<string, unknown> = {}
  for (const column of policy.model.columns.values()) {
    const value = row[column.name]
    if (value === undefined) continue
    const json = toJson(column.list ? (value ?? []) : value, column.type)
    shown[column.name] = composite.has(column.name) ? shownIdentity(json, aliases) : json
  }
  return shown
}

/** A row as JSON in the shape that was asked for; related rows by the rules of their own resource. */
export function serializeShaped(resource: Resource, principal: Principal, row: Row, shape: Shape): Row {
  const { fields, include } = shape
  const own = Object.entries(serializeRow(resource, principal, row))
  const related = include.map(({ to: { relation, target }, include: below }) => {
    const value = row[relation.field]
    const show = (each: Row) =>
      serializeShaped(target, principal, each, { fields: undefined, include: below })
    if (relation.list) return [relation.field, ((value ?? []) as readonly Row[]).map(show)]
    return [relation.field, value ? show(value as Row) : null]
  })
  return Object.fromEntries([...own.filter(([name]) => fields?.has(name) ?? true), ...related]) as Row
}

/** A column's value as it travels. What it gives, it takes as well. */
export function toJson(value: unknown, type: string): unknown {
  if (value === null || type === 'Json') return value
  if (Array.isArray(value)) return value.map((item) => toJson(item, type))
  // Postgres holds times that JavaScript cannot write, such as 'infinity'.
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString()
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (type === 'Decimal' && typeof value === 'object') return (value as { toFixed(): string }).toFixed()
  return typeof value === 'bigint' ? value.toString() : value
}

/** A composite identity as its last part, behind the alias of its issuer if it has one. */
function shownIdentity(value: unknown, aliases: readonly string[]): unknown {
  if (typeof value !== 'string') return value
  const prefix = aliasPrefix(value, aliases)
  return prefix + (value.slice(prefix.length).split('::').at(-1) ?? '')
}
