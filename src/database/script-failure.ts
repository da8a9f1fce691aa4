import { messageOf } from './error-facts.js'
import { indented } from './migration-messages.js'
import { remedyFor } from './missing-object.js'
import { statementAt } from './statements.js'

/** What Postgres says of a script, with the statement it says it of, and what to do where something is missing. */
export function scriptFailure(error: unknown, sql: string): string {
  const remedy = remedyFor(error, 'above it')
  const statement = statementAt(sql, positionOf(error))
  return [
    messageOf(error),
    ...(remedy ? [`. ${remedy}`] : []),
    ...(statement ? [`\n\n${indented(statement)}`] : []),
  ].join('')
}

const positionOf = (error: unknown) =>
  error instanceof Error && 'position' in error ? Number(error.position) : Infinity
