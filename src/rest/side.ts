import type { Column } from '../catalog/model.js'
import type { Principal } from '../claims/principal.js'
import type { Allowed } from '../policy/decide.js'
import type { Where } from '../policy/scope-to-where.js'
import { anyColumn } from '../scope/any-column.js'
import { hopTo } from '../scope/reading.js'
import { operatorOf, type OperatorName } from './operators.js'
import { compositeOwners, storedForms } from './owner-value.js'
import type { RelatedResource, Resource } from './resource.js'

/** Whose rows a condition is about, and who asks. A call is one, about the rows of its resource. */
export interface Side {
  readonly resource: Resource
  /** What the caller may list there. */
  readonly decision: Allowed
  readonly principal: Principal
}

/** The related rows as the same caller may ask about them; `undefined` where he may not, as if there were no relation. */
export function sideAcross(side: Side, { relation, target }: RelatedResource): Side | undefined {
  const { decision, here } = hopTo(target.policy, side.principal, side.decision, relation, 'list')
  if (!decision || here.kind === 'none') return undefined
  return { resource: target, decision, principal: side.principal }
}

/** Whether the caller may ask about a column with an operator: none that looks into a part which he is not shown. */
export function asks({ resource, principal }: Side, column: Column, operator: OperatorName): boolean {
  const isPartly = () => compositeOwners(resource.policy, principal).has(column.name)
  return operatorOf(operator).looksInside !== true || !isPartly()
}

/** One test of a column as Prisma's `where`. */
export function testOf(
  { resource, principal }: Side,
  column: Column,
  name: OperatorName,
  values: readonly unknown[],
): Where {
  const operator = operatorOf(name)
  const stored = operator.knowsOwners
    ? values.flatMap((value) => storedForms(resource.policy, principal, column, value))
    : values
  return operator.toWhere(column, stored, anyColumn(resource.policy))
}
