import type { CustomAuthorizer } from '../claims/custom-authorizer.js'
import { callerKind, type CallerKind, type PrincipalSettings } from '../claims/principal.js'
import { parseAuthorizer, type AuthorizerSettings } from '../config/authorizer.js'
import { isParsed, type IssuerSettings } from '../config/issuer.js'

/** Where callers come from. */
export interface CallerSources {
  readonly issuers: readonly IssuerSettings[]
  readonly authorizer?: CustomAuthorizer | undefined
  /** Whether API keys are taken. */
  readonly apiKeys: boolean
}

/** The kinds of callers that sources give, each aware of the others' aliases. */
export interface CallerKinds {
  readonly issuers: readonly (readonly [IssuerSettings, CallerKind])[]
  readonly authorizer: readonly [AuthorizerSettings, CallerKind] | undefined
  readonly apiKey: CallerKind | undefined
  readonly guest: CallerKind
}

/**
 * What the callers of each source have in common. Done once, at boot.
 *
 * @throws {TypeError} when callers of two sources could not be told apart, or the authorizer has faults
 */
export function callerKinds({ issuers, apiKeys, ...sources }: CallerSources): CallerKinds {
  const authorizer = sources.authorizer && parseAuthorizer(sources.authorizer, { tokens: issuers.length > 0 })
  tellApart(issuers, authorizer)
  const custom = authorizer && authorizerKind(authorizer)
  const aliases = [...issuers, ...(custom ? [custom] : [])].flatMap(({ alias }) => alias ?? [])
  const kind = (settings: PrincipalSettings): CallerKind => {
    const otherAliases = aliases.filter((alias) => alias !== '' && alias !== settings.alias)
    return callerKind({ ...settings, otherAliases })
  }
  return {
    issuers: issuers.map((issuer) => [issuer, kind(issuer)]),
    authorizer: authorizer && custom && [authorizer, kind(custom)],
    apiKey: apiKeys ? kind({ provider: 'apiKey', issuer: '' }) : undefined,
    guest: kind({ provider: 'identityPool', issuer: '' }),
  }
}

/** The kinds in one list: what rules can be about. */
export function listOf({ issuers, authorizer, apiKey, guest }: CallerKinds): readonly CallerKind[] {
  return [...issuers.map(([, kind]) => kind), authorizer?.[1], apiKey, guest].filter(
    (kind) => kind !== undefined,
  )
}

function authorizerKind(authorizer: AuthorizerSettings): PrincipalSettings & { readonly alias: string } {
  const { alias, groups, identityClaim, groupClaim, matchParts } = authorizer
  return { provider: 'function', issuer: '', alias, groups, identityClaim, groupClaim, matchParts }
}

/** RULES section 2: `ana` of one issuer is not `ana` of another, so several need an alias each. */
function tellApart(issuers: readonly IssuerSettings[], authorizer: AuthorizerSettings | undefined): void {
  if (!issuers.every(isParsed)) throw new TypeError('a token issuer is not what parseIssuer() returned')
  const names = issuers.map(({ issuer }) => issuer)
  const aliases = issuers.map(({ alias }) => alias)
  if (new Set(names).size < names.length) throw new TypeError('a token issuer is configured twice')
  if (authorizer && aliases.some((alias) => alias !== '' && alias === authorizer.alias))
    throw new TypeError('a token issuer has the alias of the custom authorizer')
  if (issuers.length <= 1) return
  if (aliases.includes(undefined)) throw new TypeError('several token issuers need an explicit alias each')
  if (new Set(aliases).size < aliases.length) throw new TypeError('two token issuers have the same alias')
}
