import type { Model } from '../catalog/model.js'
import type { ClaimstakeError } from '../errors.js'
import type { Cursor } from './reading.js'
import type { Unscoped } from './unscoped.js'
import type { Row } from './row.js'

/** The rows a write points at by foreign key: the caller must be able to get every one of them. */
export interface Reference {
  readonly model: Model
  readonly relation: string
  /** The foreign-key fields, for the error. */
  readonly fields: readonly string[]
  /** The referenced columns with the values sent, one entry per row. */
  readonly keys: readonly Row[]
}

/** A call that takes several statements: they run in one transaction, all or none. */
export interface Script {
  readonly model: Model
  readonly method: string
  /** What makes it several, for the array form of `$transaction`, which cannot take it. */
  readonly because: string
  readonly run: (tx: Unscoped) => Promise<unknown>
  /** Whether after this failure, with all of it undone, a second try may do better. */
  readonly isWorthRepeating?: (error: unknown) => boolean
}

/** A call of the scoped client, turned into one statement that cannot reach past the rules. Pure data. */
export interface Plan {
  readonly model: Model
  readonly method: string
  readonly args: Readonly<Record<string, unknown>>
  /** What the caller gets to see of the statement's result. */
  readonly finish: (result: unknown) => unknown
  /** Rows to lock and look up first, in the same transaction. */
  readonly references: readonly Reference[]
  /** Rows to look up first, under the scope: where lists are to begin. */
  readonly cursors?: readonly Cursor[]
  /** The same call, those of its cursors known to be missing. */
  readonly without?: (missing: ReadonlySet<unknown>) => Plan
  /** For a guarded write that hit no row: another one to try before giving up. */
  readonly otherwise?: Plan | undefined
  /** For a guarded write that hit no row: finds the stored row if the caller may get it, and says why not. */
  readonly miss?: () => Miss | undefined
}

export interface Miss {
  /** The findUnique that finds the row under the caller's `get` scope. */
  readonly args: Readonly<Record<string, unknown>>
  /** The refusal, where the row itself is why; `undefined` where it now would be accepted. */
  readonly refusal: (row: Row) => ClaimstakeError | undefined
}
