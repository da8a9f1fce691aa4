import type { CustomAuthorizer } from '../claims/custom-authorizer.js'
import { callerKind, type CallerKind, type PrincipalSettings } from '../claims/principal.js'
import type { IssuerSettings } from '../config/issuer.js'

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
  readonly authorizer: CallerKind | undefined
  readonly apiKey: CallerKind | undefined
  readonly guest: CallerKind
}

/**
 * What the callers of each source have in common. Done once, at boot.
 *
 * @throws {TypeError} when callers of two sources could not be told apart
 */
export function callerKinds({ issuers, authorizer, apiKeys }: CallerSources): CallerKinds {
  tellApart(issuers, authorizer)
  const custom = authorizer && authorizerSettings(authorizer)
  const aliases = [...issuers, ...(custom ? [custom] : [])].flatMap(({ alias }) => alias ?? [])
  const kind = (settings: PrincipalSettings): CallerKind => {
    const otherAliases = aliases.filter((alias) => alias !== '' && alias !== settings.alias)
    return callerKind({ ...settings, otherAliases })
  }
  return {
    issuers: issuers.map((issuer) => [issuer, kind(issuer)]),
    authorizer: custom && kind(custom),
    apiKey: apiKeys ? kind({ provider: 'apiKey', issuer: '' }) : undefined,
    guest: kind({ provider: 'identityPool', issuer: '' }),
  }
}

/** The kinds in one list: what rules can be about. */
export function listOf({ issuers, authorizer, apiKey, guest }: CallerKinds): readonly CallerKind[] {
  return [...issuers.map(([, kind]) => kind), authorizer, apiKey, guest].filter((kind) => kind !== undefined)
}

function authorizerSettings(authorizer: CustomAuthorizer): PrincipalSettings & { readonly alias: string } {
  const { alias = 'custom', groups = 'trusted', identityClaim, groupClaim, matchParts } = authorizer
  return { provider: 'function', issuer: '', alias, groups, identityClaim, groupClaim, matchParts }
}

/** RULES section 2: `ana` of one issuer is not `ana` of another, so several need an alias each. */
function tellApart(issuers: readonly IssuerSettings[], authorizer: CustomAuthorizer | undefined): void {
  const names = issuers.map(({ issuer }) => issuer)
  const aliases = issuers.map(({ alias }) => alias)
  if (new Set(names).size < names.length) throw new TypeError('a token issuer is configured twice')
  if (authorizer && aliases.some((alias) => alias !== '' && alias === (authorizer.alias ?? 'custom')))
    throw new TypeError('a token issuer has the alias of the custom authorizer')
  if (issuers.length <= 1) return
  if (aliases.includes(undefined)) throw new TypeError('several token issuers need an explicit alias each')
  if (new Set(aliases).size < aliases.length) throw new TypeError('two token issuers have the same alias')
}
