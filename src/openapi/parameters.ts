import type { z } from 'zod'
import type { Column, Model } from '../catalog/model.js'
import { outputSchema, textSchema } from '../rest/column-schema.js'
import { operatorOf, type OperatorName } from '../rest/operators.js'
import type { Resource } from '../rest/resource.js'
import { jsonSchemaOf, withoutNull, type JsonSchema } from './json-schema.js'
import { columnSchema, ref } from './model-schemas.js'
import { words, type ModelNames, type Names } from './names.js'
import { operatorWords } from './operator-words.js'
import { isOffered, isOpen } from './visibility.js'

type Parameter = Readonly<Record<string, unknown>>

/** The id in the path. */
export function idParameters(
  { name: model, policy, idParameters: ids }: Resource,
  names: Names,
): Parameter[] {
  return ids.map(({ name, column, schema }) => ({
    name,
    in: 'path',
    required: true,
    description: column.doc ?? `The ${words(column.name)} of the ${words(model)}.`,
    schema: textSchemaOf(column, schema, policy.model.enums, names),
  }))
}

/** The filters of a list, as far as some caller can use them. */
export function filterParameters({ policy, filters }: Resource, names: Names): Parameter[] {
  const { enums } = policy.model
  return [...filters]
    .filter(([, { column }]) => isOpen(policy, column.name, 'list'))
    .map(([name, { column, operator }]) => {
      const item = { ...column, list: false }
      const text = textSchema(item, enums)
      const words = `Only rows ${operatorWords[operator](`\`${column.name}\``)}.`
      return {
        name,
        in: 'query',
        description: [words, column.doc].filter((part) => part !== undefined).join(' '),
        ...operandOf(operator, text ? textSchemaOf(item, text, enums, names) : {}),
      }
    })
}

/** What stands in the URL behind an operator. A list repeats its parameter. */
function operandOf(name: OperatorName, value: JsonSchema): Parameter {
  switch (operatorOf(name).takes) {
    case 'value':
      return { schema: value }
    case 'values':
      return { style: 'form', explode: true, schema: { type: 'array', items: value } }
    case 'text':
      return { schema: { type: 'string' } }
    case 'flag':
      return { schema: { type: 'boolean' } }
  }
}

/** The parameters of every list. */
export function pageParameters({ sort }: ModelNames, { count }: Names): Parameter[] {
  return [
    {
      name: 'sort',
      in: 'query',
      description:
        'The order: fields by precedence, each ascending or with `_desc`. Repeat the parameter for more.',
      style: 'form',
      explode: true,
      schema: { type: 'array', items: ref(sort) },
    },
    {
      name: 'limit',
      in: 'query',
      description:
        'Rows of a page. Asking for more than the service gives at once is no mistake, it gives what it can.',
      schema: { type: 'integer', format: 'int32', minimum: 1 },
    },
    {
      name: 'cursor',
      in: 'query',
      description: 'The `nextCursor` of the page before, with the same filters and order.',
      schema: { type: 'string' },
    },
    {
      name: 'count',
      in: 'query',
      description: 'Adds how many rows you may list in all. Without it nothing is counted.',
      schema: ref(count),
    },
  ]
}

/** Asks for the row only if it has changed. */
export const ifNoneMatch: Parameter = {
  name: 'If-None-Match',
  in: 'header',
  description: 'ETags of the copies you have: one of them current is answered with 304.',
  schema: { type: 'string' },
}

/** Writes only if the row has not changed. */
const ifMatch: Parameter = {
  name: 'If-Match',
  in: 'header',
  description:
    'The ETag of the row you know: if it has changed since, nothing is written and the answer is 412.',
  schema: { type: 'string' },
}

/** Makes a call that can be sent again. */
export const idempotencyKey: Parameter = {
  name: 'Idempotency-Key',
  in: 'header',
  description:
    'Any value that no other call of yours has, such as a UUID: sent again within 24 hours, the call is not done ' +
    'again but answered as the first time.',
  schema: { type: 'string', pattern: '^[!-~]+$', maxLength: 255 },
}

/** `If-Match`, where a caller can have an ETag to send, or must send something. */
export function ifMatchParameters({ policy }: Resource): Parameter[] {
  if (policy.requireIfMatch) return [{ ...ifMatch, required: true }]
  return isOffered(policy, 'get') ? [ifMatch] : []
}

/** What an update can clear without sending null. */
export function clearParameters({ clearable }: Resource, { clear }: ModelNames): Parameter[] {
  if (clearable.size === 0) return []
  const description =
    'Fields to set to null, a list to an empty one, for clients that cannot send null. Repeat the parameter for more.'
  const schema = { type: 'array', items: ref(clear) }
  return [{ name: 'clear', in: 'query', description, style: 'form', explode: true, schema }]
}

/**
 * A column's value in a URL. Numbers and Booleans are read from text there; to a client they are what they are in
 * a row.
 */
function textSchemaOf(column: Column, text: z.ZodType, enums: Model['enums'], names: Names): JsonSchema {
  const isTyped = ['Int', 'Float', 'Boolean'].includes(column.type)
  const schema = isTyped ? jsonSchemaOf(outputSchema(column, enums), 'output') : jsonSchemaOf(text, 'input')
  return columnSchema(column, withoutNull(schema), names)
}
