import type { Column } from '../catalog/model.js'

/** A table that rules are about, and those of its columns that they read. */
export interface Table {
  readonly model: string
  readonly schema: string
  readonly name: string
  readonly columns: readonly Column[]
}

/** As SQL writes it. */
export function quoted(...names: readonly string[]): string {
  return names.map((name) => `"${name.replaceAll('"', '""')}"`).join('.')
}
