import { STATUS_CODES } from 'node:http'

/** An answer, as a page shows it or as it came. */
export interface HttpAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** The body as it was written. */
  readonly text: string
}

/**
 * Reads what `curl -i` prints, or what a page shows of it.
 *
 * @throws {SyntaxError} where that is no answer
 */
export function parseAnswer(text: string): HttpAnswer {
  const [head = '', ...rest] = text.replaceAll('\r\n', '\n').split('\n\n')
  const [line = '', ...lines] = head.split('\n').filter((each) => each !== '')
  const [, status = '', reason] = /^HTTP\/1\.1 (\d{3}) (.+)$/u.exec(line) ?? []
  if (reason === undefined || STATUS_CODES[status] !== reason)
    throw new SyntaxError(`no status line: ${line}`)
  const headers = lines.map((each) => {
    const [, name, value = ''] = /^([\w-]+): ?(.*)$/u.exec(each) ?? []
    if (name === undefined) throw new SyntaxError(`no header: ${each}`)
    return [name.toLowerCase(), value]
  })
  return {
    status: Number(status),
    headers: Object.fromEntries(headers) as Record<string, string>,
    text: rest.join('\n\n').trim(),
  }
}

/**
 * An answer as a page would show it: of its headers those that are shown, and in place of what differs from run to
 * run what the page has there. Equal to what is shown exactly if the page is right.
 */
export function asShown(shown: HttpAnswer, came: HttpAnswer): Omit<HttpAnswer, 'text'> & { body: unknown } {
  const named = Object.keys(shown.headers).flatMap((name) => {
    const value = came.headers[name]
    return value === undefined ? [] : [[name, value]]
  })
  return {
    status: came.status,
    headers: like(shown.headers, Object.fromEntries(named)) as Record<string, string>,
    body: like(bodyOf(shown), bodyOf(came)),
  }
}

/** The body as data, where it is JSON. */
export function bodyOf({ text }: HttpAnswer): unknown {
  return /^[[{]/u.test(text) ? (JSON.parse(text) as unknown) : text
}

/** `…` stands for any text, and at the end of a list for more of it. */
function like(shown: unknown, came: unknown): unknown {
  if (typeof shown === 'string' && typeof came === 'string') return isLike(shown, came) ? shown : came
  if (Array.isArray(shown) && Array.isArray(came)) {
    const rest = shown.at(-1) === '…' ? ['…'] : []
    const items: unknown[] = rest.length > 0 ? came.slice(0, shown.length - 1) : came
    return [...items.map((item, at) => like(shown[at], item)), ...rest]
  }
  if (isObject(shown) && isObject(came))
    return Object.fromEntries(Object.entries(came).map(([name, value]) => [name, like(shown[name], value)]))
  return came
}

function isLike(shown: string, came: string): boolean {
  const pattern = masked(shown).split('…').map(escaped).join('.*')
  return new RegExp(`^${pattern}$`, 'su').test(masked(came))
}

/** Without what is made anew each time: ids but those of the demo data, times, the digests in ETags. */
function masked(text: string): string {
  return text
    .replaceAll(/\b(?!0190a0)[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}\b/gu, '<id>')
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/gu, '<time>')
    .replaceAll(/-[\w-]{22}"/gu, '-<digest>"')
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/gu, '\\$&')
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
