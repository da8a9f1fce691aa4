/** Makes plain data unchangeable all through: what several statements share must be the same for each of them. */
export function frozen<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(frozen)
  return value
}
