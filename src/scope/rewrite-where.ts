import type { Column, Relation } from '../catalog/model.js'
import { fieldScope, isOpenOnEveryRow, type Allowed } from '../policy/decide.js'
import { none } from '../policy/scope.js'
import { outsideToWhere, scopeToWhere, type Where } from '../policy/scope-to-where.js'
import { anyColumn } from './any-column.js'
import type { Caller } from './caller.js'
import { condition } from './condition.js'
import { hop, type Hop } from './reading.js'
import { scopeWhere } from './scope-where.js'
import { isPlainObject, plainObject, unsupported } from './unsupported.js'

/**
 * Rewrites a caller's `where` so that it sees only what he may read: a copy, never the input.
 *
 * Negation is pushed down to the leaves first (De Morgan holds in SQL's three-valued logic), then the scope of a
 * field that is hidden on some rows joins at its leaf, outside the negation: a hidden value makes its leaf false in
 * both polarities. No scope ever stands under a NOT.
 *
 * @throws {ClaimstakeError} `UNSUPPORTED_ARGUMENT` for a field he can never read, exactly as for one that does not
 *   exist, and for whatever is not recognised
 */
export function rewriteWhere(caller: Caller, decision: Allowed, where: unknown, negated = false): Where {
  return rewrite({ caller, decision }, plainObject(where, 'where'), negated)
}

/** Whose rows a part of a `where` is about, and who asks. */
interface Asking {
  readonly caller: Caller
  readonly decision: Allowed
}

function rewrite(asking: Asking, where: Where, negated: boolean): Where {
  const parts = Object.entries(where).map(([key, value]): Where => {
    if (value === undefined) throw unsupported(`undefined for "${key}" in where`)
    if (key === 'AND') return join(asking.decision, members(asking, value, negated), negated)
    if (key === 'OR') return join(asking.decision, members(asking, value, negated), !negated)
    // NOT of a list means that none of its members holds.
    if (key === 'NOT') return join(asking.decision, members(asking, value, !negated), negated)
    if (asking.decision.policy.model.relations.has(key)) return related(asking, key, value, negated)
    return leaf(asking.decision, key, value, negated)
  })
  return join(asking.decision, parts, negated)
}

function members(asking: Asking, value: unknown, negated: boolean): Where[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value]
  return list.map((member) => rewrite(asking, plainObject(member, 'a condition in where'), negated))
}

function join(decision: Allowed, parts: readonly Where[], disjunct: boolean): Where {
  if (!disjunct) return { AND: parts }
  // Prisma reads an empty OR as everything where it stands inside AND; it means nothing.
  return parts.length > 0 ? { OR: parts } : scopeToWhere(none, anyColumn(decision.policy))
}

function leaf(decision: Allowed, key: string, value: unknown, negated: boolean): Where {
  const column = readableColumn(decision, key, 'where')
  const test = { [key]: condition(column, value) }
  const polar = negated ? { NOT: test } : test
  if (isOpenOnEveryRow(decision, key)) return polar
  return { AND: [scopeWhere(fieldScope(decision, key), anyColumn(decision.policy)), polar] }
}

/**
 * A condition on related rows: each is looked for among those the related model's rules let the caller list, so that
 * a hidden row is as if absent. A negation is written out here too: no scope comes to stand under it.
 */
function related(asking: Asking, name: string, value: unknown, negated: boolean): Where {
  const relation = asking.decision.policy.model.relations.get(name)
  const step = relation && hop(asking.caller, asking.decision, relation, 'list')
  if (!step?.decision || step.here.kind === 'none') throw unsupported(`the field "${name}" in where`)
  const side = { name, step, asking: { caller: asking.caller, decision: step.decision } }
  const tests = relation?.list ? manyTests(side, value, negated) : oneTests(side, relation, value, negated)
  const test = join(asking.decision, tests, negated)
  if (step.here.kind === 'all') return test
  return { AND: [scopeWhere(step.here, anyColumn(asking.decision.policy)), test] }
}

interface Side {
  readonly name: string
  readonly step: Hop
  /** The caller, asking about the related rows. */
  readonly asking: Asking
}

/** Among the related rows he may list, those that a condition holds for, or does not. */
function amongVisible({ step, asking }: Side, where: unknown, negated: boolean): Where {
  const scope = scopeWhere(step.there, anyColumn(asking.decision.policy))
  return { AND: [scope, rewrite(asking, plainObject(where, 'a relation filter'), negated)] }
}

function manyTests(side: Side, value: unknown, negated: boolean): Where[] {
  return Object.entries(plainObject(value, `the filter of "${side.name}"`)).map(([quantifier, where]) => {
    const is = (key: 'some' | 'none', condition: Where): Where => ({ [side.name]: { [key]: condition } })
    if (quantifier === 'some') return is(negated ? 'none' : 'some', amongVisible(side, where, false))
    if (quantifier === 'none') return is(negated ? 'some' : 'none', amongVisible(side, where, false))
    if (quantifier === 'every') return is(negated ? 'some' : 'none', amongVisible(side, where, true))
    throw unsupported(`"${quantifier}" on "${side.name}" in where`)
  })
}

function oneTests(side: Side, relation: Relation | undefined, value: unknown, negated: boolean): Where[] {
  const shape = value === null || !isPlainObject(value) ? undefined : Object.keys(value)
  const isFilter =
    shape !== undefined && shape.length > 0 && shape.every((key) => key === 'is' || key === 'isNot')
  // An empty object says nothing, as with Prisma; an empty `is` asks for a row.
  if (shape?.length === 0) return []
  const filters = isFilter ? Object.entries(value as Where) : [['is', value] as const]
  return filters.map(([key, where]): Where => {
    const flipped = (key === 'isNot') !== negated
    if (where !== null) {
      const found = { [side.name]: { is: amongVisible(side, where, flipped) } }
      return flipped ? { OR: [...absent(side), found] } : found
    }
    // The side that holds the foreign key asks whether there is one; the other, whether there is a row to be seen.
    if (relation && relation.from.length > 0) return { [side.name]: { [flipped ? 'isNot' : 'is']: null } }
    return flipped ? { [side.name]: { is: amongVisible(side, {}, false) } } : { OR: absent(side) }
  })
}

/** No related row, or one that he may not list. */
function absent({ name, step }: Side): Where[] {
  return [{ [name]: { isNot: {} } }, { [name]: { is: outsideToWhere(step.there, step.model) } }]
}

/**
 * A column the caller may name, because he can read it on some row at least. An unknown field, a relation and a
 * hidden field are refused alike, before any value is looked at.
 */
export function readableColumn(decision: Allowed, name: string, where: string): Column {
  const column = decision.policy.model.columns.get(name)
  if (!column || fieldScope(decision, name).kind === 'none')
    throw unsupported(`the field "${name}" in ${where}`)
  return column
}
