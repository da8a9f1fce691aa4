import type { Principal } from '../claims/principal.js'
import type { Secrets } from './secrets.js'

/** What the operations of REST are given beside the rules. */
export interface RestSettings {
  /** Rows of a page unless the caller asks for fewer or more. Default: 20. */
  readonly pageSize: number
  /** Rows of a page at most. Default: 100. */
  readonly maxPageSize: number
  /** Bytes of a body at most. Default: 262,144. */
  readonly bodyLimit: number
  /** Seals cursors and ETags. */
  readonly secrets: Secrets
  /** The key of per-caller state: an HMAC over what the rules can see of a principal. */
  readonly principalKey: (principal: Principal) => string
}
