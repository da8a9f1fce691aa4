import type { Column } from '../catalog/model.js'
import { operatorsOf } from '../rest/operators.js'

/** Columns of one kind are asked about alike: `String`, `Uuid`, `ProductStatus`, `IntList` … */
export function filterKind(column: Column): string {
  const isText = operatorsOf({ ...column, list: false }).includes('contains')
  const kind = column.type === 'String' && !isText ? (column.native ?? '').replace(/\(.*$/u, '') : column.type
  return column.list ? `${kind}List` : kind
}
