import { Call } from './call.js'
import type { Caller } from './caller.js'
import { oneStatement } from './one-statement.js'
import { planCallOf } from './plan-call.js'
import type { Plan } from './plan.js'
import { snapshot } from './snapshot.js'
import { argumentsOf, unsupported } from './unsupported.js'
import { inBatch, inTransaction, prepare, type Unscoped } from './unscoped.js'

export type { ScopedClient } from './scoped-client-types.js'

type Name = string | symbol

/** Builds the scoped client of one caller over a bare client or a transaction. */
export function scopedClient(caller: Caller, unscoped: Unscoped): object {
  return sealed('', (name) => {
    if (name === '$transaction' && !unscoped.isTransaction) return transaction(caller, unscoped)
    if (name === '$explain') return Object.freeze(caller.explain)
    const model = typeof name === 'string' ? caller.delegates.get(name) : undefined
    if (!model) return undefined
    return sealed(` of ${model.name}`, (method) => {
      const planCall = typeof method === 'string' ? planCallOf(method) : undefined
      if (!planCall) return undefined
      const asked = { caller, model, planCall, unscoped }
      return Object.freeze((input?: unknown) => new Call(asked, input))
    })
  })
}

const transactionOptions = ['maxWait', 'timeout', 'isolationLevel']

function transaction(caller: Caller, unscoped: Unscoped) {
  return Object.freeze(async (work: unknown, options?: unknown): Promise<unknown> => {
    const settings = argumentsOf(snapshot(options), transactionOptions, '$transaction')
    if (typeof work === 'function') {
      const run = work as (tx: object) => Promise<unknown>
      return inTransaction(unscoped, (tx) => run(scopedClient(caller, tx)), settings)
    }
    if (!Array.isArray(work))
      throw unsupported('anything but a function or a list of its own calls in $transaction')
    const batch = Array.from({ length: work.length }, (_, at) => singleStatement(work[at], unscoped))
    const results = await inBatch(
      unscoped,
      batch.map(({ model, method, args }) => prepare(unscoped, model, method, args)),
      settings,
    )
    return batch.map((plan, at) => plan.finish(results[at]))
  })
}

function singleStatement(value: unknown, unscoped: Unscoped): Plan {
  const plan = Call.planOf(value, unscoped)
  if (!plan) throw unsupported('a promise that is not a call of its own in $transaction')
  return oneStatement(plan, 'the array form of $transaction; use the function form')
}

/** An object with no properties but those `find` answers, each built on first use; it cannot be changed. */
function sealed(owner: string, find: (name: Name) => unknown): object {
  const known = new Map<Name, unknown>()
  return new Proxy(Object.freeze(Object.create(null) as object), {
    get(_, name) {
      // Awaiting or printing an object asks for these; the rest is a mistake worth naming.
      if (typeof name === 'symbol' || name === 'then' || name === 'toJSON') return undefined
      if (!known.has(name)) known.set(name, find(name))
      const value = known.get(name)
      if (value === undefined) throw unsupported(`"${name}"${owner}`)
      return value
    },
    has: (_, name) => typeof name === 'string' && find(name) !== undefined,
  })
}
