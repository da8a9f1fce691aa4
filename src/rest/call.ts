import type { Principal } from '../claims/principal.js'
import type { Allowed } from '../policy/decide.js'
import type { Resource } from './resource.js'
import type { RestSettings } from './rest-settings.js'

/** A model's delegate on a scoped client, as REST uses it. */
export interface ScopedDelegate {
  create(args: unknown): Promise<Row>
  findUnique(args: unknown): Promise<Row | null>
  findMany(args: unknown): Promise<readonly Row[]>
  update(args: unknown): Promise<Row>
  delete(args: unknown): Promise<Row>
}

export type Row = Readonly<Record<string, unknown>>

/** A request as an operation sees it: plain data, and a client that is already scoped to the caller. */
export interface Call {
  readonly principal: Principal
  readonly resource: Resource
  readonly decision: Allowed
  /** The scoped delegate of the resource's model. */
  readonly rows: ScopedDelegate
  readonly id: Row
  readonly query: URLSearchParams
  readonly ifMatch: string | undefined
  readonly ifNoneMatch: string | undefined
  /** The body, read when it is asked for: after `decide`. */
  readonly body: () => Promise<unknown>
  /** The collection's path, as the caller wrote it. */
  readonly path: string
  readonly settings: RestSettings
}

/** What an operation answers; the router turns it into HTTP. */
export interface Answer {
  readonly status: 200 | 201 | 204 | 304
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}
