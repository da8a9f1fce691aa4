import type { Resource } from '../../src/rest/resource.js'

/** A refusal, as far as an excuse looks into it. */
export interface Problem {
  readonly code: string
  readonly errors?: readonly {
    readonly parameter?: string
    readonly pointer?: string
    readonly code: string
    readonly detail?: string
  }[]
}

interface Refused {
  readonly headers: Readonly<Record<string, string>>
  readonly path: string
}

/**
 * Whether a request that the document allows may still be refused: the document speaks to all callers, and of one
 * request at a time. Each line is a reason that it cannot say.
 */
export function isExcused(
  resources: readonly Resource[],
  { headers, path }: Refused,
  problem: Problem,
): boolean {
  const { code, errors = [] } = problem
  // A cursor belongs to one query of one caller.
  if (code === 'INVALID_CURSOR') return true
  // A key belongs to one body; the short ones are drawn twice.
  if (code === 'IDEMPOTENCY_KEY_REUSED') return true
  // A caller who cannot read the version has nothing to match.
  if (code === 'MALFORMED_REQUEST' && 'if-match' in headers) return true
  // The word null is what some clients send for a header they were not given.
  if (code === 'MALFORMED_REQUEST' && headers['idempotency-key'] === 'null') return true
  // What an ETag looks like is for the service to know.
  if (errors.some(({ pointer }) => pointer?.endsWith('/ifMatch'))) return true
  const guarded = resources.flatMap(({ policy }) => [...policy.fields.keys()])
  const keys = resources.flatMap(({ policy }) =>
    [...policy.model.relations.values()].flatMap(({ from }) => from),
  )
  const keyNames = keys.map((key) => (typeof key === 'string' ? key : (key as { name: string }).name))
  return (
    errors.length > 0 &&
    errors.every(({ parameter, pointer = '', ...fault }) => {
      // A field with rules of its own is there for some callers only.
      const sent =
        parameter === undefined ? '' : new URLSearchParams(path.split('?')[1]).getAll(parameter).join()
      if (guarded.some((name) => `${parameter ?? ''} ${sent} ${pointer}`.includes(name))) return true
      // A list names each thing once: `sort=id&sort=id_desc` is refused.
      const names = sent.split(',').map((name) => name.replace(/_desc$/u, ''))
      if (new Set(names).size < names.length) return true
      // A foreign key that leads nowhere, or to a row that is hidden.
      if (keyNames.some((name) => pointer.endsWith(`/${name}`))) return true
      // A filter that asks for too much at once.
      if (pointer === '/where' || fault.detail?.startsWith('is nested deeper')) return true
      // A field that the body sets as well.
      if (parameter === 'clear') return true
      // The same in a body: an order, and the ids of a batch.
      return fault.code === 'invalid' && (pointer === '/sort' || /^\/items\/\d+\/id$/u.test(pointer))
    })
  )
}
