import type { Model } from '../catalog/model.js'

/** A bare Prisma client, or a transaction of one. Only `scope/` ever holds it. */
export interface Unscoped {
  /** As loosely typed as any generated client fits. */
  readonly client: object
  readonly isTransaction: boolean
}

type Delegate = Readonly<Record<string, (args: unknown) => Promise<unknown>>>

interface Transacting {
  $transaction(
    work: ((tx: object) => Promise<unknown>) | readonly unknown[],
    options?: unknown,
  ): Promise<unknown>
}

interface Raw {
  $queryRawUnsafe(sql: string, ...values: readonly unknown[]): Promise<unknown>
}

// Prisma's argument types are generic over the generated client, which this library never imports: the casts in this
// file are the seam.

/** The promise of one statement on one model; nothing is sent before it is awaited. */
export function statement(unscoped: Unscoped, model: Model, method: string, args: unknown): Promise<unknown> {
  const call = (unscoped.client as Readonly<Record<string, Delegate>>)[model.delegate]?.[method]
  if (!call)
    throw new TypeError(
      `the Prisma client has no ${model.delegate}.${method}; is it generated from the same schema?`,
    )
  return call(args)
}

/** Runs work in a transaction: a new one, or the one `unscoped` already is. */
export function inTransaction<T>(
  unscoped: Unscoped,
  work: (tx: Unscoped) => Promise<T>,
  options?: unknown,
): Promise<T> {
  if (unscoped.isTransaction) return work(unscoped)
  const inside = (client: object) => work({ client, isTransaction: true })
  return (unscoped.client as Transacting).$transaction(inside, options) as Promise<T>
}

/** Runs prepared statements as one transaction. */
export function inBatch(
  unscoped: Unscoped,
  statements: readonly unknown[],
  options?: unknown,
): Promise<readonly unknown[]> {
  return (unscoped.client as Transacting).$transaction(statements, options) as Promise<readonly unknown[]>
}

/** Runs SQL of our own making, its values bound. */
export function sql(unscoped: Unscoped, text: string, values: readonly unknown[]): Promise<unknown> {
  return (unscoped.client as Raw).$queryRawUnsafe(text, ...values)
}
