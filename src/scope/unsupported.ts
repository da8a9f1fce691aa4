import { ClaimstakeError } from '../errors.js'

/** The refusal of an argument the scoped client cannot hold to the rules. Never let through, never ignored. */
export function unsupported(what: string): ClaimstakeError {
  return new ClaimstakeError('UNSUPPORTED_ARGUMENT', { detail: `The scoped client does not take ${what}.` })
}

/** A caller's arguments made anew: those that are known, and no others are there. */
export function argumentsOf(
  args: unknown,
  known: readonly string[],
  method: string,
): Readonly<Record<string, unknown>> {
  const given = args === undefined ? {} : plainObject(args, method)
  const taken: Record<string, unknown> = {}
  for (const key of Object.keys(given)) {
    const value = given[key]
    if (value === undefined) continue
    if (!known.includes(key)) throw unsupported(`"${key}" in ${method}`)
    taken[key] = value
  }
  return taken
}

/** A plain object: anything else may behave in ways Prisma reads differently than we do. */
export function plainObject(value: unknown, where: string): Readonly<Record<string, unknown>> {
  if (!isPlainObject(value)) throw unsupported(`anything but a plain object as ${where}`)
  return value
}

/** Whether a value is an object literal, with no prototype of its own making and no `__proto__` key. */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Object.hasOwn(value, '__proto__')) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
