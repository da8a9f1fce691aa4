import type { Claims, PrincipalSettings } from './principal.js'

/** What a custom authorizer may see of a request. Frozen. */
export interface AuthorizerRequest {
  /** By lower-case name: all of them, or with `cacheKey` those it names. One that was not sent is not there. */
  readonly headers: Readonly<Record<string, string>>
  /**
   * Where the request comes from, as Express has it: behind a proxy that is the proxy, unless your app sets
   * `trust proxy`. Empty with a `cacheKey` that does not name `ip`.
   */
  readonly ip: string
  /** Aborts at the deadline: give it to `fetch` and the like, or they go on for nobody. */
  readonly signal: AbortSignal
}

/**
 * What it answers. With other members, with `isAuthorized` that is no boolean, or with claims that are not plain JSON,
 * it is no answer: 503, because ignoring what is not understood could let somebody in.
 */
export interface AuthorizerAnswer {
  /** `true` lets the caller in; `false` is 401. */
  readonly isAuthorized: boolean
  /**
   * What rules of the provider `function` read, as they read a token's claims: plain JSON of at most 16 KiB, 16 levels
   * and 1,000 members a list. They are copied. Default: none.
   */
  readonly claims?: Claims | undefined
}

/**
 * An authorizer of your own: Amplify's Lambda authorizer as a function. It is asked only for requests that carry its
 * credentials, which are in a header of its own or under a scheme of its own in `Authorization`. Beside a Bearer token
 * or an API key, a header of its own is not looked at. Credentials that stand twice, are blank or longer than 8 KiB
 * are 400 without asking.
 *
 * It is checked at boot (`authenticator()`); a `TypeError` lists every fault.
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
  /**
   * Judges credentials. Throwing, and being late, is 503: nobody is let in and nobody is told to go away. What it threw
   * is logged, with the credentials taken out where they stand as they were sent.
   */
  readonly authorize: (request: AuthorizerRequest) => Promise<AuthorizerAnswer> | AuthorizerAnswer
  /** The header that carries its credentials, one that means nothing else. Give this or `scheme`. */
  readonly header?: string | undefined
  /** The scheme under which `Authorization` carries them. `Bearer` belongs to tokens where there is an issuer. */
  readonly scheme?: string | undefined
  /**
   * The headers (and `ip`) it may see, and the key under which a caller it let in is remembered; refusals are not.
   * Equal requests at the same time share one call. The header of its credentials is always among them. Default: it
   * sees everything and nothing is remembered.
   */
  readonly cacheKey?: readonly string[] | undefined
  /** How long a caller it let in is remembered, in seconds (1 to 86,400); needs `cacheKey`. Default: 300. */
  readonly timeToLive?: number | undefined
  /** How long it may take, in milliseconds (1 to 30,000). Default: 3,000. */
  readonly deadline?: number | undefined
  /** How many calls it answers at once (1 to 10,000); beyond that 503 without asking. Default: 100. */
  readonly concurrency?: number | undefined
  /**
   * Put before its identities, so that its `ana` is not an issuer's (`custom::ana`). `''` = as they are: then it is, for
   * rules of both on one column. Default: `custom`.
   */
  readonly alias?: string | undefined
  /** Whether its groups carry the alias too, are taken as they are, or ignored. Default: `trusted`. */
  readonly groups?: PrincipalSettings['groups']
}
