import { z } from 'zod'
import { parseGroupPath, parseIdentityPath } from '../claims/claim-path.js'
import type { Algorithm } from './algorithm.js'
import type { Fault } from './fault.js'
import * as field from './issuer-fields.js'
import { algorithmsOf, keyFaults, keyOrigin, type KeyOptions, type KeyOrigin } from './issuer-key.js'

export type TokenUse = 'access' | 'id' | 'any'

type Scalar = string | number | boolean

/** By claim path: the value, or a list of values of which one is enough. */
export type RequiredValues = Readonly<Record<string, Scalar | readonly Scalar[]>>

/** A claim that must be there, and the values of which it must have one; without them any value does. */
export interface RequiredClaim {
  readonly path: string
  readonly values?: readonly Scalar[] | undefined
}

/** How the tokens of one issuer are recognised. */
export interface IssuerOptions extends KeyOptions {
  /** The `iss` of its tokens, compared character by character. */
  readonly issuer: string
  /** The `aud` that means this service; with several, one is enough. */
  readonly audience: string | readonly string[]
  /**
   * Claim path of the audience. Default: `aud`; for `userPools` `client_id` in access tokens, which carry no `aud`
   * there.
   */
  readonly audienceClaim?: string | undefined
  /**
   * What its tokens are for: an ID token tells a client who signed in and is no pass to an API. A token that says it is
   * for the other use is refused; one that does not say is taken. Default: `access`.
   */
  readonly tokenUse?: TokenUse | undefined
  /** Whether only `typ: at+jwt` is an access token (RFC 9068); `tokenUse` is then `access`. Default: `false`. */
  readonly strictTyp?: boolean | undefined
  /**
   * Claims that a token must have: a list of claim paths, or for each path the values of which it must have one (a
   * list in the token needs one of them). Default: none but `exp`.
   *
   * @example { azp: ['web', 'ios'], email_verified: true }
   */
  readonly requiredClaims?: readonly string[] | RequiredValues | undefined
  /** How long after `iat` a token is good at most, in seconds: `iat` must then be there. Default: as long as it says. */
  readonly maxAge?: number | undefined
  /** How far ahead `exp` may be at most, in seconds. Default: as far as it says. */
  readonly maxLifetime?: number | undefined
  /** Default: `userPools` for a Cognito issuer, else `oidc`. */
  readonly provider?: 'userPools' | 'oidc' | undefined
  /** Claim path of the identity. Default: `sub::username` for `userPools`, else `sub`. */
  readonly identityClaim?: string | undefined
  /** Claim path of the groups. Default: `cognito:groups` for `userPools`, else `groups`. */
  readonly groupClaim?: string | undefined
  /** Put before identities and groups of this issuer; needed when there are several, `''` = as they are. */
  readonly alias?: string | undefined
  /** Whether its groups carry the alias too, are taken as they are, or ignored. Default: `prefixed`. */
  readonly groups?: 'trusted' | 'prefixed' | 'none' | undefined
  /**
   * Whether a stored owner equal to one part of a composite identity is the caller's, as in Amplify: then a `username`
   * that equals somebody's bare `sub` matches rows stored under it. Default: `true`.
   */
  readonly matchParts?: boolean | undefined
  /** How far clocks may differ, in seconds (0 to 300). Default: 30. */
  readonly clockSkew?: number | undefined
}

/** One issuer, checked and ready: what {@link parseIssuer} makes of {@link IssuerOptions}. */
export interface IssuerSettings {
  readonly issuer: string
  readonly audience: readonly string[]
  /** `undefined` = `aud`, but `client_id` in the access tokens of `userPools`. */
  readonly audienceClaim: string | undefined
  readonly tokenUse: TokenUse
  readonly strictTyp: boolean
  readonly requiredClaims: readonly RequiredClaim[]
  /** In seconds. */
  readonly maxAge: number | undefined
  /** In seconds. */
  readonly maxLifetime: number | undefined
  readonly algorithms: readonly Algorithm[]
  readonly keys: KeyOrigin
  readonly provider: 'userPools' | 'oidc'
  readonly identityClaim: string | undefined
  readonly groupClaim: string | undefined
  readonly alias: string | undefined
  readonly groups: 'trusted' | 'prefixed' | 'none'
  readonly matchParts: boolean
  readonly clockSkew: number
}

/** Where options come from, as far as that changes what is accepted and what a message says. */
export interface OptionOrigin {
  /** Whether a key server on another machine may be asked over plain http. Default: `false`. */
  readonly plainHttp?: boolean | undefined
  /** How messages name an option: environment variables have names of their own. Default: as it is named here. */
  readonly nameOf?: ((option: string) => string) | undefined
}

/** An issuer, or what is wrong with its options. */
export type ReadIssuer =
  | { readonly issuer: IssuerSettings; readonly faults?: undefined }
  | { readonly issuer?: undefined; readonly faults: readonly Fault[] }

