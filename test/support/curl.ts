import type { Method } from './test-server.js'

/** What a `curl` sends. */
export interface CurlRequest {
  readonly method: Method
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
  /** What it prints: the body, the head and the body, or the head. */
  readonly prints: 'body' | 'all' | 'head'
}

const methods: readonly string[] = ['GET', 'POST', 'PATCH', 'DELETE', 'PUT', 'OPTIONS'] satisfies Method[]

/**
 * Reads the arguments of `curl`, those that examples need: `-s`, `-i`, `-I`, `-X`, `-H`, `-d` and one URL.
 *
 * @throws {SyntaxError} for any other
 */
export function parseCurl(args: readonly string[]): CurlRequest {
  const flags = new Set<string>()
  const urls: string[] = []
  const headers: Record<string, string> = {}
  let method: string | undefined
  let body: string | undefined
  const rest = [...args]
  const value = (flag: string): string => rest.shift() ?? refuse(`${flag} without a value`)
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === '-X' && method === undefined) method = value(word)
    else if (word === '-d' && body === undefined) body = value(word)
    else if (word === '-H') {
      const [, name = '', text = ''] = /^([\w-]+): (\S.*)$/u.exec(value(word)) ?? refuse('a header')
      if (Object.keys(headers).some((each) => each.toLowerCase() === name.toLowerCase()))
        refuse(`${name} twice`)
      headers[name] = text
    } else if (/^-[siI]+$/u.test(word)) for (const flag of word.slice(1)) flags.add(flag)
    else if (word.startsWith('-')) refuse(word)
    else urls.push(word)
  }
  const [url = ''] = urls
  // Brackets and braces would be patterns to curl, `@` the name of a file.
  if (urls.length !== 1 || !/^http:\/\/[\w.:]+\/[\w./~?&=%,+-]*$/u.test(url))
    refuse(`the URL ${urls.join(' ')}`)
  if (body?.startsWith('@')) refuse('-d @')
  const sends = flags.has('I') ? 'HEAD' : (method ?? (body === undefined ? 'GET' : 'POST'))
  if (sends !== 'HEAD' && !methods.includes(sends)) refuse(`-X ${sends}`)
  const form = body === undefined || headers['Content-Type'] !== undefined ? {} : formType
  return {
    method: sends as Method,
    url,
    headers: { ...form, ...headers },
    body,
    prints: flags.has('I') ? 'head' : flags.has('i') ? 'all' : 'body',
  }
}

/** What curl says of a body unless it is told. */
const formType = { 'Content-Type': 'application/x-www-form-urlencoded' }

/**
 * What one of two calls of `sed` prints: a member of a JSON text, or a header that is an ETag.
 *
 * @throws {SyntaxError} for any other
 */
export function sed(args: readonly string[], input: string): string {
  const script = args.join(' ')
  const member = /^s\/\.\*"(\w+)":"\\\(\[\^"\]\*\\\)"\.\*\/\\1\/$/u.exec(script)?.[1]
  if (member !== undefined) return new RegExp(`.*"${member}":"([^"]*)"`, 'u').exec(input)?.[1] ?? input
  if (script === '-n s/^ETag: \\(.*"\\).*/\\1/p') return /^ETag: (.*")/mu.exec(input)?.[1] ?? ''
  return refuse(`sed ${script}`)
}

function refuse(what: string): never {
  throw new SyntaxError(`not understood: ${what}`)
}
