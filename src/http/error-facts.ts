import { isPrisma, messageForLog, sqlStateOf } from '../database-error.js'

/** What a log may say of an error. */
export interface ErrorFacts {
  readonly type: string
  readonly code?: unknown
  readonly message?: string
  readonly stack?: string
  readonly cause?: ErrorFacts
}

/** Causes of causes that are told. */
const deepest = 4

/**
 * Reduces an error to what may be logged: kind, code, message and where it came from. A driver's error carries its
 * whole connection, secrets included, and what Prisma and Postgres say may repeat what a caller sent: they are told
 * without it. What is beneath our own failures is told likewise: they say little themselves.
 */
export function errorFacts(error: unknown, depth = 0): ErrorFacts {
  if (!(error instanceof Error)) return { type: typeof error }
  const message = textOf(error.message)
  const stack = textOf(error.stack)
  // Behind the message, of which a line may look like one.
  const start = stack.indexOf(message)
  const behind = start < 0 ? '' : stack.slice(start + message.length)
  const frames = behind.split('\n').filter((line) => /^\s+at /u.test(line))
  const code = (isPrisma(error) && sqlStateOf(error)) || ('code' in error && error.code)
  return {
    type: textOf(error.name),
    ...(code !== false && { code }),
    message: messageForLog(error),
    stack: frames.join('\n'),
    ...(isTold(error, depth) && { cause: errorFacts(error.cause, depth + 1) }),
  }
}

/** Nobody says that these are text; what tells of an error must not fail of another one. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function isTold(error: Error, depth: number): boolean {
  return depth < deepest && error.cause instanceof Error && !isPrisma(error)
}
