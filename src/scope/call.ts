import type { Model } from '../catalog/model.js'
import type { Caller } from './caller.js'
import { perform } from './perform.js'
import type { PlanCall } from './plan-call.js'
import type { Plan, Script } from './plan.js'
import { snapshot } from './snapshot.js'
import type { Unscoped } from './unscoped.js'

/** Which method of which model, for whom, over which client. */
interface Asked {
  readonly caller: Caller
  readonly model: Model
  readonly planCall: PlanCall
  readonly unscoped: Unscoped
}

/**
 * A call of the scoped client: a promise whose work starts when it is first awaited, and once only, as Prisma's do.
 * What it does lies in private fields, so none can be made that was not asked for here.
 */
export class Call implements Promise<unknown> {
  readonly #asked: Asked
  readonly #args: unknown
  readonly #failure: { readonly error: Error } | undefined
  #running: Promise<unknown> | undefined

  constructor(asked: Asked, input: unknown) {
    this.#asked = asked
    try {
      this.#args = snapshot(input)
    } catch (error) {
      // Said when the call is awaited, as every other failure of it.
      this.#failure = { error: error as Error }
    }
    Object.freeze(this)
  }

  /** The plan of a call made here, over this client; `undefined` for anything else. */
  static planOf(value: unknown, unscoped: Unscoped): Plan | Script | undefined {
    const isCall = typeof value === 'object' && value !== null && #asked in value
    return isCall && value.#asked.unscoped === unscoped ? value.#plan() : undefined
  }

  #plan(): Plan | Script {
    if (this.#failure) throw this.#failure.error
    const { caller, model, planCall } = this.#asked
    return planCall(caller, model, this.#args)
  }

  #run(): Promise<unknown> {
    const { inTurn } = this.#asked.unscoped
    return (this.#running ??= inTurn ? inTurn(() => this.#perform()) : this.#perform())
  }

  #perform(): Promise<unknown> {
    try {
      return perform(this.#asked.caller, this.#plan(), this.#asked.unscoped)
    } catch (thrown) {
      const error = thrown as Error
      return Promise.reject(error)
    }
  }

  then<Done = unknown, Failed = never>(
    done?: ((value: unknown) => Done | PromiseLike<Done>) | null,
    failed?: ((reason: unknown) => Failed | PromiseLike<Failed>) | null,
  ): Promise<Done | Failed> {
    return this.#run().then(done, failed)
  }

  catch<Failed = never>(
    failed?: ((reason: unknown) => Failed | PromiseLike<Failed>) | null,
  ): Promise<unknown> {
    return this.#run().catch(failed)
  }

  finally(done?: (() => void) | null): Promise<unknown> {
    return this.#run().finally(done)
  }

  /** The name Prisma gives its own promises: what code that tells them apart looks at. */
  get [Symbol.toStringTag](): 'PrismaPromise' {
    return 'PrismaPromise'
  }
}

// Whoever has a call has its prototype, and must find no way from there to make another.
Reflect.deleteProperty(Call.prototype, 'constructor')
Object.freeze(Call.prototype)
