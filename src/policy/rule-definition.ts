import type { Provider } from '../claims/principal.js'
import type { RuleOperation } from './operation.js'

/** How a rule recognises a caller. */
export type Strategy = 'owner' | 'group' | 'authenticated' | 'guest' | 'publicApiKey' | 'custom'

/** A rule as it was written: plain data, checked when the policy is compiled. */
export interface RuleDefinition {
  readonly strategy: Strategy
  readonly provider?: Provider | undefined
  /** The column that holds owners or groups; absent for a rule that looks at no row. */
  readonly column?: string
  /** Whether that column must be a list. */
  readonly list?: boolean
  /** The names of a static group rule. */
  readonly groups?: readonly string[]
  /** Claim path of the identity or the groups, when the rule names one. */
  readonly claim?: string
  readonly separator?: string | undefined
  readonly operations?: readonly RuleOperation[]
  readonly transferable?: boolean
}

/** A rule under construction or done. `C` remembers in the type which columns it needs. */
export interface RuleOf<C extends ColumnNeed = never> {
  readonly definition: RuleDefinition
  /** Never set: it carries the column names to the type checker; in a tuple, so that none is not mistaken for any. */
  readonly needs?: readonly [C]
}

/** A column a rule reads, whether it must be a list, and whether a create that leaves it out puts the caller there. */
export interface ColumnNeed {
  readonly column: string
  readonly list: boolean
  readonly stamped: boolean
}

/** A column a rule reads as one value. */
export interface ScalarColumn<F extends string, Stamped extends boolean = false> extends ColumnNeed {
  readonly column: F
  readonly list: false
  readonly stamped: Stamped
}

/** A column a rule reads as a list. */
export interface ListColumn<F extends string> extends ColumnNeed {
  readonly column: F
  readonly list: true
  /** Nobody has to send a list, so that none needs to be remembered as stamped. */
  readonly stamped: false
}
