import { parseArgs } from 'node:util'

/** A call of a command that cannot be understood: answered with its usage. */
export class UsageError extends Error {}

/**
 * The arguments of a command that makes something which expires.
 *
 * @throws {UsageError} for an option that there is not
 */
export function commandLine(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: { 'expires-in': { type: 'string' }, help: { type: 'boolean', short: 'h' } },
    })
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : 'the arguments cannot be read', { cause })
  }
}
