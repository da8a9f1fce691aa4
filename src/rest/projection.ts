import type { Row } from './call.js'
import type { Resource } from './resource.js'
import type { Inclusion, Shape } from './shape.js'

/**
 * What to ask the scoped client for so that rows can be answered in a shape: `select` where fields are named, else
 * `include`. Rows that a row refers to come with it; lists of related rows are loaded afterwards ({@link expand}), so
 * what leads to them is asked for.
 *
 * @param also columns that are needed whether they are answered or not
 */
export function projectionOf({ policy }: Resource, shape: Shape, also: readonly string[] = []): Row {
  const single = shape.include.filter(({ to }) => !to.relation.list)
  const rows = Object.fromEntries(single.map((inclusion) => [inclusion.to.relation.field, oneOf(inclusion)]))
  if (!shape.fields) return single.length > 0 ? { include: rows } : {}
  const keys = shape.include.flatMap(keysTo)
  const columns = new Set([...policy.model.id.map(({ name }) => name), ...shape.fields, ...also, ...keys])
  return { select: { ...Object.fromEntries([...columns].map((name) => [name, true])), ...rows } }
}

/** The columns of a row by which a list of related rows is found. */
function keysTo({ to: { relation, target } }: Inclusion): readonly string[] {
  return relation.list ? (target.policy.model.relations.get(relation.inverse)?.to ?? []) : []
}

function oneOf({ to, include }: Inclusion): unknown {
  const projection = projectionOf(to.target, { fields: undefined, include })
  return Object.keys(projection).length > 0 ? projection : true
}
