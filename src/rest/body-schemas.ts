import { z } from 'zod'
import type { Column } from '../catalog/model.js'
import { governing, rulesOf, type Policy } from '../policy/policy.js'
import { inputSchema } from './column-schema.js'
import { isCreationTime } from './creation-time.js'

/** The schema of a body: the columns a caller may name, and nothing else. */
export type BodySchema = z.ZodObject<Readonly<Record<string, z.ZodType>>, z.core.$strict>

/** What is sent to create a row. */
export function createSchema(policy: Policy): BodySchema {
  const columns = [...policy.model.columns.values()].filter((column) => !isServerMade(policy, column))
  return bodySchema(policy, columns, creatable(policy))
}

/** What is sent to change one: any of its fields but the id. */
export function updateSchema(policy: Policy): BodySchema {
  const { model } = policy
  const columns = [...model.columns.values()].filter(
    (column) => !isServerMade(policy, column) && !model.id.includes(column),
  )
  return bodySchema(policy, columns, () => false)
}

/** What `?clear=` takes: the fields of an update that can be null or a list, and that some caller may change. */
export function clearableOf(policy: Policy, update: BodySchema): ReadonlySet<string> {
  const columns = Object.keys(update.shape).flatMap((name) => policy.model.columns.get(name) ?? [])
  const names = columns
    .filter(({ required, list }) => list || !required)
    .map(({ name }) => name)
    .filter((name) => governing(policy, name).all.some((rule) => rule.operations.has('update')))
  return new Set(names)
}

function bodySchema(
  policy: Policy,
  columns: readonly Column[],
  required: (column: Column) => boolean,
): BodySchema {
  const shape = columns.map((column) => {
    const schema = inputSchema(column, policy.model.enums)
    return [column.name, required(column) ? schema : schema.optional()]
  })
  return z.strictObject(Object.fromEntries(shape) as Record<string, z.ZodType>)
}

/** A value a caller must send: no default, not nullable, and not stamped with his identity. */
function creatable(policy: Policy): (column: Column) => boolean {
  const stamped = rulesOf(policy)
    .filter((rule) => rule.strategy === 'owner' && rule.operations.has('create'))
    .map((rule) => rule.column?.name)
  return (column) => column.required && !column.list && !column.default && !stamped.includes(column.name)
}

/** Values the server makes: timestamps, the version, and ids with a default unless callers may choose them. */
function isServerMade(policy: Policy, column: Column): boolean {
  if (column === policy.version || column.default === 'updatedAt') return true
  if (isCreationTime(column)) return true
  return policy.model.id.includes(column) && column.default !== undefined && !policy.clientIds
}
