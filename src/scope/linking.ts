import type { Relation } from '../catalog/model.js'
import type { Policy } from '../policy/policy.js'
import type { Where } from '../policy/scope-to-where.js'
import type { Run } from './lookup.js'
import type { Row } from './row.js'

/** How rows are linked to one, and how that is judged: by a foreign key of theirs, or by a table of Prisma's. */
export interface Linking {
  /** The rows linked to this one. */
  readonly linked: (side: Side) => Where
  /** The same, as far as the caller may read what links them. */
  readonly known: (run: Run, side: Side) => readonly Where[]
  /** The linked row that a call names. */
  readonly chosen: (run: Run, side: Side, choice: unknown) => Promise<Row | undefined>
  /** Where a relation may have one place only: who is in it leaves. */
  readonly makeRoom?: (run: Run, side: Side) => Promise<void>
  /** Creates a row that is linked. */
  readonly create: (run: Run, side: Side, data: unknown) => Promise<void>
  /** Links a row that the caller names. */
  readonly connect: (run: Run, side: Side, where: unknown) => Promise<void>
  /** Unlinks rows that are linked and that the caller may get. */
  readonly unlink: (run: Run, side: Side, rows: readonly Row[]) => Promise<void>
  /** Further nested writes, of this kind alone. */
  readonly ways?: Readonly<Record<string, Way>>
}

/** A row, and the rows of another model (or its own) that are nested in its data. */
export interface Side {
  readonly parent: Policy
  /** The row as stored, every column; locked, or made by this call. */
  readonly row: Row
  readonly relation: Relation
  /** The same relation on the other side, and that side's rules. */
  readonly inverse: Relation
  readonly policy: Policy
  readonly linking: Linking
}

export type Way = (run: Run, side: Side, value: unknown) => Promise<void>
