import type { Relation } from '../catalog/model.js'
import { isPlainObject, plainObject, unsupported } from './unsupported.js'

/**
 * How a kind of nested write over a relation is done.
 *
 * @throws {ClaimstakeError} `UNSUPPORTED_ARGUMENT` for one that is not known, or that a new row has no use for
 */
export function wayOf<Way>(
  ways: Readonly<Record<string, Way>>,
  kind: string,
  relation: Relation,
  method: 'create' | 'update',
): Way {
  const way = Object.hasOwn(ways, kind) ? ways[kind] : undefined
  if (!way || (method === 'create' && !whenCreating.has(kind)))
    throw unsupported(`"${kind}" of "${relation.field}" in data`)
  return way
}

const whenCreating: ReadonlySet<string> = new Set(['create', 'createMany', 'connect', 'connectOrCreate'])

/** The two forms of a nested update of one row. */
export function oneUpdate(item: unknown): { readonly where: unknown; readonly data: unknown } {
  const given = plainObject(item, 'update')
  const isWrapped =
    isPlainObject(given['data']) && Object.keys(given).every((key) => key === 'data' || key === 'where')
  return isWrapped ? { where: given['where'] ?? true, data: given['data'] } : { where: true, data: given }
}
