import type { OpenApiDocument } from '../../src/openapi/document.js'
import type { JsonSchema } from '../../src/openapi/json-schema.js'
import type { OpenApiOperation } from '../../src/openapi/operation.js'
import { valueOf, type Source } from './openapi-values.js'

type Member = Readonly<Record<string, unknown>>

/** An operation and where it is. */
export interface Callable {
  readonly method: string
  readonly template: string
  readonly operation: OpenApiOperation
}

/** A request that is not yet text, so that one thing in it can be made wrong. */
export interface Drawn {
  readonly method: string
  /** The path below the base, a text of each segment. */
  readonly segments: readonly string[]
  readonly query: readonly (readonly [string, string])[]
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
}

export function callables(document: OpenApiDocument): readonly Callable[] {
  return Object.entries(document.paths).flatMap(([template, path]) =>
    Object.entries(path).map(([method, operation]) => ({
      method: method.toUpperCase(),
      template,
      operation,
    })),
  )
}

/** A request that the document allows. */
export function drawnRequest(
  document: OpenApiDocument,
  source: Source,
  { method, template, operation }: Callable,
): Drawn {
  const all = (operation.parameters ?? []).map((parameter) => resolved(document, parameter))
  const optional = all.filter((each) => each['required'] !== true)
  const wanted = new Set(
    Array.from({ length: source.draw(4) }, () => source.draw(Math.max(optional.length, 1))),
  )
  const sent = [
    ...all.filter((each) => each['required'] === true),
    ...optional.filter((_, at) => wanted.has(at)),
  ]
  const values = sent.map((parameter) => {
    const name = String(parameter['name'])
    const value = valueOf(source, parameter['schema'] as JsonSchema, [name, name.split('__')[0] ?? name])
    return {
      name,
      where: parameter['in'],
      texts: [value]
        .flat()
        .map(textOf)
        .filter((text) => text !== ''),
    }
  })
  const inPath = new Map(
    values.filter(({ where }) => where === 'path').map(({ name, texts }) => [name, texts[0]]),
  )
  const { requestBody } = operation
  const content =
    requestBody && (resolved(document, requestBody)['content'] as Readonly<Record<string, Member>>)
  const schema = content?.['application/json']?.['schema'] as JsonSchema | undefined
  return {
    method: method === 'GET' && source.draw(8) === 0 ? 'HEAD' : method,
    segments: template
      .split('/')
      .map((part) =>
        part.startsWith('{') ? encodeURIComponent(inPath.get(part.slice(1, -1)) ?? 'x') : part,
      ),
    query: values.flatMap(({ name, where, texts }) =>
      where === 'query'
        ? texts.map((text) => [encodeURIComponent(name), encodeURIComponent(text)] as const)
        : [],
    ),
    headers: Object.fromEntries(
      values.flatMap(({ name, where, texts }) =>
        where === 'header' && texts.length > 0 ? [[name.toLowerCase(), asciiOf(texts[0] ?? '')]] : [],
      ),
    ),
    body: schema && valueOf(source, schema, []),
  }
}

/** The schema or other member that a reference leads to. */
export function resolved<T extends object>(document: OpenApiDocument, member: T): T {
  const { $ref, ...siblings } = member as Member
  if (typeof $ref !== 'string') return member
  const target = $ref.split('/').slice(1)
  const value = target.reduce<unknown>((part, step) => (part as Member)[step], document) as T
  return { ...resolved(document, value), ...siblings }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function asciiOf(text: string): string {
  return text.replaceAll(/[^\u0021-\u007e]/gu, '') || 'x'
}
