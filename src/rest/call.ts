import type { Model } from '../catalog/model.js'
import type { Principal } from '../claims/principal.js'
import type { Allowed } from '../policy/decide.js'
import type { RelatedResource, Resource } from './resource.js'
import type { RestSettings } from './rest-settings.js'

/** A model's delegate on a scoped client, as REST uses it. */
export interface ScopedDelegate {
  create(args: unknown): Promise<Row>
  findUnique(args: unknown): Promise<Row | null>
  findMany(args: unknown): Promise<readonly Row[]>
  count(args: unknown): Promise<number>
  update(args: unknown): Promise<Row>
  delete(args: unknown): Promise<Row>
}

export type Row = Readonly<Record<string, unknown>>

/** A caller's transaction, as REST uses it. */
export interface Transaction {
  /** The scoped client in it. */
  readonly client: object
  /** Locks a row against change until the end. It says nothing about whether there is such a row. */
  readonly lock: (model: Model, id: Row) => Promise<void>
}

/** Runs work in a transaction of the caller, all or nothing; within one that is open already, in that one. */
export type Transact = <T>(work: (tx: Transaction) => Promise<T>) => Promise<T>

/** A request as an operation sees it: plain data, and a client that is already scoped to the caller. */
export interface Call {
  readonly principal: Principal
  readonly resource: Resource
  readonly decision: Allowed
  /** The scoped client; {@link rowsOf} finds a model in it. */
  readonly client: object
  /** A page of the resource's rows: what `findMany` of the scoped client answers, read in the order of an index. */
  readonly page: (args: Row) => Promise<readonly Row[]>
  readonly transact: Transact
  /** The id in the path, as Prisma's `findUnique` takes it; empty for a collection. */
  readonly id: Row
  /** The relation in the path, where there is one. */
  readonly relation: RelatedResource | undefined
  readonly query: URLSearchParams
  readonly ifMatch: string | undefined
  readonly ifNoneMatch: string | undefined
  /** The `Idempotency-Key`, where it counts. */
  readonly idempotencyKey: string | undefined
  /** The body, read when it is first asked for: after `decide`. */
  readonly body: () => Promise<unknown>
  readonly method: string
  /** The path that was asked for, as the caller wrote it. */
  readonly path: string
  readonly settings: RestSettings
}

/** What an operation answers; the router turns it into HTTP. */
export interface Answer {
  readonly status: 200 | 201 | 204 | 304
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** The scoped rows of a resource's model. */
export function rowsOf(client: object, { policy }: Resource): ScopedDelegate {
  return (client as Readonly<Record<string, ScopedDelegate>>)[policy.model.delegate] as ScopedDelegate
}
