import { statements } from './statements.js'

/** Whether a script begins or ends transactions itself, so that it cannot be made to happen as a whole. */
export function endsTransactions(sql: string): boolean {
  return bare(sql).some((text) => control.test(text))
}

const control = /^(?:BEGIN|START|COMMIT|END|ROLLBACK|ABORT|PREPARE\s+TRANSACTION)\b/iu

/**
 * Whether Postgres would refuse a script a second time: it makes something by name, and takes nothing away. Where it
 * happens as a whole, it may then be tried again by who does not know whether it has happened.
 */
export function failsWhenRepeated(sql: string): boolean {
  const texts = bare(sql)
  return texts.some((text) => making.test(text)) && !texts.some((text) => /\b(?:DROP|RENAME)\b/iu.test(text))
}

const making =
  /^(?:CREATE\s+(?:TABLE|TYPE|SCHEMA|SEQUENCE|(?:UNIQUE\s+)?INDEX)\s+(?!IF\b|ON\b|CONCURRENTLY\b)|ALTER\s+TABLE\s+\S+\s+ADD\s+(?:COLUMN\s+(?!IF\b)|CONSTRAINT\s))/iu

/** Its statements without comments. */
function bare(sql: string): string[] {
  return statements(sql.replace(comment, (_, literal?: string) => literal ?? ' ')).map(({ text }) => text)
}

const comment =
  /(\bE'(?:[^'\\]|\\[^]|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(\w*)\$[^]*?\$\2\$)|--[^\n]*|\/\*[^]*?\*\//giu
