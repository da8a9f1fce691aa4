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
  /** Who a caller is, for what is kept for each caller: only ever the input of a digest or a seal. */
  readonly identityText: (principal: Principal) => string
}
