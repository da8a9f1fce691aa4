import type { CustomAuthorizer } from '../claims/custom-authorizer.js'
import { principalOf, type CallerKind } from '../claims/principal.js'
import { refusedCredentials } from './challenge.js'
import type { Credentials } from './credentials.js'

/** Credentials that a custom authorizer judges. */
export function customCredentials(authorizer: CustomAuthorizer, kind: CallerKind): Credentials {
  const header = authorizer.header?.toLowerCase() ?? 'authorization'
  return async (request) => {
    if (request.headers[header] === undefined) return undefined
    const { isAuthorized, claims = {} } = await authorizer.authorize({ headers: {}, ip: request.ip ?? '' })
    if (!isAuthorized) throw refusedCredentials()
    return principalOf(kind, claims)
  }
}
