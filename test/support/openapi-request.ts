import type { Member, PlacedOperation, Places } from './openapi-places.js'

/** A request as it was sent. */
export interface SentRequest {
  readonly method: string
  /** With base path and query. */
  readonly path: string
  /** In lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>
  /** Parsed; `undefined` for none. */
  readonly body: unknown
}

/** What the service takes beyond the document, on purpose: the contract names each. */
const lenient = {
  /** Python's generated clients send these. */
  booleans: /^(?:true|false|True|False)$/u,
  /** RFC 7396, for PATCH. */
  mediaTypes: ['application/merge-patch+json'],
  /** Lists may be joined: `sort=a,b`. */
  separator: ',',
}

/** What is wrong with a request by the document: nothing, when the service has to take it. */
export function requestFaults(api: Places, placed: PlacedOperation, request: SentRequest): string[] {
  return [...parameterFaults(api, placed, request), ...bodyFaults(api, placed, request)]
}

function parameterFaults(api: Places, { operation, template, at }: PlacedOperation, request: SentRequest) {
  const faults: string[] = []
  const [, search = ''] = request.path.split(/\?(.*)/su)
  const query = new URLSearchParams(search)
  const segments = (api.below(request.path) ?? '').split('/').map(decoded)
  const known = new Set<string>()
  for (const [index, member] of (operation.parameters ?? []).entries()) {
    const place = api.resolved([...at, 'parameters', index], member)
    const { name, in: where, required, schema } = place.value as Member & { name: string }
    const sent =
      where === 'query'
        ? query.getAll(name)
        : where === 'header'
          ? [request.headers[name.toLowerCase()] ?? []].flat()
          : [segments[template.split('/').indexOf(`{${name}}`)] ?? []].flat()
    if (where === 'query') known.add(name)
    if (sent.length === 0 && required === true) faults.push(`${name} is missing`)
    if (sent.length === 0) continue
    const { value, fault } = valueOf(api, schema, sent)
    const wrong = fault ?? api.faults([...place.at, 'schema'], value)
    if (wrong !== undefined) faults.push(`${String(where)} ${name}: ${wrong}`)
  }
  for (const name of new Set(query.keys())) if (!known.has(name)) faults.push(`query ${name} is unknown`)
  return faults
}

/** The text of a parameter as the value its schema speaks of. */
function valueOf(api: Places, schema: unknown, sent: readonly string[]): { value?: unknown; fault?: string } {
  const { value: own } = api.resolved([], schema)
  if (own['type'] === 'array') {
    const { value: items } = api.resolved([], own['items'])
    return {
      value: sent.flatMap((text) => text.split(lenient.separator)).map((text) => scalarOf(items, text)),
    }
  }
  if (sent.length > 1) return { fault: 'stands more than once' }
  if (sent[0] === '') return { fault: 'is empty' }
  return { value: scalarOf(own, sent[0] ?? '') }
}

function scalarOf({ type }: Member, text: string): unknown {
  const types = [type].flat()
  if (types.includes('boolean') && lenient.booleans.test(text)) return text.toLowerCase() === 'true'
  const isNumeric = types.includes('integer') || types.includes('number')
  return isNumeric && /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/u.test(text) ? Number(text) : text
}

function bodyFaults(api: Places, { operation, at }: PlacedOperation, { headers, body, method }: SentRequest) {
  const { requestBody } = operation
  // Where none is described none is read: some clients send `null` with DELETE.
  if (!requestBody) return []
  const place = api.resolved([...at, 'requestBody'], requestBody)
  if (body === undefined) return place.value['required'] === true ? ['the body is missing'] : []
  const types = Object.keys(place.value['content'] ?? {})
  const [sent = ''] = (headers['content-type'] ?? '').split(';')
  const type = lenient.mediaTypes.includes(sent) && method === 'PATCH' ? 'application/json' : sent
  if (!types.includes(type)) return [`its media type is "${sent}"`]
  const schema = [...place.at, 'content', type, 'schema']
  const fault = api.faults(schema, body)
  // Null clears a field (RFC 7396) and in a create says that it is left out. No client is told, because some send null for whatever was not given.
  const isTaken = fault === undefined || api.faults(schema, withoutNulls(body)) === undefined
  return isTaken ? [] : [fault]
}

function withoutNulls(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(withoutNulls)
  if (typeof part !== 'object' || part === null) return part
  const entries = Object.entries(part).filter(([, value]) => value !== null)
  return Object.fromEntries(entries.map(([key, value]) => [key, withoutNulls(value)]))
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}
