import express, { type Request, type RequestHandler, type Response, type Router } from 'express'
import type { Principal } from '../claims/principal.js'
import { ClaimstakeError } from '../errors.js'
import type { CallerKeys } from '../http/caller-keys.js'
import { checkAccept } from '../http/check-accept.js'
import { bodyReader } from '../http/read-body.js'
import { problemHandler, type ReportFailure } from '../http/problem.js'
import { countedAuthenticate, type RateLimit } from '../http/rate-limit.js'
import { serverTiming, type Lap } from '../http/server-timing.js'
import { transport, unambiguous } from '../http/transport.js'
import type { Allowed } from '../policy/decide.js'
import type { Operation } from '../policy/operation.js'
import { rulesOf } from '../policy/policy.js'
import { allowed } from '../scope/caller.js'
import type { Answer, Call } from './call.js'
import type { Endpoint } from './endpoint.js'
import { invalidParameter } from './faults.js'
import { idOf } from './id-of.js'
import { idempotencyKey } from './idempotency-key.js'
import { me, meMethods } from './me.js'
import { noParameters } from './input.js'
import { isRepeatable, performedOnce, type Repeatable } from './perform-once.js'
import { meSegment, type Resource } from './resource.js'
import type { RestSettings } from './rest-settings.js'
import { findRoute, type Route } from './routes.js'
import type { Session, SessionFor } from './session.js'

export interface RouterOptions extends RestSettings {
  /** Proves who is calling: a principal, or `anonymous`; throws for bad credentials. */
  readonly authenticate: (request: Request) => Promise<Principal>
  readonly sessionFor: SessionFor
  readonly idempotency: Idempotency
  readonly report: ReportFailure
  /** Counts the calls of each caller. Default: nothing is counted. */
  readonly limit?: RateLimit | undefined
  /** Whom a limit takes for one caller. */
  readonly callerKeys: CallerKeys
  /** Lets calls begin, and refuses them where there is too much to do, before anything is done for them. */
  readonly admit: RequestHandler
  /** Comes to its end when it is the caller's turn: here, because what a call asks for is yet to be looked at. */
  readonly turn: (callerKey: string) => Promise<void>
  /** Whether answers tell how long each stage took. */
  readonly serverTiming: boolean
}

/** What calls with an `Idempotency-Key` need. */
export interface Idempotency {
  /** Whether a caller has an identity, so that what is kept for them is theirs alone. */
  readonly isIdentified: (principal: Principal) => boolean
  /** Called after each such call: forgets old answers when it is time to, beside the request. */
  readonly tidy: (onFailure: (error: unknown) => void) => void
}

/** Answers without a path to a method: which ones a path has is for callers with credentials. */
const preflight: Answer = { status: 204, headers: { Allow: 'GET, HEAD, POST, PATCH, DELETE, OPTIONS' } }

const untimed: Lap = () => undefined

