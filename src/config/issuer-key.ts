import type { KeyObject } from 'node:crypto'
import { algorithms, isSymmetric, keyFault, usualAlgorithms, type Algorithm } from './algorithm.js'
import * as field from './issuer-fields.js'

/**
 * The options that say which keys an issuer's tokens are signed with. Give exactly one of `discovery`, `jwksUrl`,
 * `publicKey`, `publicJwk`, `secret`.
 */
export interface KeyOptions {
  /** Allowed `alg` values. Default: the usual one of the key; RS256 and ES256 with `jwksUrl`. */
  readonly algorithms?: Algorithm | readonly Algorithm[] | undefined
  /**
   * Whether to ask the issuer where it publishes its keys (OpenID Connect Discovery 1.0 section 4). They must be at its
   * own origin, or at one of `jwksOrigins`.
   */
  readonly discovery?: true | undefined
  /** Origins, beside that of the issuer, where `discovery` may lead. Default: none. */
  readonly jwksOrigins?: string | readonly string[] | undefined
  /** Where the issuer publishes its keys (RFC 7517). */
  readonly jwksUrl?: string | undefined
  /** Its public key or certificate in PEM form. */
  readonly publicKey?: string | undefined
  /** Its public key as a JSON Web Key (RFC 7517): the object, or its JSON. */
  readonly publicJwk?: Readonly<Record<string, unknown>> | string | undefined
  /** A shared secret, for HS256 (32 bytes or more), HS384 (48) or HS512 (64). */
  readonly secret?: string | undefined
}

/** Where the keys of an issuer come from. */
export type KeyOrigin =
  | { readonly kind: 'key'; readonly key: KeyObject }
  | { readonly kind: 'jwks'; readonly url: URL }
  | {
      readonly kind: 'discovery'
      /** Of the discovery document. */
      readonly url: URL
      /** Where it may lead: the issuer's own origin, and those that the operator named. */
      readonly origins: readonly string[]
    }

/** What remains of {@link KeyOptions} once each is read; `undefined` when none says where keys are. */
export function keyOrigin(read: {
  readonly issuer: string
  readonly discovery?: true | undefined
  readonly jwksOrigins: readonly string[]
  readonly jwksUrl?: URL | undefined
  readonly publicKey?: KeyObject | undefined
  readonly publicJwk?: KeyObject | undefined
  readonly secret?: KeyObject | undefined
}): KeyOrigin | undefined {
  const key = read.publicKey ?? read.publicJwk ?? read.secret
  if (key) return { kind: 'key', key }
  if (read.jwksUrl) return { kind: 'jwks', url: read.jwksUrl }
  if (!read.discovery) return undefined
  // OpenID Connect Discovery 1.0 section 4: a slash at the end of the issuer goes first.
  const url = new URL(`${read.issuer.replace(/\/$/u, '')}/.well-known/openid-configuration`)
  return { kind: 'discovery', url, origins: [url.origin, ...read.jwksOrigins] }
}

interface Context {
  readonly plainHttp: boolean
  readonly nameOf: (option: string) => string
}

const sources = ['jwksUrl', 'discovery', 'publicKey', 'publicJwk', 'secret'] as const

/**
 * What is wrong with an issuer's key source as a whole: none or several given, a key server that could be
 * impersonated, or a key that does not fit an allowed algorithm. Faults of single options are found elsewhere.
 */
export function keyFaults(
  options: KeyOptions & { readonly issuer?: unknown },
  { plainHttp, nameOf }: Context,
): string[] {
  const given = sources.filter((source) => options[source] !== undefined)
  if (given.length === 0)
    return [`one of ${sources.map(nameOf).join(', ')} is missing: it says which keys to trust`]
  if (given.length > 1)
    return [`only one of ${given.map(nameOf).join(', ')} may be set, or it is unclear which keys count`]
  const [source = 'jwksUrl'] = given
  const listed = [options.algorithms ?? []].flat().filter((each) => algorithms.includes(each))
  if (source === 'jwksUrl') return publishedFaults(options.jwksUrl, 'jwksUrl', listed, { plainHttp, nameOf })
  if (source === 'discovery') return publishedFaults(options.issuer, 'issuer', listed, { plainHttp, nameOf })
  const key = field[source].safeParse(options[source]).data
  if (!key) return []
  return fitFaults(key, listed).map((fault) => `${nameOf(source)} ${fault}`)
}

/** A key published to everyone cannot be a secret; and over plain http anybody on the way could swap it. */
function publishedFaults(
  at: unknown,
  option: 'jwksUrl' | 'issuer',
  listed: readonly Algorithm[],
  { plainHttp, nameOf }: Context,
): string[] {
  const symmetric = listed.filter(isSymmetric)
  const faults = symmetric.map(
    (each) => `${nameOf('algorithms')} lists ${each}, which only goes with ${nameOf('secret')}`,
  )
  const url = field.keyServerUrl.safeParse(at).data
  const open = url?.protocol === 'http:' && !plainHttp && !isLoopback(url.hostname)
  return open ? [...faults, `${nameOf(option)} must be an https URL`] : faults
}

function fitFaults(key: KeyObject, listed: readonly Algorithm[]): string[] {
  const wanted = listed.length > 0 ? listed : usualAlgorithms(key)
  if (wanted.length === 0)
    return ['must be an RSA key, an EC key on P-256, P-384 or P-521, or an Ed25519 key']
  return wanted.map((algorithm) => keyFault(algorithm, key)).filter((fault) => fault !== undefined)
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127(\.\d{1,3}){3}$/u.test(host)
}
