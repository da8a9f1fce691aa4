import type { Provider } from '../claims/principal.js'
import type { CustomAuthorizer } from '../claims/custom-authorizer.js'
import type { Operation } from '../policy/operation.js'
import type { Policy } from '../policy/policy.js'
import type { Rule } from '../policy/rule.js'
import { grantingRules } from './visibility.js'

type Member = Readonly<Record<string, unknown>>

/** Which credentials a call takes: one of these is enough, `{}` is none at all. */
export type Security = readonly Readonly<Record<string, readonly string[]>>[]

const schemeOf: Readonly<Record<Provider, string | undefined>> = {
  userPools: 'bearer',
  oidc: 'bearer',
  apiKey: 'apiKey',
  function: 'custom',
  identityPool: undefined,
}

/** The order of schemes in the document. */
const schemeNames = ['bearer', 'apiKey', 'custom']

/** The credentials under which some rule could grant an operation. */
export function securityOf(policy: Policy, operation: Operation): Security {
  return securityOfRules(grantingRules(policy, operation))
}

/** The credentials under which one of these rules could grant something. */
export function securityOfRules(rules: readonly Rule[]): Security {
  const providers = new Set(rules.flatMap((rule) => rule.providers))
  const accepted = new Set([...providers].map((provider) => schemeOf[provider]))
  const schemes = schemeNames.filter((name) => accepted.has(name)).map((name) => ({ [name]: [] }))
  return providers.has('identityPool') ? [...schemes, {}] : schemes
}

/** The schemes by name. */
export function securitySchemes(authorizer: CustomAuthorizer | undefined): Readonly<Record<string, Member>> {
  const { scheme, header = 'Authorization' } = authorizer ?? {}
  return {
    bearer: {
      type: 'http',
      scheme: 'bearer',
      bearerFormat: 'JWT',
      description: 'A token of an issuer the service trusts.',
    },
    apiKey: {
      type: 'apiKey',
      in: 'header',
      name: 'X-Api-Key',
      description: 'A key that the operator of the service gave out.',
    },
    custom: {
      ...(scheme === undefined ? { type: 'apiKey', in: 'header', name: header } : { type: 'http', scheme }),
      description: 'Credentials that the service itself judges.',
    },
  }
}
