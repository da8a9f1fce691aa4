import type { z } from 'zod'
import type { Column } from '../catalog/model.js'
import type { Policy } from '../policy/policy.js'
import { textSchema } from './column-schema.js'

/** Parameter names a list takes beside its filters; a column so named is not filtered in the URL. */
const listParameters = ['limit', 'cursor', 'sort', 'fields', 'include', 'count'] as const

/** The columns that can be compared with a text in the URL. */
export function filtersOf(policy: Policy): ReadonlyMap<string, z.ZodType> {
  return new Map([...policy.model.columns.values()].flatMap((column) => filterOf(policy, column)))
}

function filterOf(policy: Policy, column: Column): [string, z.ZodType][] {
  const schema = textSchema(column, policy.model.enums)
  return schema && !listParameters.includes(column.name as never) ? [[column.name, schema]] : []
}
