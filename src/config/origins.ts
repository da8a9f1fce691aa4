/**
 * Why a text is no origin that browsers send (RFC 6454): scheme, host and port, in the one spelling they use.
 *
 * @returns `undefined` for an origin, and for `*`
 */
export function originFault(text: string): string | undefined {
  if (text === '*') return undefined
  if (text === 'null') return 'is null, which any sandboxed page is'
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || !/^https?:$/u.test(url.protocol)) return 'is not an origin such as https://app.example.com'
  if (text.includes('*')) return 'has * in an origin: list them, or take * alone'
  return url.origin === text ? undefined : `is not an origin: write ${url.origin}`
}

/**
 * What is wrong with a list of origins as a whole.
 *
 * @param origins exact ones, or `*` alone
 */
export function originsFault(origins: readonly string[]): string | undefined {
  if (origins.length > 1 && origins.includes('*')) return 'has * beside others: * is every origin'
  if (new Set(origins).size < origins.length) return 'has an origin twice'
  return origins.map(originFault).find((fault) => fault !== undefined)
}
