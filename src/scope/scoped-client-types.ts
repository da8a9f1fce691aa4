import type { Types } from '@prisma/client/runtime/client'
import type { ExplainOptions, Explanation } from '../policy/explain.js'
import type { Operation } from '../policy/operation.js'
import type { StampedColumns } from '../policy/stamped-columns.js'

/**
 * What a caller's code gets instead of the Prisma client `P`: its models, each with the methods we hold to the rules,
 * `$transaction` and `$explain`. Arguments and results are Prisma's own types, with three differences:
 *
 * - a related row can be hidden from the caller, so a required relation to one row may be `null` as well;
 * - what the run time refuses of the arguments of a method does not compile;
 * - unknown fields do not compile at any depth.
 *
 * @typeParam Stamped the columns that a create fills with the caller where he leaves them out, by model
 */
export type ScopedClient<P, Stamped extends StampedColumns = StampedColumns> = ScopedTransaction<
  P,
  Stamped
> & {
  /** All of the calls in one transaction, or a function that is given a scoped client of its own. */
  $transaction<T>(
    work: (tx: ScopedTransaction<P, Stamped>) => Promise<T>,
    options?: TransactionOptions,
  ): Promise<T>
  $transaction<const T extends readonly Types.Public.PrismaPromise<unknown>[]>(
    calls: T,
    options?: Pick<TransactionOptions, 'isolationLevel'>,
  ): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }>
}

/** The scoped client that the function form of `$transaction` is given. */
export type ScopedTransaction<P, Stamped extends StampedColumns = StampedColumns> = {
  readonly [K in ModelKey<P>]: P[K] extends Delegate ? ScopedModel<P[K], Stamped, OmittedBy<P>> : never
} & {
  /**
   * Why the caller may or may not do something, rule by rule; no database is asked.
   *
   * @param row the stored row, or for create the row as it would be stored; without one, what can be said of any row
   * @example mine.$explain('update', 'Post', row).allowed
   */
  $explain(
    operation: Operation,
    model: ModelName<P>,
    row?: Readonly<Record<string, unknown>>,
    options?: ExplainOptions,
  ): Explanation
}

export interface TransactionOptions {
  /** Milliseconds to wait for a connection. */
  readonly maxWait?: number
  /** Milliseconds the whole transaction may take. */
  readonly timeout?: number
  readonly isolationLevel?: 'ReadUncommitted' | 'ReadCommitted' | 'RepeatableRead' | 'Serializable'
}

/** The methods of a model on the scoped client. */
export type Method =
  | 'findUnique'
  | 'findUniqueOrThrow'
  | 'findFirst'
  | 'findFirstOrThrow'
  | 'findMany'
  | 'count'
  | 'aggregate'
  | 'groupBy'
  | 'create'
  | 'createMany'
  | 'createManyAndReturn'
  | 'update'
  | 'updateMany'
  | 'updateManyAndReturn'
  | 'upsert'
  | 'delete'
  | 'deleteMany'

/** What is known to be stamped in rows of a model. */
type StampedIn<Stamped extends StampedColumns, Model extends string> = string extends keyof Stamped
  ? never
  : Model extends keyof Stamped
    ? Stamped[Model]
    : never

/** What every model of a Prisma client carries for types alone: here a library finds what was generated. */
interface Delegate {
  readonly [K: symbol]: { readonly types: { readonly payload: Types.Payload; readonly operations: object } }
}
type PayloadOf<D extends Delegate> = D[symbol]['types']['payload']

/** The properties of a client that are models; what begins with `$` is not looked at, which saves time. */
type ModelKey<P> = keyof {
  [K in keyof P as K extends `$${string}` | symbol ? never : P[K] extends Delegate ? K : never]: never
}

type ModelName<P> = {
  [K in ModelKey<P>]: P[K] extends Delegate ? PayloadOf<P[K]>['name'] : never
}[ModelKey<P>]

/** The fields that the client was told to omit everywhere; its `$extends` is where their types are kept. */
type OmittedBy<P> = P extends { readonly $extends: ExtendsHook<infer Models> }
  ? Models['globalOmitOptions']
  : unknown
