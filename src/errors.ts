/**
 * Every failure Claimstake can answer with: its stable code, HTTP status and title.
 * docs/errors.md describes each one; a test keeps the two equal.
 */
export const failures = {
  MALFORMED_REQUEST: { status: 400, title: 'The request cannot be read' },
  MALFORMED_JSON: { status: 400, title: 'The body is not acceptable JSON' },
  MALFORMED_CREDENTIALS: { status: 400, title: 'The credentials cannot be read' },
  UNKNOWN_PARAMETER: { status: 400, title: 'A parameter is not known' },
  INVALID_PARAMETER: { status: 400, title: 'A parameter has an unusable value' },
  INVALID_CURSOR: { status: 400, title: 'The cursor does not belong to this request' },
  UNSUPPORTED_ARGUMENT: { status: 400, title: 'The scoped client does not take this argument' },
  UNAUTHENTICATED: { status: 401, title: 'Credentials are needed' },
  INVALID_TOKEN: { status: 401, title: 'The token is not valid' },
  INVALID_CREDENTIALS: { status: 401, title: 'The credentials are not valid' },
  FORBIDDEN_OPERATION: { status: 403, title: 'This operation is not allowed' },
  FORBIDDEN_FIELD: { status: 403, title: 'A field may not be written' },
  NOT_FOUND: { status: 404, title: 'Not found' },
  METHOD_NOT_ALLOWED: { status: 405, title: 'The method is not supported here' },
  NOT_ACCEPTABLE: { status: 406, title: 'No media type of ours is accepted' },
  CONFLICT: { status: 409, title: 'The write conflicts with stored data' },
  IDEMPOTENCY_KEY_BUSY: { status: 409, title: 'A call with this Idempotency-Key is still running' },
  PRECONDITION_FAILED: { status: 412, title: 'The row has changed' },
  BODY_TOO_LARGE: { status: 413, title: 'The body is too large' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, title: 'The content type is not supported' },
  INVALID_INPUT: { status: 422, title: 'The input is not acceptable' },
  IDEMPOTENCY_KEY_REUSED: { status: 422, title: 'The Idempotency-Key belongs to another call' },
  PRECONDITION_REQUIRED: { status: 428, title: 'If-Match is needed' },
  RATE_LIMITED: { status: 429, title: 'Too many calls' },
  INTERNAL: { status: 500, title: 'Something went wrong' },
  UNAVAILABLE: { status: 503, title: 'Not available at the moment' },
  OVERLOADED: { status: 503, title: 'There is too much to do at the moment' },
} as const

/** The stable name of a failure; switch on it. */
export type ErrorCode = keyof typeof failures

/** What can be wrong with one place in the input. docs/errors.md explains each one; a test keeps the two equal. */
export const faultCodes = [
  'unknown',
  'required',
  'invalid',
  'forbidden',
  'not_found',
  'conflict',
  'changed',
] as const

/** The stable name of a kind of fault. */
export type FaultCode = (typeof faultCodes)[number]

/** One faulty place in the input: a body member (`pointer`, RFC 6901), or a query parameter or header (`parameter`). */
export interface InputFault {
  readonly pointer?: string
  readonly parameter?: string
  readonly code: FaultCode
  readonly detail: string
}

/** The fault of a header that is of no use. */
export function unusableHeader(name: string): InputFault {
  return { parameter: name, code: 'invalid', detail: 'cannot be used as it was sent' }
}

export interface ErrorOptions {
  /** Safe to send to any caller: never a value, nor a name the caller cannot see. */
  readonly detail?: string
  readonly errors?: readonly InputFault[]
  /** Response headers that belong to the failure: `WWW-Authenticate`, `Allow`, `Retry-After`. */
  readonly headers?: Readonly<Record<string, string>>
  /** Why credentials were refused, in words of ours that hold none of them. Logged with the request, never sent. */
  readonly reason?: string
  /** What really happened. Logged, never sent. */
  readonly cause?: unknown
}

/**
 * The one class of every expected failure, over HTTP and in the scoped client alike.
 * A mistake in the program (rules, options) is a `TypeError` instead, thrown at boot.
 *
 * @example
 * if (error instanceof ClaimstakeError && error.code === 'FORBIDDEN_FIELD') …
 */
export class ClaimstakeError extends Error {
  override readonly name = 'ClaimstakeError'
  readonly code: ErrorCode
  readonly status: number
  readonly title: string
  readonly detail: string | undefined
  readonly errors: readonly InputFault[] | undefined
  readonly headers: Readonly<Record<string, string>>
  readonly reason: string | undefined

  constructor(code: ErrorCode, options: ErrorOptions = {}) {
    const { status, title } = failures[code]
    super(options.detail ?? title, options.cause === undefined ? {} : { cause: options.cause })
    this.code = code
    this.status = status
    this.title = title
    this.detail = options.detail
    this.errors = options.errors
    this.headers = options.headers ?? {}
    this.reason = options.reason
  }
}
