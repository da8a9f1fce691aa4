import { pino, type Logger } from 'pino'
import { errorFacts } from '../http/error-facts.js'

/** The service's log: JSON lines on standard output. */
export function createLog(level: string): Logger {
  return pino({ level, serializers: { err: errorFacts } })
}
