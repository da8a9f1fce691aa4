import type { Model } from '../catalog/model.js'
import type { Principal } from '../claims/principal.js'
import type { Row, Transact } from './call.js'
import type { TransactOnce } from './perform-once.js'

/** One caller at work, within the caller's share of the connections. */
export interface Session {
  /** The scoped client. */
  readonly client: object
  /** A page of the rows of a model that the caller may list. */
  readonly page: (model: Model, args: Row) => Promise<readonly Row[]>
  readonly transact: Transact
  readonly transactOnce: TransactOnce
}

/** @param shareKey whose share it is: of guests an address has one */
export type SessionFor = (principal: Principal, shareKey: string) => Session
