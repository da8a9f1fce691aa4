import { isIP } from 'node:net'
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
  Int: intOf,
  BigInt: () => bigint(),
  Float: floatOf,
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
  Float: (column: Column) =>
    z
      .string()
      .regex(/^-?\d{1,309}(?:\.\d{1,50})?(?:[eE][+-]?\d{1,3})?$/u)
      .transform(Number)
      .pipe(inputs.Float(column)),
  Boolean: () => booleanText(),
}

const outputs = {
  String: (column: Column) => (column.native === 'Uuid' ? z.guid() : z.string()),
  Boolean: () => z.boolean(),
  // An oid has no sign, so it can be larger than what is taken.
  Int: ({ native }: Column) => (native === 'Oid' ? z.int().meta({ format: 'int64' }) : z.int32()),
  BigInt: () => z.string().meta({ format: 'int64' }),
  Float: () => z.number(),
  Decimal: () => z.string().meta({ format: 'decimal' }),
  DateTime: () => z.iso.datetime(),
  Json: () => z.unknown(),
  Bytes: () => z.base64(),
}

/** The texts that a column of another type than text takes: Postgres fails on others, or makes something else of them. */
const natives: Readonly<Record<string, (length: string | undefined) => z.ZodType>> = {
  Uuid: () => z.guid().toLowerCase(),
  VarChar: shortText,
  Char: shortText,
  Bit: (length = '1') => z.string().regex(new RegExp(`^[01]{${length}}$`, 'u')),
  VarBit: (length = '') => z.string().regex(new RegExp(`^[01]{0,${length}}$`, 'u')),
  Inet: () => z.string().refine(isAddress, 'no IP address or network'),
}

function stringOf({ native = '' }: Column): z.ZodType {
  const [, name = '', length] = /^(\w+)(?:\((\d+)\))?$/u.exec(native) ?? []
  return natives[name]?.(length) ?? z.string()
}

function shortText(length: string | undefined): z.ZodType {
  return length === undefined ? z.string() : z.string().max(Number(length))
}

/** An IP address, with the bits of its network or without. */
function isAddress(text: string): boolean {
  const [, address = '', bits = '0'] = /^([\da-f.:]+)(?:\/(\d{1,3}))?$/iu.exec(text) ?? []
  const version = isIP(address)
  return version !== 0 && Number(bits) <= (version === 4 ? 32 : 128)
}

function intOf({ native }: Column): z.ZodType<number, number> {
  if (native === 'SmallInt') return z.int().min(-32768).max(32767)
  return native === 'Oid' ? z.int32().min(0) : z.int32()
}

/** A `real` holds neither the largest nor the smallest of what a number can be. */
function floatOf({ native }: Column): z.ZodType<number, number> {
  if (native !== 'Real') return z.number()
  return z.number().refine((value) => {
    const held = Math.fround(value)
    return Number.isFinite(held) && (held !== 0 || value === 0)
  }, 'out of range')
}

function bigint(): z.ZodType {
  return z
    .string()
    .regex(/^(?:0|-?[1-9]\d{0,18})$/u)
    .transform(BigInt)
    .refine((value) => BigInt.asIntN(64, value) === value, 'out of range')
    .meta({ format: 'int64' })
}

/** What a `money` column certainly holds: a little less than 2^63 hundredths. */
const money = 'Decimal(18, 2)'

/** A decimal that the column holds as it is: Postgres would round what has more digits, and nothing is to be lost. */
function decimalOf({ native }: Column): z.ZodType {
  const known = native === 'Money' ? money : native
  const [, precision = '65', scale = '30'] = /^Decimal\((\d+), (\d+)\)$/u.exec(known ?? '') ?? []
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
