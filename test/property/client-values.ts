import type { Column } from '../../src/catalog/model.js'

/** A value as JSON has it, as Prisma takes it. */
export function toPrisma({ type }: Column, value: unknown): unknown {
  if (value === null) return null
  if (Array.isArray(value)) return value
  if (type === 'BigInt') return BigInt(value as number)
  if (type === 'DateTime') return new Date(`${value as string}Z`)
  if (type === 'Bytes') return Buffer.from((value as string).slice(2), 'hex')
  return value
}

/** What Prisma answers, as JSON has it: the same value is always written the same. */
export function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value)
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Date) return value.toISOString().replace(/(?:\.000)?Z$/u, '')
  if (value instanceof Uint8Array) return `\\x${Buffer.from(value).toString('hex')}`
  if (Array.isArray(value)) return value.map(plain)
  // Decimals: the only instances of a class that Prisma answers with.
  if ('toFixed' in value) return Number(value)
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, plain(part)]))
}

/** Every text in an answer. */
export function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.values(value).flatMap(textsIn)
}
