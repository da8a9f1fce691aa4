import type { Column, Model } from '../catalog/model.js'
import { rulesOf, type Policy } from '../policy/policy.js'
import type { JsonSchema } from './json-schema.js'
import { words } from './names.js'

const byFormat: Readonly<Record<string, unknown>> = {
  uuid: '0190a5d2-7c1e-7b5e-8f3a-5b7d9c1e2f30',
  'date-time': '2026-01-31T12:00:00Z',
  decimal: '1',
  int64: '1',
}

const byType: Readonly<Record<string, unknown>> = { integer: 1, number: 1.5, boolean: true, object: {} }

/**
 * A body that a caller can send as it stands: without the columns that name owners and groups, which the service
 * fills or guards, and without those that only some callers may write. A page that makes up a text for each of
 * them would be refused.
 */
export function bodyExample(policy: Policy, { properties = {}, required = [] }: JsonSchema): JsonSchema {
  const ruled = new Set([...policy.fields.keys(), ...rulesOf(policy).map((rule) => rule.column?.name)])
  const sent = [...policy.model.columns.values()].filter(
    ({ name }) => name in properties && (required.includes(name) || !ruled.has(name)),
  )
  return Object.fromEntries(
    sent.map((column) => [
      column.name,
      valueExample(column, properties[column.name] ?? {}, policy.model.enums),
    ]),
  )
}

/** A value that a column could hold. */
export function valueExample(column: Column, schema: JsonSchema, enums: Model['enums']): unknown {
  if (column.list) return [valueExample({ ...column, list: false }, schema.items ?? {}, enums)]
  if (column.kind === 'enum') return enums[column.type]?.[0]
  if (schema['contentEncoding'] === 'base64') return 'dGV4dA=='
  if (schema.format !== undefined && schema.format in byFormat) return byFormat[schema.format]
  const [type = ''] = [schema.type ?? ''].flat()
  const text = `The ${words(column.name)}`
  return type === 'string' ? text.slice(0, Number(schema['maxLength'] ?? text.length)) : (byType[type] ?? {})
}
