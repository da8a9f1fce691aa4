import type { Drawn } from './openapi-drawn.js'
import { pick, type Draw } from './openapi-values.js'

/** A request with one thing wrong in it; `body` may already be text. */
export type Mistaken = Omit<Drawn, 'body'> & { readonly body?: unknown; readonly text?: string }

type Member = Record<string, unknown>

/** In the JSON text this becomes a number that no JavaScript number holds. */
const hugeNumber = '\u0001huge'
const oddTexts = [
  '%00',
  '%ff',
  '%',
  '%ud800',
  '1e999',
  'NaN',
  '-0',
  '01',
  'null',
  'undefined',
  '%5B%5D',
  '..',
  'a'.repeat(3000),
]
const oddNames = [
  '__proto__',
  'constructor',
  'toString',
  'nothing',
  'limit%5B%5D',
  'id__',
  '__i',
  'where',
  '%00',
  '',
]
const oddValues = [
  {},
  [],
  1.5,
  true,
  'x',
  null,
  '',
  '\u0000',
  '\ud800',
  'a\u202e',
  hugeNumber,
  -1,
  { a: { b: [[]] } },
  ['x', null],
]
const oddBodies = [
  '{',
  '[]',
  'null',
  '""',
  '{"a":1,"a":2}',
  '{"__proto__":{}}',
  '1e400',
  '\ufeff{}',
  '['.repeat(200),
  '',
]
const oddHeaders: readonly (readonly [string, string])[] = [
  ...[
    'null',
    'x',
    '"',
    'W/"1-aaaaaaaaaaaaaaaaaaaaaa"',
    '"99999999999999999999-aaaaaaaaaaaaaaaaaaaaaa"',
    ',',
    '*',
  ].map((tag) => ['if-match', tag] as const),
  ...['null', '"', '*', ',,'].map((tag) => ['if-none-match', tag] as const),
  ...['null', 'x'.repeat(5000), ' '].map((key) => ['idempotency-key', key] as const),
  ...['text/plain', 'application/json; charset=latin1', 'application/problem+json', 'x'].map(
    (type) => ['content-type', type] as const,
  ),
  ['accept', 'text/html'],
  ['content-encoding', 'gzip'],
  ['x-request-id', 'a b'],
  ['x-http-method-override', 'DELETE'],
  ['origin', 'null'],
  ['range', 'bytes=0-1'],
]

type Mistake = (draw: Draw, request: Drawn) => Mistaken

const mistakes: readonly Mistake[] = [
  (draw, request) => ({
    ...request,
    body: withMember(draw, request.body, (parent, key) => Reflect.deleteProperty(parent, key)),
  }),
  ...[1, 2, 3].map<Mistake>(() => (draw, request) => ({
    ...request,
    body: withMember(draw, request.body, (parent, key) => (parent[key] = pick<unknown>(draw, oddValues))),
  })),
  (draw, request) => ({
    ...request,
    body: withMember(draw, request.body, (parent) => {
      const value = pick<unknown>(draw, oddValues)
      Object.defineProperty(parent, decodeURIComponent(pick(draw, oddNames)), { value, enumerable: true })
    }),
  }),
  (draw, request) => ({ ...request, query: [...request.query, ...request.query.slice(draw(2))] }),
  (draw, request) => ({ ...request, query: changed(draw, request.query, ([name]) => [name, '']) }),
  (draw, request) => ({
    ...request,
    query: changed(draw, request.query, ([name]) => [name, pick(draw, oddTexts)]),
  }),
  (draw, request) => ({
    ...request,
    query: [...request.query, [pick(draw, oddNames), pick(draw, ['', '1', 'x'])]],
  }),
  (draw, request) => ({
    ...request,
    segments: changed(draw, request.segments.slice(1), () => pick(draw, [...oddTexts, 'a%2Fb', '']), ''),
  }),
  (draw, request) => ({
    ...request,
    headers: { ...request.headers, ...Object.fromEntries([pick(draw, oddHeaders)]) },
  }),
  (draw, request) => ({ ...request, text: pick(draw, oddBodies) }),
  (draw, request) => ({
    ...request,
    method: pick(draw, ['PUT', 'POST', 'PATCH', 'DELETE', 'GET', 'REPORT']),
  }),
]

/** Makes one thing wrong, or what may be wrong: the document says which it is. */
export function mistaken(draw: Draw, request: Drawn): Mistaken {
  return pick(draw, mistakes)(draw, request)
}

/** The body as it travels. */
export function bodyText({ body, text }: Mistaken): string | undefined {
  if (text !== undefined) return text
  return body === undefined ? undefined : JSON.stringify(body).replaceAll(JSON.stringify(hugeNumber), '1e400')
}

/** A copy with something done at one of its members, at any depth. */
function withMember(draw: Draw, body: unknown, act: (parent: Member, key: string) => unknown): unknown {
  if (typeof body !== 'object' || body === null) return pick<unknown>(draw, oddValues)
  const copy = structuredClone(body) as Member
  const parents: Member[] = []
  const visit = (part: unknown): void => {
    if (typeof part !== 'object' || part === null) return
    parents.push(part as Member)
    Object.values(part).forEach(visit)
  }
  visit(copy)
  const parent = pick(draw, parents)
  act(parent, pick(draw, [...Object.keys(parent), 'id']))
  return copy
}

function changed<T>(draw: Draw, list: readonly T[], change: (item: T) => T, first?: T): T[] {
  const at = draw(Math.max(list.length, 1))
  const items = list.map((item, index) => (index === at ? change(item) : item))
  return first === undefined ? items : [first, ...items]
}
