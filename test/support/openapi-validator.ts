import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import type { OpenApiDocument } from '../../src/openapi/document.js'

type Member = Readonly<Record<string, unknown>>
type Headers = Readonly<Record<string, string | undefined>>

/** Holds one answer against the document. `path` is as it was called: with base path and query. */
export type AnswerValidator = (
  method: string,
  path: string,
  status: number,
  headers: Headers,
  body: unknown,
) => void

/** What the router says where the document has no operation. */
const refusals = [400, 401, 403, 404, 405]

/**
 * Makes the check that every answer of a test goes through. It throws for a status, a header, a media type or a body
 * that the document does not have: a member of a body that no schema names is outside the document too. Answers to
 * paths beside the API (`/livez`) are not its business.
 */
export function validatorFor(document: OpenApiDocument): AnswerValidator {
  const ajv = openApiAjv()
  ajv.addSchema(closed(document) as object, 'document', undefined, false)
  const base = (document.servers[0]?.url ?? '').replace(/\/$/u, '')

  return (method, path, status, headers, body) => {
    const fail = (reason: string) => {
      throw new Error(`${method} ${path} answered ${status}, outside the document: ${reason}`)
    }
    const [pathname = ''] = path.split('?')
    if (!pathname.startsWith(`${base}/`) || method === 'OPTIONS') return
    const found = operationAt(document, method, pathname.slice(base.length))
    if (!found && !refusals.includes(status)) fail('there is no such operation')
    const response = found?.responses[status] ?? (found ? undefined : refusalOf(document))
    if (!response) return void fail('the operation has no such status')
    const { at, value } = resolved(document, response)
    for (const [name, header] of Object.entries((value['headers'] ?? {}) as Record<string, Member>)) {
      const isRequired = resolved(document, header).value['required'] === true
      if (isRequired && headers[name.toLowerCase()] === undefined) fail(`the header ${name} is missing`)
    }
    const content = Object.keys(value['content'] ?? {})
    if (content.length === 0) return isEmpty(body) ? undefined : void fail('the answer has no body')
    const type = headers['content-type']?.split(';')[0] ?? ''
    if (!content.includes(type)) fail(`its media type is "${type}"`)
    if (method === 'HEAD') return isEmpty(body) ? undefined : void fail('HEAD has no body')
    const validate = schemaAt(ajv, document, at ?? found?.at(status) ?? [], type)
    if (!validate(body)) fail(ajv.errorsText(validate.errors, { dataVar: 'body' }))
  }
}

/** Ajv with the formats and words OpenAPI adds to JSON Schema. */
export function openApiAjv(options: { readonly strict?: boolean } = {}): Ajv2020 {
  const ajv = new Ajv2020({ strict: options.strict ?? false, strictTypes: false, allErrors: true })
  formats.default(ajv)
  // Both travel as text, because a JSON number would lose digits.
  ajv.addFormat('decimal', /^-?\d+(?:\.\d+)?$/u)
  ajv.addFormat('int64', /^-?\d{1,19}$/u)
  return ajv
}

type Path = readonly (string | number)[]

function operationAt({ paths }: OpenApiDocument, method: string, pathname: string) {
  const key = method === 'HEAD' ? 'get' : method.toLowerCase()
  // A path without a parameter there is the nearer one: /posts/query, not /posts/{postId}.
  const [template] = Object.keys(paths)
    .filter((candidate) => matches(candidate, pathname) && paths[candidate]?.[key])
    .sort((one, other) => one.split('{').length - other.split('{').length)
  const operation = template === undefined ? undefined : paths[template]?.[key]
  if (template === undefined || !operation) return undefined
  return {
    responses: operation.responses,
    at: (status: number): Path => ['paths', template, key, 'responses', status],
  }
}

function matches(template: string, pathname: string): boolean {
  const segments = pathname.split('/')
  const wanted = template.split('/')
  const same = (part: string, at: number) =>
    part.startsWith('{') ? segments[at] !== '' : part === segments[at]
  return wanted.length === segments.length && wanted.every(same)
}

/** A refusal is a problem; every problem's schema is the same. */
function refusalOf(document: OpenApiDocument): Member | undefined {
  return document.components.responses['Forbidden'] ? { $ref: '#/components/responses/Forbidden' } : undefined
}

function resolved(document: OpenApiDocument, member: Member): { readonly at?: Path; readonly value: Member } {
  if (typeof member['$ref'] !== 'string') return { value: member }
  const at = member['$ref'].split('/').slice(1)
  const value = at.reduce<unknown>((part, step) => (part as Member)[step], document)
  return { at, value: value as Member }
}

function schemaAt(ajv: Ajv2020, document: OpenApiDocument, at: Path, type: string): ValidateFunction {
  const pointer = [...at, 'content', type, 'schema'].map((step) =>
    encodeURIComponent(String(step).replaceAll('~', '~0').replaceAll('/', '~1')),
  )
  const validate = ajv.getSchema(`document#/${pointer.join('/')}`)
  if (!validate) throw new Error(`${document.info.title}: no schema at ${pointer.join('/')}`)
  return validate as ValidateFunction
}

/** The document with every object closed: a field that slips into an answer is then a fault. */
function closed(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(closed)
  if (typeof part !== 'object' || part === null) return part
  const copy = Object.fromEntries(Object.entries(part).map(([key, value]) => [key, closed(value)]))
  return copy['type'] === 'object' && 'properties' in copy ? { additionalProperties: false, ...copy } : copy
}

/** supertest makes `{}` of a body that is not there. */
function isEmpty(body: unknown): boolean {
  return (
    body === undefined || body === '' || (typeof body === 'object' && Object.keys(body ?? {}).length === 0)
  )
}
