import { parseGroupPath, parseIdentityPath, type ClaimPath, type IdentityPath } from './claim-path.js'

/** How a caller proved himself: the vocabulary of Amplify's authorization rules. */
export type Provider = 'userPools' | 'oidc' | 'apiKey' | 'identityPool' | 'function'

export const providers: readonly Provider[] = ['userPools', 'oidc', 'apiKey', 'identityPool', 'function']

/** The payload of a JWT (RFC 7519), or what stands for it. */
export type Claims = Readonly<Record<string, unknown>>

/** What callers of one issuer, or of one other kind of credentials, have in common. */
export interface CallerKind {
  readonly provider: Provider
  readonly issuer: string
  /** Where the identity is when an owner rule names no claim. */
  readonly identityPath: IdentityPath
  /** Where the groups are when a group rule names no claim. */
  readonly groupPath: ClaimPath
  /** Put before every identity value and group name, so that two issuers never share a name; `''` = as is. */
  readonly alias: string
  /** The aliases of the other issuers: a value that pretends to carry one is absent. */
  readonly otherAliases: readonly string[]
  /** Whether the groups of an aliased issuer are prefixed, taken as they are, or ignored. */
  readonly groups: 'trusted' | 'prefixed' | 'none'
  /** Whether a stored value equal to one part of a composite identity is the caller's (Amplify's behaviour). */
  readonly matchParts: boolean
}

/** The normalised caller. Frozen, claims and all: it is the key of every per-caller cache. */
export interface Principal extends CallerKind {
  readonly claims: Claims
}

/** What an issuer's callers have in common. Everything but provider and issuer has a default. */
export interface PrincipalSettings {
  readonly provider: Provider
  readonly issuer: string
  /** Claim path of the identity. Default: `sub::username` for `userPools`, else `sub`. */
  readonly identityClaim?: string | undefined
  /** Claim path of the groups. Default: `cognito:groups` for `userPools`, else `groups`. */
  readonly groupClaim?: string | undefined
  /** Default: `''`; for the provider `function` `custom`, as a custom authorizer has it. */
  readonly alias?: string | undefined
  readonly otherAliases?: readonly string[] | undefined
  /** Default: `prefixed`; for the provider `function` `trusted`, as a custom authorizer has it. */
  readonly groups?: Principal['groups'] | undefined
  /** Default: `true`. */
  readonly matchParts?: boolean | undefined
}

/**
 * Prepares the callers of one issuer: claim paths are parsed here, once.
 *
 * @throws {ClaimPathError} when a claim path cannot be read
 * @throws {TypeError} when there is no such provider
 */
export function callerKind(settings: PrincipalSettings): CallerKind {
  if (!providers.includes(settings.provider))
    throw new TypeError(`there is no provider "${settings.provider}"; there are ${providers.join(', ')}`)
  const cognito = settings.provider === 'userPools'
  const custom = settings.provider === 'function'
  return {
    provider: settings.provider,
    issuer: settings.issuer,
    identityPath: parseIdentityPath(settings.identityClaim ?? (cognito ? 'sub::username' : 'sub')),
    groupPath: parseGroupPath(settings.groupClaim ?? (cognito ? 'cognito:groups' : 'groups')),
    alias: settings.alias ?? (custom ? 'custom' : ''),
    otherAliases: settings.otherAliases ?? [],
    groups: settings.groups ?? (custom ? 'trusted' : 'prefixed'),
    matchParts: settings.matchParts ?? true,
  }
}

/** A caller of a kind. The claims are copied, so that nobody changes them later. */
export function principalOf(kind: CallerKind, claims: Claims): Principal {
  return Object.freeze({ ...kind, claims: frozen(structuredClone(claims)) })
}

/**
 * A principal made by hand, for tests and jobs; requests get theirs from verified credentials. To be the same caller it
 * needs the settings of the issuer too: what `parseIssuer` returns can be spread here.
 *
 * @throws {ClaimPathError} when a claim path cannot be read
 * @example
 * const ana = principal({ provider: 'oidc', issuer: 'https://id.example.com', claims: { user_id: 'ana' } })
 * await db.as(ana).post.findMany()
 * const bo = principal({ ...parseIssuer(options), claims: { user_id: 'bo' } })
 */
export function principal({
  claims,
  ...settings
}: PrincipalSettings & { readonly claims: Claims }): Principal {
  return principalOf(callerKind(settings), claims)
}

/** The caller who sent no credentials. */
export const anonymous: Principal = principal({ provider: 'identityPool', issuer: '', claims: {} })

/** Whether a value is a principal of ours, for callers without types. */
export function isPrincipal(value: unknown): value is Principal {
  return typeof value === 'object' && value !== null && 'identityPath' in value && Object.isFrozen(value)
}

function frozen<Value>(value: Value): Value {
  const open = typeof value === 'object' && value !== null && !Object.isFrozen(value)
  if (open) Object.values(Object.freeze(value)).forEach(frozen)
  return value
}

/** The alias an identity or a group carries, with its `::`; empty where it carries none of these. */
export function aliasPrefix(value: string, aliases: readonly string[]): string {
  const alias = aliases.find((name) => name !== '' && value.startsWith(`${name}::`))
  return alias === undefined ? '' : `${alias}::`
}
