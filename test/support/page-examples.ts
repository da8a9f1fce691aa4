import { parseShell, type ShellCommand } from './shell.js'
import { asShown, bodyOf, parseAnswer, type HttpAnswer } from './shown-answer.js'

/** A command of a page, with what the page says of its answer. */
export interface Step extends ShellCommand {
  /** For messages: the page's line where its block begins. */
  readonly where: string
  /** The status its comment begins with. */
  readonly status: number | undefined
  /** What its comment says of the body: texts in quotes, and the code of a failure. */
  readonly contains: readonly string[]
  /** The answer that the page shows below it. */
  readonly shown: HttpAnswer | undefined
}

/** Languages of blocks that nothing is run of. */
const others = ['json', 'ts']

/**
 * The commands of every ```sh block of a page, in order. The ```http block below one shows what its last command
 * answers; of every other call a comment gives the status.
 *
 * @throws {SyntaxError} for a block in no known language, and for a call of which the page does not say what comes
 */
export function stepsOf(page: string, file: string): readonly Step[] {
  const blocks = [...page.matchAll(/^```(?<language>\w*)\n(?<text>[^]*?)^```$/gmu)].map((found) => ({
    language: found.groups?.['language'] ?? '',
    text: found.groups?.['text'] ?? '',
    where: `${file}:${page.slice(0, found.index).split('\n').length}`,
    end: found.index + found[0].length,
    start: found.index,
  }))
  // One that is indented, or fenced otherwise, would not be seen.
  const fences = [...page.matchAll(/^[ \t>]*(?:`{3,}|~{3,})/gmu)]
  if (fences.length !== 2 * blocks.length) throw new SyntaxError(`${file} has a block that is not understood`)
  return blocks.flatMap(({ language, text, where, end, start }, at) => {
    if (others.includes(language)) return []
    if (language === 'http') {
      const above = blocks[at - 1]
      if (above?.language === 'sh' && page.slice(above.end, start).trim() === '') return []
      throw new SyntaxError(`${where} shows the answer of nothing`)
    }
    if (language !== 'sh') throw new SyntaxError(`${where} is in the language "${language}"`)
    const next = blocks[at + 1]
    const isShown = next?.language === 'http' && page.slice(end, next.start).trim() === ''
    const commands = parseShell(text)
    return commands.map((command, index): Step => {
      const isLast = index === commands.length - 1
      const step = {
        ...command,
        where,
        ...expected(command.comment),
        shown: isShown && isLast ? parseAnswer(next.text) : undefined,
      }
      if (command.name === undefined && step.status === undefined && !step.shown)
        throw new SyntaxError(`${where} does not say what this answers: ${command.source}`)
      return step
    })
  })
}

/** Expects of an answer all that the page says of it. */
export function expectAnswer({ status, contains, shown }: Step, answer: HttpAnswer): void {
  if (status !== undefined) expect(answer.status).toBe(status)
  for (const text of contains) expect(answer.text).toContain(text)
  if (!shown) return
  const { headers } = shown
  expect(asShown(shown, answer)).toEqual({ status: shown.status, headers, body: bodyOf(shown) })
}

/** `200, "owner":"ana"`, `409 CONFLICT`: a status, and what the body holds. */
function expected(comment: string): Pick<Step, 'status' | 'contains'> {
  const [, status, code] = /^(\d{3})\b(?: ([A-Z_]{4,}))?/u.exec(comment) ?? []
  const texts = [...comment.matchAll(/"\w+":(?:"[^"]*"|\w+)/gu)].map(([text]) => text)
  return {
    status: status === undefined ? undefined : Number(status),
    contains: [...texts, ...(code === undefined ? [] : [`"code":"${code}"`])],
  }
}
