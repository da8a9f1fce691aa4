import fc from 'fast-check'
import type { JsonSchema } from '../../src/openapi/json-schema.js'

/** A number from 0, below the one given: where all randomness of a request comes from. */
export type Draw = (below: number) => number

/** Values that answers have shown, by the name they had: ids that exist, owners, ETags. */
export class Pool {
  readonly #values = new Map<string, unknown[]>()

  add(name: string, value: unknown): void {
    if (value === null || typeof value === 'object') return
    const known = this.#values.get(name) ?? []
    if (!known.includes(value)) this.#values.set(name, [value, ...known].slice(0, 60))
  }

  /** Values of a name that have the form of a schema. */
  of(name: string, schema: JsonSchema): readonly unknown[] {
    return (this.#values.get(name) ?? []).filter((value) => isLike(value, schema))
  }
}

/** What values are made from. */
export interface Source {
  readonly draw: Draw
  readonly pool: Pool
  readonly resolve: (schema: JsonSchema) => JsonSchema
}

const texts = [
  'ana',
  'bo',
  'x',
  'Ärger',
  '🙂 é',
  "O'Reilly; --",
  '%_\\',
  'null',
  '\u202eabc',
  ' a b ',
  'a'.repeat(120),
]
const byFormat: Readonly<Record<string, readonly string[]>> = {
  uuid: ['0199ffff-0000-7000-8000-00000000ffff', '0199FFFF-0000-7000-8000-00000000FFFE'],
  'date-time': ['2026-01-31T12:00:00Z', '1999-12-31T23:59:59.999+02:00', '2026-06-01T00:00:00-05:30'],
  decimal: ['0', '1.5', '-3', '99.99'],
  int64: ['0', '-1', '9007199254740993'],
  uri: ['https://example.com/a?b'],
}
const base64 = ['AA==', 'dGV4dA==']
const integers = [1, 2, 3, 20, 0, -1, 101, 2_147_483_647, -2_147_483_648]
const numbers = [0, 1.5, -2.25, 1e10]

/** A value that a schema allows. */
export function valueOf(source: Source, given: JsonSchema, names: readonly string[], depth = 0): unknown {
  const { draw, pool } = source
  const schema = flat(source, given)
  const types = [schema.type ?? []].flat()
  if (types.includes('null') && draw(5) === 0) return null
  if (schema.enum)
    return pick(
      draw,
      schema.enum.filter((value) => value !== null),
    )
  if ('const' in schema) return schema['const']
  const [name = ''] = names.filter((each) => pool.of(each, schema).length > 0)
  const type = types.find((each) => each !== 'null')
  const known = pool.of(name, schema)
  if (known.length > 0 && draw(3) > 0) return pick(draw, known)
  if (type === 'object') return objectOf(source, schema, names, depth)
  if (type === 'array') return listOf(source, schema, names, depth)
  if (type === 'boolean') return draw(2) === 0
  if (type === 'integer' || type === 'number') return numberOf(draw, schema, type)
  if (type === 'string') return textOf(draw, schema)
  return pick<unknown>(draw, [{ a: [1, null, 'x'] }, 'x', 1, true])
}

function objectOf(source: Source, schema: JsonSchema, names: readonly string[], depth: number): unknown {
  const { draw } = source
  const properties = Object.entries(schema.properties ?? {})
  const one = properties[draw(Math.max(properties.length, 1))]?.[0]
  const least = Number(schema['minProperties'] ?? 0)
  const most = Number(schema['maxProperties'] ?? Infinity)
  const rare = depth > 2 ? 12 : 3
  const chosen = properties.filter(([name]) => {
    if (schema.required?.includes(name)) return true
    return (least > 0 && name === one) || (depth < 6 && draw(rare) === 0)
  })
  const own = chosen
    .slice(0, most)
    .map(([name, part]) => [name, valueOf(source, part, [name, ...names], depth + 1)] as const)
  const { additionalProperties: more } = schema
  const isFree = more !== undefined && more !== false && properties.length === 0
  return Object.fromEntries(
    isFree
      ? [
          ['key', draw(3)],
          ['other', { a: [null, 'é'] }],
        ]
      : own,
  )
}

function listOf(source: Source, schema: JsonSchema, names: readonly string[], depth: number): unknown[] {
  const least = Number(schema['minItems'] ?? 0)
  const length = Math.min(
    Math.max(source.draw(depth > 3 ? 2 : 4), least),
    Number(schema['maxItems'] ?? Infinity),
  )
  const items = Array.from({ length }, () => valueOf(source, schema.items ?? {}, names, depth + 1))
  if (schema['uniqueItems'] !== true) return items
  return items.filter(
    (item, at) => items.findIndex((each) => JSON.stringify(each) === JSON.stringify(item)) === at,
  )
}

function numberOf(draw: Draw, schema: JsonSchema, type: string): number {
  const least = Number(schema['minimum'] ?? -Infinity)
  const most = Number(schema['maximum'] ?? Infinity)
  const possible = (type === 'integer' ? integers : [...integers, ...numbers]).filter(
    (value) => value >= least && value <= most,
  )
  return pick(draw, possible.length > 0 ? possible : [least])
}

function textOf(draw: Draw, schema: JsonSchema): string {
  const { format = '', pattern, minLength, maxLength } = schema
  if (schema['contentEncoding'] === 'base64') return pick(draw, base64)
  if (format in byFormat) return pick(draw, byFormat[format] ?? [])
  if (typeof pattern === 'string') {
    const matching = fc.stringMatching(new RegExp(pattern, 'u'))
    return fc.sample(matching, { numRuns: 1, seed: draw(2 ** 30) })[0] ?? ''
  }
  const text = pick(draw, texts).padEnd(Number(minLength ?? 0), 'x')
  return text.slice(0, Number(maxLength ?? text.length)).toWellFormed()
}

/** A schema without references and alternatives at its top. */
export function flat(source: Pick<Source, 'resolve' | 'draw'>, given: JsonSchema): JsonSchema {
  const { allOf, anyOf, oneOf, ...own } = source.resolve(given)
  const all = (allOf ?? []) as readonly JsonSchema[]
  const choices = (anyOf ?? oneOf ?? []) as readonly JsonSchema[]
  const parts = [...all, ...(choices.length > 0 ? [pick(source.draw, choices)] : [])]
  return Object.assign({}, own, ...parts.map((part) => flat(source, part))) as JsonSchema
}

export function pick<T>(draw: Draw, values: readonly T[]): T {
  return values[draw(Math.max(values.length, 1))] as T
}

function isLike(value: unknown, schema: JsonSchema): boolean {
  const types = [schema.type ?? []].flat()
  if (typeof value === 'number') return types.includes(Number.isInteger(value) ? 'integer' : 'number')
  if (typeof value !== 'string' || !types.includes('string') || schema.enum) return false
  if ('contentEncoding' in schema) return false
  const { format = 'text' } = schema
  if (value.length > Number(schema['maxLength'] ?? Infinity)) return false
  if (value.length < Number(schema['minLength'] ?? 0)) return false
  return (
    formatOf(value) === (format in byFormat ? format : 'text') ||
    (format === 'decimal' && /^\d+$/u.test(value))
  )
}

function formatOf(value: string): string {
  if (/^[\da-f]{8}-[\da-f-]{27}$/iu.test(value)) return 'uuid'
  if (/^\d{4}-\d\d-\d\dT/u.test(value)) return 'date-time'
  if (/^-?\d+$/u.test(value)) return 'int64'
  return /^-?\d+\.\d+$/u.test(value) ? 'decimal' : 'text'
}
