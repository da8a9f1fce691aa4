import type { Column } from '../catalog/model.js'
import type { ClaimPath, IdentityPath } from '../claims/claim-path.js'
import type { Provider } from '../claims/principal.js'
import type { Operation } from './operation.js'
import type { Strategy } from './rule-definition.js'

/** A compiled rule: names resolved, claim paths parsed, words expanded. */
export interface Rule {
  /** How messages name it: `owner() on "owner"`. */
  readonly label: string
  readonly strategy: Strategy
  /** How callers proved themselves whom it can apply to. */
  readonly providers: readonly Provider[]
  readonly operations: ReadonlySet<Operation>
  /** The column that holds owners or groups. */
  readonly column: Column | undefined
  /** The names of a static group rule. */
  readonly groups: ReadonlySet<string> | undefined
  readonly identityPath: IdentityPath | undefined
  readonly groupPath: ClaimPath | undefined
  readonly separator: string | undefined
  readonly transferable: boolean
}

/** A rule that looks at a column of the row. */
export interface DynamicRule extends Rule {
  readonly column: Column
}
