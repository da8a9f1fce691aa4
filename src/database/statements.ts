/** A statement of a script, without the comments and blanks around it. */
export interface Statement {
  readonly text: string
  /** Where it ends in the script, counted in characters. */
  readonly end: number
}

/** What a semicolon may stand in without ending anything: texts, names, bodies of functions, comments. */
const token =
  /\bE'(?:[^'\\]|\\[^]|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(\w*)\$[^]*?\$\1\$|--[^\n]*|\/\*[^]*?\*\/|[^]/giu

/** Cuts a script where Postgres does. */
export function statements(sql: string): Statement[] {
  const found: Statement[] = []
  let text = ''
  const add = (end: number) => {
    const trimmed = text.replace(/^(?:\s*--.*(?:\n|$))+/u, '').trim()
    if (trimmed !== '') found.push({ text: trimmed, end })
    text = ''
  }
  for (const { 0: part, index } of sql.matchAll(token)) {
    if (part === ';') add(index)
    else text += part
  }
  add(sql.length)
  return found
}

/**
 * The statement that an error is about.
 *
 * @param position as Postgres gives it: from 1, in characters
 */
export function statementAt(sql: string, position: number): string | undefined {
  return statements(sql).find(({ end }) => position <= end)?.text
}
