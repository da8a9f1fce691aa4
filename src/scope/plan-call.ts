import type { Model } from '../catalog/model.js'
import { policyOf, type Caller } from './caller.js'
import { methods, type Planner } from './methods.js'
import type { Plan, Script } from './plan.js'
import type { Cursor } from './reading.js'

/** Makes the plan of a call; `missing` are those of its cursors whose rows are known not to be there. */
export type PlanCall = (
  caller: Caller,
  model: Model,
  args: unknown,
  missing?: ReadonlySet<unknown>,
) => Plan | Script

const none: ReadonlySet<unknown> = new Set()

/** The planner of a method; `undefined` if there is no such method on the scoped client. */
export function planCallOf(method: string): PlanCall | undefined {
  if (!Object.hasOwn(methods, method)) return undefined
  const planner: Planner = methods[method as keyof typeof methods]
  const plan: PlanCall = (caller, model, args, missing = none) => {
    const cursors: Cursor[] = []
    const made = planner({ caller, cursors, missing }, policyOf(caller.policies, model), method, args)
    if ('run' in made || cursors.length === 0) return made
    return { ...made, cursors, without: (gone) => plan(caller, model, args, gone) as Plan }
  }
  return plan
}
