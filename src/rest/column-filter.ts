import { z } from 'zod'
import type { Column, Model } from '../catalog/model.js'
import { operandSchema } from './column-schema.js'
import { maxValues } from './faults.js'
import { operatorOf, operatorsOf, type OperatorName } from './operators.js'

/** What a condition in a body says of one column: operators with what each is given. */
export type ColumnFilter = z.ZodType<Readonly<Partial<Record<OperatorName, unknown>>>>

/** The schema of such a condition: every operator that fits the column, of which one is needed at least. */
export function columnFilter(column: Column, enums: Model['enums']): ColumnFilter {
  const item = operandSchema(column, enums)
  const shape = operatorsOf(column).map((name) => [name, operands[operatorOf(name).takes](item).optional()])
  return z.strictObject(Object.fromEntries(shape) as z.ZodRawShape).meta({ minProperties: 1 })
}

// An empty list or text is a mistake: taken at its word it would find nothing, or everything.
const operands = {
  value: (item: z.ZodType) => item,
  values: (item: z.ZodType) => z.array(item).min(1).max(maxValues),
  text: () => z.string().min(1),
  flag: () => z.boolean(),
}
