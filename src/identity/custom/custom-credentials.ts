import type { Request } from 'express'
import type { AuthorizerRequest } from '../../claims/custom-authorizer.js'
import { principalOf, type CallerKind, type Principal } from '../../claims/principal.js'
import type { AuthorizerSettings } from '../../config/authorizer.js'
import { askAuthorizer } from './ask-authorizer.js'
import { malformedCredentials } from '../challenge.js'
import { timesSent, type CredentialOptions, type Credentials } from '../credentials.js'
import { digest } from '../digest.js'
import { recentlyUsed } from '../recently-used.js'
import { singleFlight } from '../single-flight.js'

type Seen = Omit<AuthorizerRequest, 'signal'>

/** A caller who was let in, and when that was asked, in milliseconds since 1970. */
interface LetIn {
  readonly principal: Principal
  readonly since: number
}

const longestCredentials = 8192

/**
 * Credentials that a custom authorizer judges.
 *
 * With a cache key, a caller it lets in is the same frozen principal object for as long as that is remembered, and
 * requests that are equal under the key share one call. The key is a digest of exactly what the authorizer has seen,
 * so its answer cannot depend on anything that the key does not hold. Refusals and failures are not remembered.
 */
export function customCredentials(
  authorizer: AuthorizerSettings,
  kind: CallerKind,
  { now, remembered }: CredentialOptions,
): Credentials {
  const { header, scheme, cacheKey, timeToLive } = authorizer
  const ask = askAuthorizer(authorizer)
  const letIn = recentlyUsed<LetIn>(remembered)
  const once = singleFlight<Principal>()

  const known = (key: string): Principal | undefined => {
    const entry = letIn.get(key)
    const age = entry && now() - entry.since
    // A clock that went back says nothing about how old it is.
    if (age !== undefined && age >= 0 && age < timeToLive * 1000) return entry?.principal
    letIn.delete(key)
    return undefined
  }
  const judge = async (seen: Seen, credentials: string) => principalOf(kind, await ask(seen, credentials))
  const judgeAndKeep = async (key: string, seen: Seen, credentials: string) => {
    const since = now()
    const principal = await judge(seen, credentials)
    letIn.set(key, { principal, since })
    return principal
  }

  return async (request) => {
    if (header !== 'authorization') request.res?.vary(header)
    const credentials = credentialsIn(request, header, scheme)
    if (credentials === undefined) return undefined
    const seen = seenThrough(request, cacheKey)
    if (!cacheKey) return judge(seen, credentials)
    // As JSON, so that two values cannot run together.
    const key = digest(JSON.stringify([Object.entries(seen.headers), seen.ip]))
    return known(key) ?? once(key, () => judgeAndKeep(key, seen, credentials))
  }
}

/**
 * The credentials as they stand in the header, or behind the scheme; `undefined` if there is no such header, or
 * another scheme.
 *
 * @throws {ClaimstakeError} `MALFORMED_CREDENTIALS` for one that stands twice, is blank or too long
 */
function credentialsIn(request: Request, header: string, scheme: string | undefined): string | undefined {
  const value = headerOf(request, header)
  if (value === undefined) return undefined
  // Node joins two or keeps the first, so which one counts would depend on who looks.
  if (timesSent(request, header) > 1)
    throw malformedCredentials('The header of the credentials stands twice.')
  const sentScheme = /^[^ \t]*/u.exec(value)?.[0] ?? ''
  if (scheme !== undefined && sentScheme.toLowerCase() !== scheme) return undefined
  const credentials = (scheme === undefined ? value : value.slice(scheme.length)).trim()
  if (credentials === '') throw malformedCredentials('The credentials are blank.')
  if (credentials.length > longestCredentials) throw malformedCredentials('The credentials are too long.')
  return credentials
}

/** As much of a request as the names say: everything without them. */
function seenThrough(request: Request, cacheKey: readonly string[] | undefined): Seen {
  const names = cacheKey?.filter((name) => name !== 'ip') ?? Object.keys(request.headers)
  const headers = names.flatMap((name) => {
    const value = headerOf(request, name)
    return value === undefined ? [] : [[name, value] as const]
  })
  const seesIp = cacheKey?.includes('ip') ?? true
  return { headers: Object.freeze(Object.fromEntries(headers)), ip: (seesIp && request.ip) || '' }
}

function headerOf({ headers }: Request, name: string): string | undefined {
  const value = Object.hasOwn(headers, name) ? headers[name] : undefined
  return Array.isArray(value) ? value.join(', ') : value
}
