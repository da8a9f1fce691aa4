import type { TestAnswer } from './service.js'

/** An answer without what may differ between two requests that are told the same. */
export function comparable({ status, headers, body }: TestAnswer) {
  const kept = Object.entries(headers as Record<string, string>).filter(
    ([name]) => !['date', 'x-request-id'].includes(name),
  )
  const problem = Object.entries(body as Record<string, unknown>).filter(
    ([name]) => !['instance', 'requestId'].includes(name),
  )
  return { status, headers: Object.fromEntries(kept), body: Object.fromEntries(problem) }
}