type ExtendsHook<Models extends Types.Extensions.TypeMapDef> = Types.Extensions.ExtendsHook<
  'extends',
  Types.Extensions.TypeMapCbDef,
  Types.Extensions.InternalArgs,
  Models
>

/** Mapped from the delegate itself, so that an editor shows what Prisma says about each method. */
export type ScopedModel<D extends Delegate, Stamped extends StampedColumns, Omitted> = {
  readonly [M in keyof D as Extract<M, Method>]: M extends 'aggregate' | 'groupBy'
    ? // They reach no other model, and Prisma's signatures relate their parts in ways of their own.
      D[M]
    : M extends Method
      ? Call<
          M,
          Accepted<D, M, StampedIn<Stamped, PayloadOf<D>['name']>>,
          VisiblePayload<PayloadOf<D>>,
          Omitted
        >
      : never
}

type Call<M extends Method, Args, Payload extends Types.Payload, Omitted> =
  Partial<Args> extends Args
    ? <A extends Args>(args?: Sent<A, Args>) => Answer<M, A, Payload, Omitted>
    : <A extends Args>(args: Sent<A, Args>) => Answer<M, A, Payload, Omitted>

type Answer<M extends Method, A, Payload extends Types.Payload, Omitted> = Types.Public.PrismaPromise<
  Types.Result.GetResult<Payload, A, M, Omitted>
>

/** The arguments as they were sent: nothing unknown at any depth, and one way only to say which fields are wanted. */
type Sent<A, Args> = KnownArgs<A, Args> &
  (A extends { select: object; include: object }
    ? 'choose select or include'
    : A extends { select: object; omit: object }
      ? 'choose select or omit'
      : unknown)

/**
 * Prisma's `Exact`, but for an object that is empty: there the whole type stands, so that an editor whose user has
 * just typed `{` can say what goes in.
 */
export type KnownArgs<A, W> =
  | (A extends unknown
      ? W extends A
        ? [keyof A] extends [never]
          ? W
          : { [K in keyof A]: KnownArgs<A[K], K extends keyof W ? W[K] : never> }
        : W
      : never)
  | (A extends Types.Utils.Narrowable ? A : never)

/**
 * Prisma's arguments without what is refused: how relations are loaded is not the caller's choice, and rows of a mass
 * write with a `limit` are looked up first and written later.
 */
type Accepted<D extends Delegate, M extends Method, Column extends string> = {
  [K in keyof ArgsOf<D, M> as Exclude<K, 'limit' | 'relationLoadStrategy'>]: K extends NewRow<M>
    ? Unstamped<ArgsOf<D, M>[K], Column>
    : ArgsOf<D, M>[K]
}

type ArgsOf<D extends Delegate, M extends Method> =
  D[symbol]['types']['operations'] extends Readonly<Record<M, { args: infer A }>> ? A : never

/** The argument that holds new rows. */
type NewRow<M extends Method> = M extends 'create' | 'createMany' | 'createManyAndReturn'
  ? 'data'
  : M extends 'upsert'
    ? 'create'
    : never

/** A new row, or several, in which these columns may be left out. */
type Unstamped<Row, Column extends string> = [Column] extends [never]
  ? Row
  : Row extends readonly (infer One)[]
    ? Unstamped<One, Column>[]
    : { [K in keyof Row as Exclude<K, Column>]: Row[K] } & { [K in keyof Row as Extract<K, Column>]?: Row[K] }

/** What Prisma knows of a model, with every related row, at any depth, as one that may not be there. */
export type VisiblePayload<P extends Types.Payload> = {
  name: P['name']
  scalars: P['scalars']
  composites: P['composites']
  objects: {
    [K in keyof P['objects']]: P['objects'][K] extends (infer Many extends Types.Payload)[]
      ? VisiblePayload<Many>[]
      : P['objects'][K] extends (infer One extends Types.Payload) | null
        ? VisiblePayload<One> | null
        : never
  }
}
