import type { Model } from '../catalog/model.js'
import type { Work } from './shares.js'
import type { Row } from './row.js'
import { withinLimit } from './value-limit.js'

/** A bare Prisma client, or a transaction of one. Only `scope/` ever holds it. */
export interface Unscoped {
  /** As loosely typed as any generated client fits. */
  readonly client: object
  readonly isTransaction: boolean
  /**
   * Runs what takes a connection when it is the caller's turn. A transaction has none: it holds its connection, and must
   * not wait for another turn.
   */
  readonly inShare?: <T>(work: Work<T>) => Promise<T>
  /** In a transaction: runs one call after the other, so that one can be undone without the others. */
  readonly inTurn?: <T>(call: () => Promise<T>) => Promise<T>
  /**
   * In a transaction that checks the rows its foreign keys refer to once more when it is about to end: those checks, one
   * for each row. Without it they are locked as they are met, and so for as long as the transaction goes on.
   */
  readonly lastChecks?: Map<string, () => Promise<void>>
}

type Delegate = Readonly<Record<string, (args: unknown) => Promise<unknown>>>

interface Transacting {
  $transaction(
    work: ((tx: object) => Promise<unknown>) | readonly unknown[],
    options?: unknown,
  ): Promise<unknown>
}

interface Raw {
  $executeRawUnsafe(sql: string): Promise<unknown>
  $queryRawUnsafe(sql: string, ...values: readonly unknown[]): Promise<unknown>
}

// Prisma's argument types are generic over the generated client, which this library never imports: the casts in this
// file are the seam.

/**
 * Runs one statement on one model.
 *
 * @throws {ClaimstakeError} `UNSUPPORTED_ARGUMENT` where it has more values than one statement takes
 */
export function statement(unscoped: Unscoped, model: Model, method: string, args: Row): Promise<unknown> {
  const prepared = prepare(unscoped, model, method, args)
  return unscoped.inShare ? unscoped.inShare(() => prepared) : prepared
}

/** The promise of one statement on one model, likewise; nothing is sent before it is awaited. */
export function prepare(unscoped: Unscoped, model: Model, method: string, args: Row): Promise<unknown> {
  const call = (unscoped.client as Readonly<Record<string, Delegate>>)[model.delegate]?.[method]
  if (!call)
    throw new TypeError(
      `the Prisma client has no ${model.delegate}.${method}; is it generated from the same schema?`,
    )
  return call(withinLimit(args))
}

/** Runs work in a transaction: a new one, or the one `unscoped` already is. */
export function inTransaction<T>(
  unscoped: Unscoped,
  work: (tx: Unscoped) => Promise<T>,
  options?: unknown,
): Promise<T> {
  if (unscoped.isTransaction) return work(unscoped)
  return taken(unscoped, (mustBeInTime) => {
    const inside = async (client: object) => {
      mustBeInTime()
      const result = await work({ client, isTransaction: true, inTurn: turns() })
      mustBeInTime()
      return result
    }
    return (unscoped.client as Transacting).$transaction(inside, options) as Promise<T>
  })
}

function taken<T>({ inShare }: Unscoped, work: Work<T>): Promise<T> {
  return inShare ? inShare(work) : work(() => undefined)
}

/**
 * Runs the statements of one call, all or none: in a transaction of its own, or, within the caller's, up to a
 * savepoint, so that a caller who catches the error and goes on does not commit half of it.
 */
export async function allOrNone<T>(unscoped: Unscoped, work: (tx: Unscoped) => Promise<T>): Promise<T> {
  if (!unscoped.isTransaction) return inTransaction(unscoped, work)
  await execute(unscoped, 'SAVEPOINT claimstake')
  try {
    const result = await work(unscoped)
    await execute(unscoped, 'RELEASE SAVEPOINT claimstake')
    return result
  } catch (error) {
    // A transaction that is over has nothing left to undo; what went wrong first is what the caller hears.
    await execute(unscoped, 'ROLLBACK TO SAVEPOINT claimstake').catch(() => undefined)
    throw error
  }
}

/** A queue: each call begins when the one before it has ended, however it ended. */
function turns(): <T>(call: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (call) => {
    const turn = last.then(call)
    last = turn.catch(() => undefined)
    return turn
  }
}

/** Runs prepared statements as one transaction. */
export function inBatch(
  unscoped: Unscoped,
  statements: readonly unknown[],
  options?: unknown,
): Promise<readonly unknown[]> {
  const run = () =>
    (unscoped.client as Transacting).$transaction(statements, options) as Promise<readonly unknown[]>
  return taken(unscoped, run)
}

/** Runs SQL of our own making, its values bound. */
export function sql(unscoped: Unscoped, text: string, values: readonly unknown[]): Promise<unknown> {
  return (unscoped.client as Raw).$queryRawUnsafe(text, ...values)
}

function execute(unscoped: Unscoped, text: string): Promise<unknown> {
  return (unscoped.client as Raw).$executeRawUnsafe(text)
}
