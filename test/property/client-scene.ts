import type { Args } from './client-fixture.js'
import type { Draw } from './client-draw.js'
import type { Oracle } from './client-oracle.js'
import type { Link, Tables } from './client-tables.js'

/** A caller before a database, about to make random calls. */
export interface Scene {
  readonly draw: Draw
  readonly oracle: Oracle
  readonly tables: Tables
  readonly links: readonly Link[]
}

/** A call of a client. */
export interface Call {
  readonly model: string
  readonly method: string
  readonly args: Args
}
