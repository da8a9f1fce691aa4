import fc from 'fast-check'
import { Agent, request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { OpenApiDocument } from '../../src/openapi/document.js'
import { placesOf, type Places } from '../support/openapi-places.js'
import { requestFaults } from '../support/openapi-request.js'
import { validatorFor, type AnswerValidator } from '../support/openapi-validator.js'
import { startService, type TestService } from '../support/service.js'
import { callables, drawnRequest, resolved, type Callable } from './openapi-drawn.js'
import { bodyText, mistaken, type Mistaken } from './openapi-mistakes.js'
import { isExcused, type Problem } from './openapi-excuses.js'
import { Pool, pick, type Draw, type Source } from './openapi-values.js'
import { announce, holdsAsync, patience, times } from './runs.js'

// Requests made from the document alone: whatever it describes is tried, with values of rows that there are and of
// others, by several callers, right and with one thing wrong. A new operation is picked up by itself.

announce('openapi-requests')

const runs = 2200
const claims: readonly (Readonly<Record<string, unknown>> | undefined)[] = [
  { sub: 's-ana', user_id: 'ana' },
  { sub: 's-bo', user_id: 'bo' },
  { sub: 's-mo', user_id: 'mo', user_groups: ['Moderator'] },
  { sub: 's-hr', user_id: 'hr', user_groups: ['HR', 'ana'] },
  undefined,
]

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
}

let service: TestService
let document: OpenApiDocument
let api: Places
let conforms: AnswerValidator
let all: readonly Callable[]
let tokens: readonly (string | undefined)[]
const pool = new Pool()
const agent = new Agent({ keepAlive: true, maxSockets: 4 })
const counts = new Map<string, Map<number, number>>()

beforeAll(async () => {
  service = await startService()
  document = service.db.openApi()
  api = placesOf(document)
  conforms = validatorFor(document)
  all = callables(document)
  const callers = [...claims, ...claims.filter((each) => each !== undefined)]
  tokens = await Promise.all(
    callers.map((each) => (each ? service.issuer.token(each) : Promise.resolve(undefined))),
  )
  pool.add('If-Match', '*')
})
afterAll(async () => {
  agent.destroy()
  await service.stop()
})

test(
  'whatever is sent, no fault is ours, every answer is as documented, and what the document allows is not refused',
  async () => {
    const creates = all.filter(({ operation }) => 201 in operation.responses)
    await holdsAsync(
      fc.asyncProperty(fc.infiniteStream(fc.nat()), async (stream) => {
        const draw: Draw = (below) => (stream.next().value ?? 0) % below
        // Rows first; then every operation in turn, so that each is tried as often as any other.
        const turn = tried()
        const isRow = turn < 60
        const callable = isRow ? pick(draw, creates) : all[turn % all.length]
        if (callable) await tryOne(draw, callable, isRow || draw(5) < 3)
      }),
      runs,
      { endOnFailure: true },
    )
    summarise()
    expect(tried()).toBeGreaterThanOrEqual(runs * times)
    const succeeded = [...counts.values()].filter((statuses) =>
      [...statuses.keys()].some((status) => status < 300),
    )
    expect(succeeded.length).toBeGreaterThan(all.length / 2)
  },
  patience,
)

async function tryOne(draw: Draw, callable: Callable, isRight: boolean): Promise<void> {
  const source: Source = { draw, pool, resolve: (schema) => resolved(document, schema) }
  const drawn = drawnRequest(document, source, callable)
  const call: Mistaken = isRight ? drawn : mistaken(draw, drawn)
  const token = pick(draw, tokens)
  const path = `/v1${call.segments.join('/')}${queryText(call.query)}`
  const text = bodyText(call)
  const headers = { ...(text !== undefined && { 'content-type': 'application/json' }), ...call.headers }
  const answer = await send(call.method, path, headers, text, token)
  count(callable.operation.operationId, answer.status)
  const shown = `${call.method} ${path} ${JSON.stringify(headers)} ${text ?? ''}\n=> ${answer.status} ${JSON.stringify(answer.body)}`
  try {
    const body = parsed(text)
    conforms(call.method, path, answer.status, answer.headers, answer.body, { headers, body })
    if (answer.status >= 500) throw new Error('a fault of ours')
    if (isRight) {
      const placed = api.operationAt(call.method, call.segments.join('/'))
      const faults = placed
        ? requestFaults(api, placed, { method: call.method, path, headers, body })
        : ['no operation']
      if (faults.length > 0)
        throw new Error(`this test made a request that the document does not allow: ${faults.join('; ')}`)
      const isRefused = [400, 405, 415, 422].includes(answer.status) && call.method !== 'HEAD'
      if (isRefused && !isExcused(service.db.resources, { headers, path }, answer.body as Problem))
        throw new Error('the document allows what the service refuses')
    }
  } catch (error) {
    throw new Error(`${(error as Error).message}\n${shown}`, { cause: error })
  }
  learn(answer)
}

