import { parseArgs, type ParseArgsConfig } from 'node:util'

/** What was called: words, options by name, and whether help was asked for. */
export interface CommandLine<Option extends string> {
  readonly positionals: string[]
  readonly values: Readonly<Partial<Record<Option, string>>> & { readonly help?: boolean }
}

/** A call of a command that cannot be understood: answered with its usage. */
export class UsageError extends Error {}

/** The option of commands that make something which expires. */
export const expiring = { 'expires-in': { type: 'string' } } as const

/**
 * The arguments of a command: words, options with a text, and `--help`.
 *
 * @throws {UsageError} for an option that there is not
 */
export function commandLine<Option extends string>(
  args: string[],
  options: Readonly<Record<Option, { readonly type: 'string' }>>,
): CommandLine<Option> {
  const config: ParseArgsConfig = {
    args,
    allowPositionals: true,
    options: { ...options, help: { type: 'boolean', short: 'h' } },
  }
  try {
    return parseArgs(config) as CommandLine<Option>
  } catch (cause) {
    // What Node says after the first sentence is about an argument that begins with a dash.
    const [message] = cause instanceof Error ? cause.message.split('. ') : []
    throw new UsageError(message ?? 'the arguments cannot be read', { cause })
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