/** The Express router of all resources. */
export function restRouter(resources: readonly Resource[], options: RouterOptions): Router {
  const bySegment = new Map(resources.map((resource) => [resource.segment, resource]))
  const readBody = bodyReader(options.bodyLimit)
  const authenticate = countedAuthenticate(options)
  const takesGuests = resources.some(({ policy }) => policyTakesGuests(policy))

  /** The request, stage by stage. */
  async function handle(request: Request, response: Response): Promise<Answer> {
    if (request.method === 'OPTIONS') return preflight
    const lap = options.serverTiming ? serverTiming(response) : untimed
    const principal = await authenticate(request, response)
    if (principal.provider === 'identityPool' && !takesGuests) throw new ClaimstakeError('UNAUTHENTICATED')
    lap('authenticate')
    if (pathOf(request) === `/${meSegment}`) return describe(request, response, principal)
    const route = findRoute(bySegment, request.method, pathOf(request))
    const decision = decideOn(route, principal, request, response)
    checkAccept(request)
    lap('decide')
    const callerKey = options.callerKeys.of(principal, request)
    await options.turn(callerKey)
    const session = options.sessionFor(principal, callerKey)
    const call = toCall(request, principal, session, route, decision)
    const endpoint = isRepeatable(route.endpoint, call)
      ? once(route.endpoint, session, request)
      : route.endpoint
    const input = await endpoint.validate(call)
    lap('validate')
    const result = await endpoint.act(call, input)
    lap('act')
    const answer = endpoint.serialize(call, result)
    lap('serialize')
    return answer
  }

  /** Whether some rule could allow it, on both sides of a relation; what is asked for is noted for the log. */
  const decideOn = (
    { resource, endpoint, relation, pattern }: Route,
    principal: Principal,
    request: Request,
    response: Response,
  ): Allowed => {
    const noted = (model: string, operation: Operation) =>
      Object.assign(response.locals, { principal, pattern: request.baseUrl + pattern, model, operation })
    noted(resource.name, endpoint.operation)
    const decision = allowed(principal, resource.policy, endpoint.operation)
    if (relation) {
      noted(relation.target.name, 'list')
      allowed(principal, relation.target.policy, 'list')
    }
    return decision
  }

  /** `GET /me`. */
  const describe = (request: Request, response: Response, principal: Principal): Answer => {
    Object.assign(response.locals, { principal, pattern: `${request.baseUrl}/${meSegment}` })
    if (request.method !== 'GET' && request.method !== 'HEAD')
      throw new ClaimstakeError('METHOD_NOT_ALLOWED', { headers: { Allow: meMethods } })
    checkAccept(request)
    noParameters(queryOf(request))
    return { status: 200, body: me(principal, resources) }
  }

  /** An endpoint whose call is performed once for its `Idempotency-Key`. */
  const once = (
    endpoint: Repeatable,
    { transactOnce }: Session,
    request: Request,
  ): Endpoint<unknown, Answer> =>
    performedOnce(endpoint, transactOnce, () => {
      options.idempotency.tidy((error) => {
        options.report(error, request)
      })
    })

  const toCall = (
    request: Request,
    principal: Principal,
    { client, page, transact }: Session,
    route: Route,
    decision: Allowed,
  ): Call => ({
    principal,
    resource: route.resource,
    decision,
    client,
    page: (args) => page(route.resource.policy.model, args),
    transact,
    // Read when it is asked for: what no row can have is told at the place of a row that is not there.
    get id() {
      return route.id.length > 0 ? idOf(route.resource, route.id) : {}
    },
    relation: route.relation,
    // As late, for the body comes first.
    get query() {
      return queryOf(request)
    },
    ifMatch: request.get('If-Match'),
    ifNoneMatch: request.get('If-None-Match'),
    idempotencyKey:
      route.endpoint.repeat &&
      idempotencyKey(request.headersDistinct['idempotency-key'], () =>
        options.idempotency.isIdentified(principal),
      ),
    body: onceOnly(() => readBody(request)),
    method: request.method,
    path: request.baseUrl + pathOf(request),
    settings: options,
  })

  const router = express.Router({ strict: true, caseSensitive: true })
  const answer = async (request: Request, response: Response): Promise<void> => {
    send(response, await handle(request, response))
  }
  return router.use(transport, options.admit, unambiguous, answer, problemHandler(options.report))
}

function send(response: Response, { status, body, headers = {} }: Answer): void {
  response.status(status).set(headers)
  if (body === undefined) response.end()
  else response.type('application/json').end(JSON.stringify(body))
}

/** A body can be read once; what it held can be asked for again. */
function onceOnly<T>(read: () => Promise<T>): () => Promise<T> {
  let reading: Promise<T> | undefined
  return () => (reading ??= read())
}

/** The path below the router's own, undecoded. */
function pathOf({ url }: Request): string {
  return url.split('?')[0] ?? ''
}

/**
 * The query, strictly decoded: URLSearchParams would mend a broken encoding instead of refusing it.
 *
 * @throws {ClaimstakeError} `MALFORMED_REQUEST`
 */
function queryOf({ url }: Request): URLSearchParams {
  const [, ...rest] = url.split('?')
  const text = rest.join('?')
  const broken = text.split('&').filter((pair) => !isDecodable(pair))
  if (broken.length === 0) return new URLSearchParams(text)
  throw new ClaimstakeError('MALFORMED_REQUEST', {
    detail: 'The query cannot be decoded.',
    errors: broken.map((pair) => invalidParameter(nameIn(pair), 'cannot be decoded')),
  })
}

/** The name in a part of the query; none where that is what cannot be decoded. */
function nameIn(pair: string): string {
  const [name = ''] = pair.split('=')
  return isDecodable(name) ? ([...new URLSearchParams(name).keys()][0] ?? '') : ''
}

function isDecodable(text: string): boolean {
  try {
    return !decodeURIComponent(text).includes('\0')
  } catch {
    return false
  }
}

function policyTakesGuests(policy: Resource['policy']): boolean {
  return rulesOf(policy).some((rule) => rule.strategy === 'guest')
}