function send(
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  text: string | undefined,
  token: string | undefined,
): Promise<Answer> {
  const { port } = service.address as AddressInfo
  const own = {
    ...headers,
    // Node sends neither length nor chunks of itself with a GET: its body would be read as the next request.
    ...(text !== undefined && { 'content-length': String(Buffer.byteLength(text)) }),
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
  }
  return new Promise((done, failed) => {
    const call = httpRequest({ host: '127.0.0.1', port, method, path, agent, headers: own }, (response) => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', (part: string) => (body += part))
      response.on('end', () => {
        const shown = response.headers as Readonly<Record<string, string>>
        done({
          status: response.statusCode ?? 0,
          headers: shown,
          body: body === '' ? undefined : parsed(body),
        })
      })
    })
    call.on('error', failed)
    call.end(text)
  })
}

/** Remembers what an answer shows: later requests name rows that there are. */
function learn({ headers, body }: Answer): void {
  const { etag, location } = headers
  for (const name of ['If-Match', 'If-None-Match', 'ifMatch']) if (etag !== undefined) pool.add(name, etag)
  const segments = (location ?? '').replace(/^\/v1/u, '').split('/')
  for (const template of Object.keys(document.paths)) {
    const parts = template.split('/')
    const isItem =
      parts.length === segments.length &&
      parts.every((part, at) => part.startsWith('{') || part === segments[at])
    if (location === undefined || !isItem) continue
    parts.forEach((part, at) => {
      const value = decodeURIComponent(segments[at] ?? '')
      if (!part.startsWith('{')) return
      pool.add(part.slice(1, -1), /^\d{1,9}$/u.test(value) ? Number(value) : value)
    })
  }
  const { items = [], nextCursor, ...row } = (body ?? {}) as { items?: object[]; nextCursor?: unknown }
  pool.add('cursor', nextCursor)
  if (!('code' in row))
    [row, ...items].forEach((each) => Object.entries(each).forEach((entry) => pool.add(...entry)))
}

function queryText(query: Mistaken['query']): string {
  return query.length === 0 ? '' : `?${query.map((pair) => pair.join('=')).join('&')}`
}

function parsed(text: string | undefined): unknown {
  try {
    return text === undefined || text === '' ? undefined : (JSON.parse(text) as unknown)
  } catch {
    return text
  }
}

function count(operation: string, status: number): void {
  const statuses = counts.get(operation) ?? new Map<number, number>()
  counts.set(operation, statuses.set(status, (statuses.get(status) ?? 0) + 1))
}

function tried(): number {
  return [...counts.values()]
    .flatMap((statuses) => [...statuses.values()])
    .reduce((sum, each) => sum + each, 0)
}

function summarise(): void {
  const line = (statuses: ReadonlyMap<number, number>) =>
    [...statuses]
      .sort(([left], [right]) => left - right)
      .map(([status, times]) => `${status}×${times}`)
      .join(' ')
  const total = new Map<number, number>()
  for (const statuses of counts.values())
    for (const [status, often] of statuses) total.set(status, (total.get(status) ?? 0) + often)
  const operations = [...counts].map(([name, statuses]) => `${name} ${line(statuses)}`).join(', ')
  process.stdout.write(`${tried().toLocaleString('en')} requests: ${line(total)} (${operations})\n`)
}
