import { pino, type Logger } from 'pino'
import type { Settings } from '../config/env.js'
import { errorFacts } from '../http/error-facts.js'

/** The service's log: JSON lines on standard output. */
export function createLog({ LOG_LEVEL, DENIAL_LOG }: Pick<Settings, 'LOG_LEVEL' | 'DENIAL_LOG'>): Logger {
  const log = pino({ level: LOG_LEVEL, serializers: { err: errorFacts } })
  if (DENIAL_LOG && !log.isLevelEnabled('debug'))
    log.warn('DENIAL_LOG is on, but LOG_LEVEL keeps it out of the log: it needs debug')
  return log
}
