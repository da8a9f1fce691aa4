import { parseArgs } from 'node:util'

/** A call of a command that cannot be understood: answered with its usage. */
export class UsageError extends Error {}

/** The option of commands that make something which expires. */
export const expiring = { 'expires-in': { type: 'string' } } as const

/**
 * The arguments of a command: words, options with a text, and `--help`.
 *
 * @throws {UsageError} for an option that there is not
 */
export function commandLine<const Options extends Readonly<Record<string, { readonly type: 'string' }>>>(
  args: string[],
  options: Options,
) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: { ...options, help: { type: 'boolean', short: 'h' } },
    })
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : 'the arguments cannot be read', { cause })
  }
}

/**
 * The days of a time such as `30m`, `12h` or `90d`.
 *
 * @throws {UsageError} for another text
 */
export function daysOf(text: string): number {
  const { count, unit } = /^(?<count>\d{1,9})(?<unit>[smhd])$/u.exec(text)?.groups ?? {}
  if (count === undefined) throw new UsageError(`"${text}" is not a time such as 30m, 12h or 90d`)
  return Number(count) / { s: 86_400, m: 1440, h: 24, d: 1 }[unit as 's' | 'm' | 'h' | 'd']
}
