import type { Caller } from './caller.js'
import { oneStatement } from './one-statement.js'
import { planCallOf } from './plan-call.js'
import { snapshot } from './snapshot.js'
import { unsupported } from './unsupported.js'
import { withinLimit } from './value-limit.js'

/** A call on its way through Prisma's query extensions. `model` is absent for raw SQL. */
interface ExtendedCall {
  readonly model?: string
  readonly operation: string
  readonly args: unknown
  /** Goes on, to the database at last. Its argument has a type of its own for each operation. */
  readonly query: (args: never) => Promise<unknown>
}

/** What `$extends` takes: one place that every call of the client passes, raw SQL included. */
export interface OwnershipExtension {
  readonly name: string
  readonly query: { readonly $allOperations: (call: ExtendedCall) => Promise<unknown> }
}

/**
 * The thin form of the scoped client: each call is planned as there, and the plan's one statement takes the place of
 * the arguments that were sent.
 */
export function ownershipExtension(caller: Caller): OwnershipExtension {
  return {
    name: 'claimstake ownership',
    query: {
      $allOperations: async (call) => {
        const model = call.model === undefined ? undefined : caller.models.get(call.model)
        const planCall = planCallOf(call.operation)
        if (!model || !planCall) throw unsupported(`"${call.operation}" in an extended client`)
        // Prisma cuts the answer of post.findUnique(…).comments() to size before it comes here.
        if (isFluent(call)) throw unsupported('a relation as a method of a call; use select')
        const plan = oneStatement(
          planCall(caller, model, snapshot(call.args)),
          'an extended client; use db.as(principal)',
        )
        return plan.finish(await call.query(withinLimit(plan.args) as never))
      },
    },
  }
}

/** Whether only a part of the answer is asked for, which Prisma tells in a property it does not document. */
function isFluent(
  call: ExtendedCall & { readonly __internalParams?: { readonly dataPath?: unknown } },
): boolean {
  const path = call.__internalParams?.dataPath
  return Array.isArray(path) && path.length > 0
}
