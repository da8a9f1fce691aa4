import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import type { OpenApiDocument } from '../../src/openapi/document.js'
import type { OpenApiOperation } from '../../src/openapi/operation.js'

export type Member = Readonly<Record<string, unknown>>
export type Place = readonly (string | number)[]

/** An operation of a document, and where it stands. */
export interface PlacedOperation {
  readonly operation: OpenApiOperation
  readonly template: string
  readonly at: Place
}

/** A document with a check for every schema in it. */
export interface Places {
  readonly document: OpenApiDocument
  /** The path below the servers' one, without the query; `undefined` beside it. */
  readonly below: (path: string) => string | undefined
  readonly operationAt: (method: string, pathname: string) => PlacedOperation | undefined
  /** What a member is, or refers to, and where that stands. */
  readonly resolved: (at: Place, member: unknown) => { readonly at: Place; readonly value: Member }
  /** What is wrong with a value by the schema at a place. */
  readonly faults: (at: Place, value: unknown) => string | undefined
}

/** Ajv with the formats and words OpenAPI adds to JSON Schema. */
export function openApiAjv(options: { readonly strict?: boolean } = {}): Ajv2020 {
  const ajv = new Ajv2020({ strict: options.strict ?? false, strictTypes: false, allErrors: true })
  formats.default(ajv)
  // Both travel as text, because a JSON number would lose digits.
  ajv.addFormat('decimal', /^-?\d+(?:\.\d+)?$/u)
  ajv.addFormat('int64', /^-?\d{1,19}$/u)
  // A note, to JSON Schema; here it is held.
  ajv.removeKeyword('contentEncoding').addKeyword({
    keyword: 'contentEncoding',
    type: 'string',
    validate: (encoding: string, text: string) =>
      encoding === 'base64' && Buffer.from(text, 'base64').toString('base64') === text,
  })
  return ajv
}

/** Makes the look-ups and checks of a 3.1 document. */
export function placesOf(document: OpenApiDocument): Places {
  const ajv = openApiAjv()
  ajv.addSchema(closed(document) as object, 'document', undefined, false)
  const base = (document.servers[0]?.url ?? '').replace(/\/$/u, '')

  return {
    document,
    below(path) {
      const [pathname = ''] = path.split('?')
      return pathname.startsWith(`${base}/`) ? pathname.slice(base.length) : undefined
    },
    operationAt(method, pathname) {
      const key = method === 'HEAD' ? 'get' : method.toLowerCase()
      const templates = Object.keys(document.paths).filter(
        (each) => matches(each, pathname) && document.paths[each]?.[key],
      )
      // As with the routes, a segment that stands there as it is goes before one that is an id.
      const [template] = templates.sort((left, right) => left.split('{').length - right.split('{').length)
      const operation = template === undefined ? undefined : document.paths[template]?.[key]
      if (template === undefined || !operation) return undefined
      return { operation, template, at: ['paths', template, key] }
    },
    resolved(at, member) {
      const { $ref } = member as Member
      if (typeof $ref !== 'string') return { at, value: member as Member }
      const target = $ref.split('/').slice(1)
      const value = target.reduce<unknown>((part, step) => (part as Member)[step], document)
      return { at: target, value: value as Member }
    },
    faults(at, value) {
      const pointer = at.map((step) =>
        encodeURIComponent(String(step).replaceAll('~', '~0').replaceAll('/', '~1')),
      )
      const validate = ajv.getSchema(`document#/${pointer.join('/')}`) as ValidateFunction | undefined
      if (!validate) throw new Error(`no schema at ${at.join(' > ')}`)
      return validate(value) ? undefined : ajv.errorsText(validate.errors, { dataVar: 'value' })
    },
  }
}

function matches(template: string, pathname: string): boolean {
  const segments = pathname.split('/')
  const wanted = template.split('/')
  const same = (part: string, at: number) =>
    part.startsWith('{') ? segments[at] !== '' : part === segments[at]
  return wanted.length === segments.length && wanted.every(same)
}

/**
 * The document with every object closed: a field that slips into an answer is then a fault. A free object is a Json
 * column; the service takes and gives any JSON there.
 */
function closed(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(closed)
  if (typeof part !== 'object' || part === null) return part
  const copy = Object.fromEntries(Object.entries(part).map(([key, value]) => [key, closed(value)]))
  if (copy['additionalProperties'] === true && !('properties' in copy)) return {}
  return copy['type'] === 'object' && 'properties' in copy ? { additionalProperties: false, ...copy } : copy
}
