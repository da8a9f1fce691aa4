import { escapeLike } from '../../src/policy/scope-to-where.js'
import { isPlainObject } from '../../src/scope/unsupported.js'

const patterns: readonly string[] = ['contains', 'startsWith', 'endsWith']

/** What the scoped client means by its arguments, in the bare client's words: a text to look for is no pattern. */
export function literally<Args>(args: Args): Args
export function literally(args: unknown): unknown {
  if (Array.isArray(args)) return args.map((item: unknown) => literally(item))
  if (!isPlainObject(args)) return args
  return Object.fromEntries(
    Object.entries(args).map(([key, value]) => [
      key,
      patterns.includes(key) && typeof value === 'string' ? escapeLike(value) : literally(value),
    ]),
  )
}
