import type { Model, Relation } from '../catalog/model.js'
import type { Principal } from '../claims/principal.js'
import { decide, fieldScope, isOpenOnEveryRow, type Allowed } from '../policy/decide.js'
import type { Policy } from '../policy/policy.js'
import { all, allOf, type Scope } from '../policy/scope.js'
import type { Where } from '../policy/scope-to-where.js'
import { policyAcross, type Caller } from './caller.js'

/** A row that a page is to begin at: looked up before, under the scope, and a hidden one is a missing one. */
export interface Cursor {
  readonly model: Model
  readonly where: Where
  /** The caller's own object, by which it is known again. */
  readonly sent: unknown
}

/** What is known while the arguments of one call are rewritten. */
export interface Reading {
  readonly caller: Caller
  /** The cursors found on the way. */
  readonly cursors: Cursor[]
  /** Those of them that turned out to be missing. */
  readonly missing: ReadonlySet<unknown>
}

/** A step from one model to a related one, as far as this caller can take it. */
export interface Hop {
  readonly model: Model
  /** `undefined`: he may not see any row there. */
  readonly decision: Allowed | undefined
  /** The rows on this side whose key he may read: without it, whom it leads to would tell its value. */
  readonly here: Scope
  /** The related rows he may see, by their own rules and those of the key on that side. */
  readonly there: Scope
}

/** Where a relation leads for this caller, under the related model's own rules. */
export function hop(caller: Caller, from: Allowed, relation: Relation, operation: 'get' | 'list'): Hop {
  return hopTo(policyAcross(caller, relation), caller.principal, from, relation, operation)
}

/** The same, where the related model's policy is at hand. */
export function hopTo(
  policy: Policy,
  principal: Principal,
  from: Allowed,
  relation: Relation,
  operation: 'get' | 'list',
): Hop {
  const { from: keys, to, inverse } = relation
  const { model } = policy
  const decided = decide(policy, principal, operation)
  const theirs = model.relations.get(inverse)
  const ours = [...keys, ...(theirs?.to ?? [])]
  const here = allOf(ours.filter((key) => !isOpenOnEveryRow(from, key)).map((key) => fieldScope(from, key)))
  if (!decided.allowed) return { model, decision: undefined, here, there: all }
  const theirKeys = [...(theirs?.from ?? []), ...to]
  const there = allOf([decided.scope, ...theirKeys.map((key) => fieldScope(decided, key))])
  return { model, decision: there.kind === 'none' ? undefined : decided, here, there }
}
