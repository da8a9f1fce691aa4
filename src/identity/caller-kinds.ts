import type { CustomAuthorizer } from '../claims/custom-authorizer.js'
import { callerKind, type CallerKind, type PrincipalSettings } from '../claims/principal.js'
import { parseAuthorizer, type AuthorizerSettings } from '../config/authorizer.js'
import { isParsed, type IssuerSettings } from '../config/issuer.js'
import { faultsAmong } from '../config/issuers.js'

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
  const faults = faultsAmong(issuers, (at) => `issuers[${at}]`).flatMap((own, at) =>
    own.map(({ option, message }) => `- issuers[${at}].${option} ${message}`),
  )
  const twin = authorizer ? issuers.findIndex(({ alias }) => alias !== '' && alias === authorizer.alias) : -1
  if (twin >= 0) faults.push(`- issuers[${twin}].alias is that of the custom authorizer`)
  if (faults.length > 0)
    throw new TypeError(['The token issuers cannot be told apart:', ...faults].join('\n'))
}
