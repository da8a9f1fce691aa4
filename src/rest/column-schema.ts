import { DbNull } from '@prisma/client/runtime/client'
import { z } from 'zod'
import type { Column, Model } from '../catalog/model.js'

/**
 * The zod schema of a value a caller sends for a column: JSON in, what Prisma takes out. `null` is accepted where
 * the column is nullable, and for a list column means the empty list.
 */
export function inputSchema(column: Column, enums: Model['enums']): z.ZodType {
  const value = scalarInput(column, enums)
  if (column.list)
    return z
      .array(value)
      .nullable()
      .transform((list) => list ?? [])
  if (column.required) return value
  if (column.type === 'Json') return value.nullable().transform((json) => (json === null ? DbNull : json))
  return value.nullable()
}

/** The zod schema of a value as REST sends it. */
export function outputSchema(column: Column, enums: Model['enums']): z.ZodType {
  const value = column.kind === 'enum' ? enumOf(column, enums) : outputs[column.type](column)
  if (column.list) return z.array(value)
  return column.required ? value : value.nullable()
}

/**
 * The zod schema of a value as text in a URL. Json, Bytes and lists have none: they cannot be compared with text.
 */
export function textSchema(column: Column, enums: Model['enums']): z.ZodType | undefined {
  if (column.list) return undefined
  if (column.kind === 'enum') return enumOf(column, enums)
  if (column.type === 'Json' || column.type === 'Bytes') return undefined
  return column.type in texts ? texts[column.type as keyof typeof texts](column) : scalarInput(column, enums)
}

/** A Boolean as text in a URL. Python's generated clients send True and False. */
export function booleanText(): z.ZodType<boolean> {
  return z.enum(['true', 'false', 'True', 'False']).transform((text) => text.toLowerCase() === 'true')
}

/** The zod schema of one value that a caller compares a column, or what is in a list, with; in JSON. */
export function operandSchema(column: Column, enums: Model['enums']): z.ZodType {
  return scalarInput(column, enums)
}

function scalarInput(column: Column, enums: Model['enums']): z.ZodType {
  return column.kind === 'enum' ? enumOf(column, enums) : inputs[column.type](column)
}

const inputs = {
  String: stringOf,
  Boolean: () => z.boolean(),
  Int: (column: Column) => (column.native === 'SmallInt' ? z.int().min(-32768).max(32767) : z.int32()),
  BigInt: () => bigint(),
  Float: () => z.number(),
  Decimal: decimalOf,
  DateTime: () =>
    z
      .string()
      .meta({ format: 'date-time' })
      .transform((text) => text.replace(withoutSeconds, '$1:00$2'))
      .pipe(z.iso.datetime({ offset: true }))
      .transform((text) => new Date(text))
      .refine(isWritableTime),
  Json: () => z.unknown().refine((value) => value !== undefined && isStorableJson(value)),
  Bytes: () => z.base64().transform((text) => Buffer.from(text, 'base64')),
}

/** RFC 3339 asks for the seconds. Java's OffsetDateTime does not write them where they are zero. */
const withoutSeconds = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2})(Z|[+-]\d{2}:\d{2})$/u

/** The times that JSON, JavaScript and Postgres all write alike: the years 1 to 9999, in UTC. */
function isWritableTime(time: Date): boolean {
  return time.getTime() >= Date.parse('0001-01-01T00:00:00Z') && time.getTime() < 253_402_300_800_000
}

const texts = {
  Int: (column: Column) =>
    z
      .string()
      .regex(/^(?:0|-?[1-9]\d{0,9})$/u)
      .transform(Number)
      .pipe(inputs.Int(column)),
  Float: () =>
    z
      .string()
      .regex(/^-?\d{1,309}(?:\.\d{1,50})?(?:[eE][+-]?\d{1,3})?$/u)
      .transform(Number)
      .pipe(z.number()),
  Boolean: () => booleanText(),
}

const outputs = {
  String: (column: Column) => (column.native === 'Uuid' ? z.guid() : z.string()),
  Boolean: () => z.boolean(),
  Int: () => z.int32(),
  BigInt: () => z.string().meta({ format: 'int64' }),
  Float: () => z.number(),
  Decimal: () => z.string().meta({ format: 'decimal' }),
  DateTime: () => z.iso.datetime(),
  Json: () => z.unknown(),
  Bytes: () => z.base64(),
}

function stringOf({ native }: Column): z.ZodType {
  if (native === 'Uuid') return z.guid().toLowerCase()
  const length = /^(?:VarChar|Char)\((\d+)\)$/u.exec(native ?? '')?.[1]
  return length === undefined ? z.string() : z.string().max(Number(length))
}

function bigint(): z.ZodType {
  return z
    .string()
    .regex(/^(?:0|-?[1-9]\d{0,18})$/u)
    .transform(BigInt)
    .refine((value) => BigInt.asIntN(64, value) === value, 'out of range')
    .meta({ format: 'int64' })
}

/** A decimal that the column holds as it is: Postgres would round what has more digits, and nothing is to be lost. */
function decimalOf({ native }: Column): z.ZodType {
  const [, precision = '65', scale = '30'] = /^Decimal\((\d+), (\d+)\)$/u.exec(native ?? '') ?? []
  const whole = Number(precision) - Number(scale)
  const fraction = scale === '0' ? '' : `(?:\\.\\d{1,${scale}})?`
  return z
    .string()
    .regex(new RegExp(`^-?0*\\d{${whole > 0 ? 1 : 0},${Math.max(whole, 1)}}${fraction}$`, 'u'))
    .meta({ format: 'decimal' })
}

function enumOf(column: Column, enums: Model['enums']): z.ZodType<string> {
  return z.enum([...(enums[column.type] ?? [])])
}

const foreignKeys = ['__proto__', '__prismaRawParameters__']

/**
 * JSON without keys that mean something else to JavaScript or to Prisma wherever it is copied, and without numbers so
 * large that they would be stored as null.
 */
function isStorableJson(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value)
  if (typeof value !== 'object' || value === null) return true
  return !foreignKeys.some((key) => Object.hasOwn(value, key)) && Object.values(value).every(isStorableJson)
}
