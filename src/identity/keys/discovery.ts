import { KeyServerFault } from './key-server-fault.js'
import { readJson } from './read-json.js'

/**
 * Reads an issuer's discovery document (OpenID Connect Discovery 1.0 section 4.3): it must speak of that very issuer, or
 * another one could bring in its keys (section 7.2, RFC 8414 section 6.2); and it may lead to keys only where the operator
 * expects them, or it could send this service anywhere within its network.
 *
 * @param issuer as configured, compared character by character
 * @param origins where keys may be
 * @returns where the keys are
 * @throws {KeyServerFault} `untrusted` for one that says something else, saying what to change
 */
export function readDiscovery(bytes: Uint8Array, issuer: string, origins: readonly string[]): URL {
  const document = readJson(bytes)
  if (typeof document !== 'object' || document === null)
    throw new KeyServerFault('unreadable', 'its answer is not a discovery document')
  const { issuer: named, jwks_uri: location } = document as Readonly<Record<string, unknown>>
  if (named !== issuer) {
    throw untrusted(
      `its discovery document speaks of the issuer ${shown(named)}, not of ${shown(issuer)}: configure the issuer exactly as it is there`,
    )
  }
  const url = typeof location === 'string' && URL.canParse(location) ? new URL(location) : undefined
  if (!url) throw untrusted('its discovery document does not say where its keys are ("jwks_uri")')
  if (!/^https?:$/u.test(url.protocol) || url.username !== '' || url.password !== '')
    throw untrusted('"jwks_uri" in its discovery document is not a plain https URL')
  if (!origins.includes(url.origin)) {
    throw untrusted(
      `"jwks_uri" in its discovery document leads to ${url.origin}: if its keys are to be trusted from there, add this to the allowed origins (jwksOrigins, JWKS_ORIGINS)`,
    )
  }
  return url
}

function untrusted(message: string): KeyServerFault {
  return new KeyServerFault('untrusted', message)
}

function shown(value: unknown): string {
  if (typeof value !== 'string') return 'without a name'
  return JSON.stringify(value.length > 200 ? `${value.slice(0, 200)}…` : value)
}