const schema = z.strictObject({
  issuer: field.issuerUrl,
  audience: field.audiences,
  audienceClaim: field.claimPath(parseGroupPath).optional(),
  tokenUse: field.tokenUse.default('access'),
  strictTyp: field.yesOrNo.default(false),
  requiredClaims: field.requiredClaims.optional(),
  maxAge: field.seconds.optional(),
  maxLifetime: field.seconds.optional(),
  algorithms: field.algorithmList.optional(),
  jwksUrl: field.keyServerUrl.optional(),
  discovery: field.discovery.optional(),
  jwksOrigins: field.jwksOrigins.default([]),
  publicJwk: field.publicJwk.optional(),
  publicKey: field.publicKey.optional(),
  secret: field.secret.optional(),
  provider: field.provider.optional(),
  identityClaim: field.claimPath(parseIdentityPath).optional(),
  groupClaim: field.claimPath(parseGroupPath).optional(),
  alias: field.alias.optional(),
  groups: field.groups.default('prefixed'),
  matchParts: field.yesOrNo.default(true),
  clockSkew: field.clockSkew.default(30),
})

/**
 * Checks the options of one issuer at boot.
 *
 * @param options the issuer; unknown members are faults too
 * @param origin what the source of the options permits and how messages name them
 * @throws {TypeError} listing every fault with the option it is in; no message repeats a key or a secret
 * @example
 * parseIssuer({ issuer: 'https://id.example.com', audience: 'api', jwksUrl: 'https://id.example.com/jwks' })
 */
export function parseIssuer(options: IssuerOptions, origin: OptionOrigin = {}): IssuerSettings {
  const { issuer, faults } = readIssuer(options, origin)
  if (issuer) return issuer
  const { nameOf = String } = origin
  const lines = faults.map(
    ({ option, message }) => `- ${option === undefined ? '' : `${nameOf(option)} `}${message}`,
  )
  throw new TypeError(['The issuer cannot be used:', ...lines].join('\n'))
}

/**
 * Does what {@link parseIssuer} does, for options among others: what is wrong comes back, to be told with the rest.
 *
 * @param options of any type: they may come from a file
 */
export function readIssuer(options: unknown, origin: OptionOrigin = {}): ReadIssuer {
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    return { faults: [{ message: 'must be an object with the options of an issuer' }] }
  const { plainHttp = false, nameOf = String } = origin
  const read = schema.safeParse(options)
  // Asked separately, so that the operator gets these together with the faults of single options.
  const faults = [
    ...(read.error?.issues ?? []).map(explain),
    ...useFaults(options, nameOf),
    ...keyFaults(options, { plainHttp, nameOf }),
  ]
  const keys = read.data && keyOrigin(read.data)
  if (!read.success || !keys || faults.length > 0) return { faults }
  const { data } = read
  const issuer: IssuerSettings = Object.freeze({
    issuer: data.issuer,
    audience: data.audience,
    audienceClaim: data.audienceClaim,
    tokenUse: data.tokenUse,
    strictTyp: data.strictTyp,
    requiredClaims: data.requiredClaims ?? [],
    maxAge: data.maxAge,
    maxLifetime: data.maxLifetime,
    algorithms: algorithmsOf(data),
    keys,
    provider: data.provider ?? (isCognito(data.issuer) ? 'userPools' : 'oidc'),
    identityClaim: data.identityClaim,
    groupClaim: data.groupClaim,
    alias: data.alias,
    groups: data.groups,
    matchParts: data.matchParts,
    clockSkew: data.clockSkew,
  })
  checked.add(issuer)
  return { issuer }
}

const checked = new WeakSet<object>()

/** Whether {@link parseIssuer} made it: what it did not check must not be trusted. */
export function isParsed(issuer: IssuerSettings): boolean {
  return checked.has(issuer)
}

function explain({ path, message, ...issue }: z.core.$ZodIssue): Fault {
  if (issue.code === 'unrecognized_keys')
    return { message: `${issue.keys.join(', ')} is not an option of an issuer` }
  return { option: String(path[0]), message }
}

/** RFC 9068 is about access tokens: under `at+jwt` alone no other token would ever be good. */
function useFaults(
  { strictTyp, tokenUse }: Partial<Record<string, unknown>>,
  nameOf: (option: string) => string,
): Fault[] {
  if (strictTyp !== true || (tokenUse !== 'id' && tokenUse !== 'any')) return []
  return [
    { option: 'strictTyp', message: `takes access tokens alone, and ${nameOf('tokenUse')} says ${tokenUse}` },
  ]
}

/** Cognito user pools: their tokens carry Cognito's own claim names, and Amplify calls them `userPools`. */
function isCognito(issuer: string): boolean {
  return /^cognito-idp\.[a-z0-9-]+\.amazonaws\.com(\.cn)?$/u.test(new URL(issuer).hostname)
}
