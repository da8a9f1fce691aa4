import type { Column } from './model.js'

/**
 * Whether the database holds values of a column more finely than JavaScript does: a time in microseconds, a `real`
 * that is no `double`. What is read of such a value does not equal it, so no page can begin behind it.
 */
export function isImprecise({ kind, type, native }: Column): boolean {
  if (kind !== 'scalar' || native === undefined) return false
  if (type === 'Float') return native === 'Real'
  const time = /^(?:Timestamp|Time)(?:tz)?(?:\((?<digits>\d)\))?$/u.exec(native)
  return type === 'DateTime' && time !== null && Number(time.groups?.['digits'] ?? 6) > 3
}
