/** A value of a key as text, by which keys are told apart: a date to the millisecond, which its own text leaves out. */
export function keyText(value: unknown): string {
  return String(value instanceof Date ? value.getTime() : value)
}
