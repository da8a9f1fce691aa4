/** A word of a command: texts and variables, side by side. */
export type Word = readonly ({ readonly text: string } | { readonly variable: string })[]

/** Commands with a pipe between them. */
export type Pipeline = readonly (readonly Word[])[]

/** One command of a script, with the comment behind it. */
export interface ShellCommand {
  /** As it was written, for a real shell. */
  readonly source: string
  readonly comment: string
  /** The variable that takes the value, or what the pipeline prints. */
  readonly name: string | undefined
  readonly value: Word
  readonly pipeline: Pipeline
}

/**
 * Reads the little of the shell's language that examples are written in: words with `'…'`, `"…"` and `$NAME`,
 * `NAME=word`, `NAME=$(… | …)`, `\` at the end of a line, comments. What it does not know it refuses, so that no
 * example means one thing here and another in a terminal. That goes for an unquoted `?` too, which zsh would not take.
 *
 * @throws {SyntaxError} naming the line
 */
export function parseShell(script: string): readonly ShellCommand[] {
  let at = 0

  const fail = (): never => {
    const line = script.slice(0, at).split('\n').length
    throw new SyntaxError(`line ${line}: not understood: ${script.slice(at).split('\n')[0] ?? ''}`)
  }
  const take = (pattern: RegExp): string | undefined => {
    const found = new RegExp(pattern.source, 'uy')
    found.lastIndex = at
    const text = found.exec(script)?.[0]
    if (text !== undefined) at += text.length
    return text
  }
  const need = (pattern: RegExp): string => take(pattern) ?? fail()

  const variable = (): string | undefined => take(/\$[A-Z_]+/)?.slice(1)
  const quoted = (): Word => {
    const parts: Word[number][] = [{ text: '' }]
    while (take(/"/) === undefined) {
      const name = variable()
      parts.push(name === undefined ? { text: need(/[^"$`\\]+/) } : { variable: name })
    }
    return parts
  }
  const word = (): Word => {
    const parts: Word[number][] = []
    for (;;) {
      const name = variable()
      if (name !== undefined) {
        parts.push({ variable: name })
        continue
      }
      const literal = take(/'[^']*'/)
      const plain = literal === undefined ? take(/[\w./:=,@%+-]+/) : literal.slice(1, -1)
      if (plain !== undefined) parts.push({ text: plain })
      else if (take(/"/) !== undefined) parts.push(...quoted())
      else return parts
    }
  }
  const blank = (): string | undefined => take(/(?:[ \t]|\\\n)+/)
  const words = (): Word[] => {
    const found: Word[] = []
    do {
      const next = word()
      if (next.length === 0) break
      found.push(next)
    } while (blank() !== undefined)
    return found.length > 0 ? found : fail()
  }
  const pipeline = (): Pipeline => {
    const commands = [words()]
    while (take(/\|[ \t]+/) !== undefined) commands.push(words())
    return commands
  }
  const command = (): ShellCommand => {
    const from = at
    const name = take(/[A-Z_]+=/)?.slice(0, -1)
    let value: Word = []
    let pipes: Pipeline = []
    if (name === undefined) pipes = pipeline()
    else if (take(/\$\(/) === undefined) value = word()
    else {
      pipes = pipeline()
      need(/\)/)
    }
    const source = script.slice(from, at)
    blank()
    const comment = (take(/#[^\n]*/) ?? '').slice(1).trim()
    if (at < script.length) need(/\n/)
    return { source, comment, name, value, pipeline: pipes }
  }

  const commands: ShellCommand[] = []
  for (;;) {
    take(/(?:[ \t]*(?:#[^\n]*)?\n)+/)
    if (at >= script.length || take(/#[^\n]*$/) !== undefined) return commands
    commands.push(command())
  }
}

/**
 * The text of a word.
 *
 * @throws {ReferenceError} for a variable that has no value, which in a shell would be nothing
 */
export function textOf(word: Word, variables: ReadonlyMap<string, string>): string {
  return word
    .map((part) => {
      if ('text' in part) return part.text
      const value = variables.get(part.variable)
      if (value === undefined || value === '') throw new ReferenceError(`$${part.variable} is not set`)
      return value
    })
    .join('')
}
