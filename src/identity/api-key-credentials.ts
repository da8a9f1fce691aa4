import { principalOf, type CallerKind } from '../claims/principal.js'
import { malformedCredentials, refusedCredentials } from './challenge.js'
import { timesSent, type CredentialOptions, type Credentials } from './credentials.js'

/** Where API keys are looked up. */
export interface ApiKeys {
  /**
   * The key that a caller sent, if there is such a key, not expired and not revoked.
   *
   * @returns its id, and when it expires in milliseconds since 1970
   */
  readonly find: (key: string) => Promise<{ readonly id: string; readonly expiresAt: number } | undefined>
}

/** API keys in `X-Api-Key`. */
export function apiKeyCredentials(keys: ApiKeys, kind: CallerKind, { now }: CredentialOptions): Credentials {
  return async (request) => {
    const key = request.headers['x-api-key']
    if (key === undefined) return undefined
    if (typeof key !== 'string' || key === '' || timesSent(request, 'X-Api-Key') > 1)
      throw malformedCredentials('The X-Api-Key header must be one key, sent once.')
    const found = await keys.find(key)
    if (!found || found.expiresAt <= now()) throw refusedCredentials()
    return principalOf(kind, { sub: found.id })
  }
}
