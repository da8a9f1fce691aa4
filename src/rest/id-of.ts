import { ClaimstakeError } from '../errors.js'
import type { Row } from './call.js'
import type { Resource } from './resource.js'

/**
 * The id as Prisma's `findUnique` takes it.
 *
 * @param texts one for each part of the id, as it stands in a path
 * @throws {ClaimstakeError} `NOT_FOUND` for a text that is no id at all: no row can have it
 */
export function idOf(resource: Resource, texts: readonly string[]): Row {
  const id = findId(resource, texts)
  if (!id) throw new ClaimstakeError('NOT_FOUND')
  return id
}

/** The same; `undefined` for what no row can have as its id. */
export function findId({ policy, idParameters }: Resource, texts: readonly string[]): Row | undefined {
  const values: Record<string, unknown> = {}
  for (const [at, { column, schema }] of idParameters.entries()) {
    const text = texts[at] ?? ''
    const parsed = schema.safeParse(text)
    if (!parsed.success || !isStorable(text)) return undefined
    values[column.name] = parsed.data
  }
  const { idKey } = policy.model
  return idParameters.length === 1 ? values : { [idKey.name]: values }
}

/** The same id column by column, as a compound one stands below its joined name. */
export function idParts({ policy: { model } }: Resource, id: Row): Row {
  return model.id.length === 1 ? id : (id[model.idKey.name] as Row)
}

/** Postgres stores neither NUL nor half a character. */
function isStorable(text: string): boolean {
  return text !== '' && text.isWellFormed() && !text.includes('\0')
}
