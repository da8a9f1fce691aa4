import type { Claims, PrincipalSettings } from './principal.js'

/** What a custom authorizer may see of a request. */
export interface AuthorizerRequest {
  /** By lower-case name: all of them, or with `cacheKey` those it names. */
  readonly headers: Readonly<Record<string, string>>
  /** Where the request comes from; empty with a `cacheKey` that does not name `ip`. */
  readonly ip: string
}

/** What it answers. */
export interface AuthorizerAnswer {
  readonly isAuthorized: boolean
  /** What rules of the provider `function` read, as they read a token's claims. Default: none. */
  readonly claims?: Claims | undefined
}

/**
 * An authorizer of your own: Amplify's Lambda authorizer as a function. It is asked for requests that carry its
 * credentials, which are in a header of its own or under a scheme of its own in `Authorization`.
 *
 * @example
 * defineData({
 *   schema,
 *   authorizer: {
 *     header: 'X-Session',
 *     cacheKey: ['x-session'],
 *     authorize: async ({ headers }) => {
 *       const session = await sessions.find(headers['x-session'])
 *       return session ? { isAuthorized: true, claims: { sub: session.user } } : { isAuthorized: false }
 *     },
 *   },
 * })
 */
export interface CustomAuthorizer extends Pick<
  PrincipalSettings,
  'identityClaim' | 'groupClaim' | 'matchParts'
> {
  /** Judges credentials. Throwing, and being late, is 503: nobody is let in and nobody is told to go away. */
  readonly authorize: (request: AuthorizerRequest) => Promise<AuthorizerAnswer> | AuthorizerAnswer
  /** The header that carries its credentials. Give this or `scheme`. */
  readonly header?: string | undefined
  /** The scheme under which `Authorization` carries them. `Bearer` belongs to tokens where there is an issuer. */
  readonly scheme?: string | undefined
  /**
   * The headers (and `ip`) it may see, and the key under which its answer is remembered. The header of its credentials
   * is always among them. Default: it sees everything and nothing is remembered.
   */
  readonly cacheKey?: readonly string[] | undefined
  /** How long a caller it let in is remembered, in seconds (1 to 86,400); needs `cacheKey`. Default: 300. */
  readonly timeToLive?: number | undefined
  /** How long it may take, in milliseconds (1 to 30,000). Default: 3,000. */
  readonly deadline?: number | undefined
  /** Put before its identities, so that its `ana` is not an issuer's. `''` = as they are. Default: `custom`. */
  readonly alias?: string | undefined
  /** Whether its groups carry the alias too, are taken as they are, or ignored. Default: `trusted`. */
  readonly groups?: PrincipalSettings['groups']
}
