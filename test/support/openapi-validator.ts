import { failures, type ErrorCode } from '../../src/errors.js'
import { problemTypes } from '../../src/http/problem.js'
import type { OpenApiDocument } from '../../src/openapi/document.js'
import { placesOf, type Member, type Place, type PlacedOperation, type Places } from './openapi-places.js'
import { requestFaults, type SentRequest } from './openapi-request.js'

export { openApiAjv } from './openapi-places.js'

type Headers = Readonly<Record<string, string | undefined>>

/**
 * Holds one answer against the document, and a request that succeeded too. `path` is as it was called: with base path
 * and query; the names of headers are in lower case.
 */
export type AnswerValidator = (
  method: string,
  path: string,
  status: number,
  headers: Headers,
  body: unknown,
  sent?: Pick<SentRequest, 'headers' | 'body'>,
) => void

/** What the router says where the document has no operation. */
const refusals = [400, 401, 403, 404, 405]

/** Headers that say something of the answer they are on: none of them comes unannounced. */
const ours = /^(?:etag|link|location|retry-after|www-authenticate|allow|idempotency-.+)$/u

/** The headers of refusals where there is no operation. */
const headersOfRefusals: Readonly<Record<number, string>> = { 401: 'www-authenticate', 405: 'allow' }

/**
 * Makes the check that every answer of a test goes through. It throws for a status, a header, a media type or a body
 * that the document does not have: a member of a body that no schema names is outside the document too, and so is a
 * problem whose code, title or status are not those of src/errors.ts. A request that the document does not allow
 * must not succeed. Paths beside the API (`/livez`) are not its business.
 */
export function validatorFor(document: OpenApiDocument): AnswerValidator {
  const api = placesOf(document)

  return (method, path, status, headers, body, sent) => {
    const pathname = api.below(path)
    if (pathname === undefined || method === 'OPTIONS') return
    const placed = api.operationAt(method, pathname)
    const faults = [
      ...(placed ? answerFaults(api, placed, method, status, headers, body) : refusalFaults(status, headers)),
      ...(status >= 400 && method !== 'HEAD' ? problemFaults(status, headers, body, path) : []),
    ]
    if (faults.length > 0)
      throw new Error(`${method} ${path} answered ${status}, outside the document: ${faults.join('; ')}`)
    if (status >= 300 || !placed || !sent) return
    const wrong = requestFaults(api, placed, { method, path, ...sent })
    if (wrong.length > 0)
      throw new Error(
        `${method} ${path} was answered with ${status}, but outside the document: ${wrong.join('; ')}`,
      )
  }
}

function answerFaults(
  api: Places,
  { operation, at }: PlacedOperation,
  method: string,
  status: number,
  headers: Headers,
  body: unknown,
): string[] {
  const response = operation.responses[status]
  if (!response) return ['the operation has no such status']
  const { at: place, value } = api.resolved([...at, 'responses', status], response)
  const faults = headerFaults(api, place, (value['headers'] ?? {}) as Member, headers)
  const types = Object.keys(value['content'] ?? {})
  if (types.length === 0 || method === 'HEAD') {
    if (!isEmpty(body)) faults.push(method === 'HEAD' ? 'HEAD has no body' : 'the answer has no body')
    if (types.length === 0) return faults
  }
  const [type = '', ...more] = (headers['content-type'] ?? '').split(/;\s*/u)
  if (!types.includes(type) || more.some((parameter) => parameter !== 'charset=utf-8'))
    return [...faults, `its media type is "${headers['content-type'] ?? ''}"`]
  const fault = method === 'HEAD' ? undefined : api.faults([...place, 'content', type, 'schema'], body)
  return fault === undefined ? faults : [...faults, fault]
}

function headerFaults(api: Places, at: Place, named: Member, headers: Headers): string[] {
  const known = new Set(Object.keys(named).map((name) => name.toLowerCase()))
  const unannounced = Object.keys(headers).filter((name) => ours.test(name) && !known.has(name))
  const wrong = Object.entries(named).flatMap(([name, member]) => {
    const { at: place, value } = api.resolved([...at, 'headers', name], member)
    const sent = headers[name.toLowerCase()]
    if (sent === undefined) return value['required'] === true ? [`the header ${name} is missing`] : []
    const { type } = value['schema'] as Member
    const fault = api.faults([...place, 'schema'], type === 'integer' ? Number(sent) : sent)
    return fault === undefined ? [] : [`the header ${name}: ${fault}`]
  })
  return [...unannounced.map((name) => `the header ${name} is not named`), ...wrong]
}

/** Where there is no operation, all that may come is a refusal. */
function refusalFaults(status: number, headers: Headers): string[] {
  if (!refusals.includes(status)) return ['there is no such operation']
  const needed = ['x-request-id', headersOfRefusals[status] ?? []].flat()
  const missing = needed.filter((name) => headers[name] === undefined)
  const known = [...needed, ...(status === 400 ? ['www-authenticate'] : [])]
  const unannounced = Object.keys(headers).filter((name) => ours.test(name) && !known.includes(name))
  return [
    ...missing.map((name) => `the header ${name} is missing`),
    ...unannounced.map((name) => `the header ${name} is not named`),
    ...(headers['content-type'] === 'application/problem+json' ? [] : ['it is no problem document']),
  ]
}

/** A problem says in its members what its status and headers say. */
function problemFaults(status: number, headers: Headers, body: unknown, path: string): string[] {
  const problem = (typeof body === 'object' && body !== null ? body : {}) as Member
  const code = String(problem['code'])
  const failure = Object.hasOwn(failures, code) ? failures[code as ErrorCode] : undefined
  if (failure?.status !== status) return [`${code} is no code of ${status}`]
  const expected: Member = {
    type: problemTypes + code,
    title: failure.title,
    status,
    instance: path.split('?')[0],
    requestId: headers['x-request-id'],
  }
  return Object.entries(expected).flatMap(([name, value]) =>
    problem[name] === value
      ? []
      : [`${name} is ${JSON.stringify(problem[name])}, not ${JSON.stringify(value)}`],
  )
}

/** supertest makes `{}` of a body that is not there. */
function isEmpty(body: unknown): boolean {
  return (
    body === undefined || body === '' || (typeof body === 'object' && Object.keys(body ?? {}).length === 0)
  )
}
