import { z } from 'zod'
import type { Column, Model } from '../catalog/model.js'
import type { BodySchema } from './body-schemas.js'

type Fields = Readonly<Record<string, unknown>>

/** What the calls for many rows take. */
export interface BatchSchemas {
  readonly create: z.ZodType<{ readonly items: readonly Fields[] }>
  readonly update: z.ZodType<{ readonly items: readonly { readonly set: Fields }[] }>
  readonly delete: z.ZodType<{ readonly items: readonly unknown[] }>
}

/** The bodies of batches: what one call takes for one row, in a list that is not empty. */
export function batchSchemas(model: Model, create: BodySchema, update: BodySchema): BatchSchemas {
  const row = { id: idSchema(model), ifMatch: z.string().optional() }
  return {
    create: listOf(create),
    update: listOf(z.strictObject({ ...row, set: update })),
    delete: listOf(z.strictObject(row)),
  }
}

function listOf<T>(item: z.ZodType<T>): z.ZodType<{ readonly items: readonly T[] }> {
  return z.strictObject({ items: z.array(item).min(1, 'is empty') })
}

/** An id as the row shows it; of several columns an object. Which texts can be ids at all is asked later, as in a path. */
function idSchema({ id }: Model): z.ZodType {
  const [only] = id
  if (only && id.length === 1) return partSchema(only)
  return z.strictObject(Object.fromEntries(id.map((column) => [column.name, partSchema(column)])))
}

function partSchema({ type }: Column): z.ZodType {
  if (type === 'Int' || type === 'Float') return z.number()
  return type === 'Boolean' ? z.boolean() : z.string()
}
