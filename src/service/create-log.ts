import { pino, type Logger } from 'pino'

/**
 * The service's log: JSON lines on standard output. Of an error only its kind, code, message and stack are written:
 * a driver's error carries its whole connection, secrets included.
 */
export function createLog(level: string): Logger {
  return pino({ level, serializers: { err: errorFacts } })
}

function errorFacts(error: unknown): unknown {
  if (!(error instanceof Error)) return { type: typeof error }
  const { name, message, stack } = error
  return { type: name, ...('code' in error && { code: error.code }), message, stack }
}
