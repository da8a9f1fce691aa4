import { z } from 'zod'
import type { Column } from '../catalog/model.js'
import { rulesOf, type Policy } from '../policy/policy.js'
import { inputSchema } from './column-schema.js'
import { isCreationTime } from './creation-time.js'

/** The schema of a body: the columns a caller may name, and nothing else. */
export type BodySchema = z.ZodType<Readonly<Record<string, unknown>>>

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

function bodySchema(
  policy: Policy,
  columns: readonly Column[],
  required: (column: Column) => boolean,
): BodySchema {
  const shape = columns.map((column) => {
    const schema = inputSchema(column, policy.model.enums)
    return [column.name, required(column) ? schema : schema.optional()]
  })
  return z.strictObject(Object.fromEntries(shape) as z.ZodRawShape)
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
