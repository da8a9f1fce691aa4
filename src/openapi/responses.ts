import { STATUS_CODES } from 'node:http'
import { failures, type ErrorCode } from '../errors.js'
import { problemTypes } from '../http/problem.js'
import type { JsonSchema } from './json-schema.js'
import { ref } from './model-schemas.js'
import type { Names } from './names.js'

type Member = Readonly<Record<string, unknown>>

/** Statuses of the failures that an operation of REST can end with. */
export type FailureStatus = Exclude<(typeof failures)[ErrorCode]['status'], 405>

/** The scoped client's own: over HTTP it does not happen. */
const inProcess: readonly string[] = ['UNSUPPORTED_ARGUMENT'] satisfies ErrorCode[]

/** A reference to the shared response of a status. */
export function failureRef(status: FailureStatus): Member {
  return { $ref: `#/components/responses/${nameOf(status)}` }
}

type HeaderName = Exclude<keyof typeof headers, 'X-Request-Id'>

/** References to headers of an answer; each one has its request's id. */
export function headerRefs(...names: readonly HeaderName[]): Member {
  const all = ['X-Request-Id', ...names]
  return Object.fromEntries(all.map((name) => [name, { $ref: `#/components/headers/${name}` }]))
}

/** One response for each status that some failure has. */
export function failureResponses(names: Names): Record<string, Member> {
  const statuses = new Set(Object.values(failures).map(({ status }) => status))
  return Object.fromEntries([...statuses].map((status) => [nameOf(status), failureResponse(status, names)]))
}

/** The headers that answers can have. Those that are always there where they are named are required. */
export const headers = {
  'X-Request-Id': {
    description: 'Names the request in the logs; the one that was sent, where it is sane.',
    required: true,
    schema: { type: 'string' },
  },
  ETag: {
    description: 'The version of the row as you see it, for If-Match and If-None-Match.',
    schema: { type: 'string' },
  },
  Location: { description: 'The address of the new row.', required: true, schema: { type: 'string' } },
  Link: { description: 'The next page (rel="next"), where there is one.', schema: { type: 'string' } },
  'Idempotency-Replayed': {
    description: '`true` where the answer is that of the first call with this Idempotency-Key.',
    schema: { type: 'string' },
  },
  'WWW-Authenticate': {
    description: 'How to authenticate, and what was wrong with the token (RFC 6750).',
    required: true,
    schema: { type: 'string' },
  },
  'Retry-After': {
    description: 'Seconds to wait before trying again.',
    required: true,
    schema: { type: 'string' },
  },
}

/** The schemas of a problem (RFC 9457) and of one fault in it. */
export function problemSchemas(names: Names): Record<string, JsonSchema> {
  const text = (description: string): JsonSchema => ({ type: 'string', description })
  return {
    [names.problem]: {
      type: 'object',
      description: 'Why a request failed (RFC 9457).',
      properties: {
        type: {
          ...text(`Where this kind of problem is described: ${problemTypes} and the code.`),
          format: 'uri',
        },
        title: text('What kind of problem it is.'),
        status: { type: 'integer', format: 'int32', description: 'The HTTP status.' },
        detail: text('What is wrong with this request.'),
        instance: text('The path that was asked for.'),
        code: text('The stable name of this kind of problem, to switch on.'),
        requestId: text('Names the request in the logs.'),
        errors: { type: 'array', description: 'Every fault in the input.', items: ref(names.fault) },
      },
      required: ['type', 'title', 'status', 'instance', 'code', 'requestId'],
    },
    [names.fault]: {
      type: 'object',
      description: 'One fault in the input: in a member of the body or in a parameter.',
      properties: {
        pointer: text('The member of the body (JSON Pointer, RFC 6901).'),
        parameter: text('The parameter, or the header.'),
        code: text('The stable name of this kind of fault.'),
        detail: text('What is expected there.'),
      },
      required: ['code', 'detail'],
    },
  }
}

function failureResponse(status: number, names: Names): Member {
  const meant = Object.entries(failures).filter(
    ([code, failure]) => failure.status === status && !inProcess.includes(code),
  )
  const [example] = meant.map(([code, { title }]) => ({
    type: problemTypes + code,
    title,
    status,
    instance: '/v1/path',
    code,
    requestId: '3e1b1c52-6c5f-4d0e-9a55-0d6f3c1f7a10',
  }))
  return {
    description: meant.map(([code, { title }]) => `${title} (\`${code}\`).`).join(' '),
    headers: { ...headerRefs(...(failureHeaders[status] ?? [])), ...sometimesChallenged[status] },
    content: { 'application/problem+json': { schema: ref(names.problem), example } },
  }
}

const failureHeaders: Readonly<Record<number, readonly HeaderName[]>> = {
  401: ['WWW-Authenticate'],
  429: ['Retry-After'],
  503: ['Retry-After'],
}

/**
 * Credentials that cannot be read are a 400 with a challenge, a token without the scope that a rule asks for a 403 with
 * one (RFC 6750 section 3.1); anything else is one without.
 */
const sometimesChallenged: Readonly<Record<number, Member>> = {
  400: challenge('What was wrong with the credentials, where they could not be read (RFC 6750).'),
  403: challenge('Which scope the token needs, where a rule reads its scope (RFC 6750).'),
}

function challenge(description: string): Member {
  return { 'WWW-Authenticate': { description, schema: headers['WWW-Authenticate'].schema } }
}

/** As HTTP names the status: `NotFound`. */
function nameOf(status: number): string {
  return (STATUS_CODES[status] ?? String(status)).replaceAll(/[^A-Za-z]/gu, '')
}
