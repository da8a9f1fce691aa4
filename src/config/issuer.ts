import { z } from 'zod'
import { parseGroupPath, parseIdentityPath } from '../claims/claim-path.js'
import { usualAlgorithms, type Algorithm } from './algorithm.js'
import * as field from './issuer-fields.js'
import { keyFaults, keyOrigin, type KeyOptions, type KeyOrigin } from './issuer-key.js'

export type TokenUse = 'access' | 'id' | 'any'

type Scalar = string | number | boolean

/** By claim path: the value, or a list of values of which one is enough. */
export type RequiredValues = Readonly<Record<string, Scalar | readonly Scalar[]>>

/** A claim that must be there, and the values of which it must have one; `undefined` = any value. */
export interface RequiredClaim {
  readonly path: string
  readonly values: readonly Scalar[] | undefined
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
  /** Whether only `typ: at+jwt` is an access token (RFC 9068). Default: `false`. */
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
  /** How messages name an option: environment variables have names of their own. */
  readonly nameOf?: ((option: string) => string) | undefined
}

const schema = z.strictObject({
  issuer: field.issuerUrl,
  audience: field.audiences,
  audienceClaim: field.claimPath(parseGroupPath).optional(),
  tokenUse: field.tokenUse.default('access'),
  strictTyp: field.yesOrNo.default(false),
  requiredClaims: field.requiredClaims.default([]),
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
  const nameOf = origin.nameOf ?? String
  const read = schema.safeParse(options)
  // Asked separately, so that the operator gets these together with the faults of single options.
  const faults = [
    ...(read.error?.issues ?? []).map((issue) => explain(issue, nameOf)),
    ...keyFaults(options, { plainHttp: origin.plainHttp ?? false, nameOf }),
  ]
  const keys = read.data && keyOrigin(read.data)
  if (!read.success || !keys || faults.length > 0) {
    throw new TypeError(['The issuer cannot be used:', ...faults.map((fault) => `- ${fault}`)].join('\n'))
  }
  const { issuer, algorithms, provider } = read.data
  const settings: IssuerSettings = Object.freeze({
    issuer,
    audience: read.data.audience,
    audienceClaim: read.data.audienceClaim,
    tokenUse: read.data.tokenUse,
    strictTyp: read.data.strictTyp,
    requiredClaims: read.data.requiredClaims,
    maxAge: read.data.maxAge,
    maxLifetime: read.data.maxLifetime,
    algorithms: algorithms ?? usualAlgorithms(keys.kind === 'key' ? keys.key : undefined),
    keys,
    provider: provider ?? (isCognito(issuer) ? 'userPools' : 'oidc'),
    identityClaim: read.data.identityClaim,
    groupClaim: read.data.groupClaim,
    alias: read.data.alias,
    groups: read.data.groups,
    matchParts: read.data.matchParts,
    clockSkew: read.data.clockSkew,
  })
  checked.add(settings)
  return settings
}

const checked = new WeakSet<object>()

/** Whether {@link parseIssuer} made it: what it did not check must not be trusted. */
export function isParsed(issuer: IssuerSettings): boolean {
  return checked.has(issuer)
}

function explain(issue: z.core.$ZodIssue, nameOf: (option: string) => string): string {
  if (issue.code === 'unrecognized_keys') return `${issue.keys.join(', ')} is not an option of an issuer`
  return `${nameOf(String(issue.path[0] ?? 'the issuer'))} ${issue.message}`
}

/** Cognito user pools: their tokens carry Cognito's own claim names, and Amplify calls them `userPools`. */
function isCognito(issuer: string): boolean {
  return /^cognito-idp\.[a-z0-9-]+\.amazonaws\.com(\.cn)?$/u.test(new URL(issuer).hostname)
}
