/** Text that `JSON.parse` would forgive and we do not. */
export class StrictJsonError extends Error {
  override readonly name = 'StrictJsonError'
}

const tokens = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],:]/gsu

/**
 * Parses JSON (RFC 8259) and refuses what `JSON.parse` lets pass: a repeated key, of which parsers disagree which
 * one counts; nesting deeper than `maxDepth`; a NUL or a lone surrogate in a string, which Postgres cannot store
 * as sent; and bytes that are not UTF-8.
 *
 * Used for token parts and request bodies alike.
 *
 * @param bytes the UTF-8 text
 * @param maxDepth how deep objects and arrays may nest
 * @param strings `any` lets NUL and lone surrogates pass, for a token: such a claim is absent for the rules
 *   (RULES section 2), but the rest of the token is good
 * @throws {StrictJsonError} with a reason that quotes nothing of the input
 */
export function parseStrictJson(
  bytes: Uint8Array,
  maxDepth: number,
  strings: 'storable' | 'any' = 'storable',
): unknown {
  const text = decode(bytes)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new StrictJsonError(text.trim() === '' ? 'empty' : 'not JSON')
  }
  inspect(text, maxDepth, strings === 'storable')
  return value
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw new StrictJsonError('not UTF-8')
  }
}

/** One pass over the tokens of a text already known to be JSON. */
function inspect(text: string, maxDepth: number, storable: boolean): void {
  const keys: (Set<string> | undefined)[] = []
  let string: string | undefined
  for (const [token] of text.matchAll(tokens)) {
    if (token.startsWith('"')) {
      string = JSON.parse(token) as string
      if (storable && (!string.isWellFormed() || string.includes('\0'))) {
        throw new StrictJsonError('a string holds NUL or half a character')
      }
    } else if (token === '{' || token === '[') {
      keys.push(token === '{' ? new Set() : undefined)
      if (keys.length > maxDepth) throw new StrictJsonError(`nested deeper than ${maxDepth}`)
    } else if (token === '}' || token === ']') {
      keys.pop()
    } else if (token === ':') {
      const known = keys.at(-1)
      if (string === undefined || !known) continue
      if (known.has(string)) throw new StrictJsonError('a key is repeated')
      known.add(string)
    }
  }
}
