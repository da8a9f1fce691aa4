import { KeyObject } from 'node:crypto'
import { algorithms, isSymmetric, keyFault, usualAlgorithms, type Algorithm } from './algorithm.js'
import type { Fault } from './fault.js'
import * as field from './issuer-fields.js'

/**
 * The options that say which keys an issuer's tokens are signed with. Give exactly one of `discovery`, `jwksUrl`,
 * `publicKey`, `publicJwk`, `secret`.
 */
export interface KeyOptions {
  /**
   * Allowed `alg` values. Default: the `alg` of `publicJwk`; else the usual one of the key; RS256 and ES256 where keys
   * are fetched.
   */
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

/** {@link KeyOptions}, each one read. */
interface ReadKeyOptions {
  readonly issuer: string
  readonly algorithms?: readonly Algorithm[] | undefined
  readonly discovery?: true | undefined
  readonly jwksOrigins?: readonly string[] | undefined
  readonly jwksUrl?: URL | undefined
  readonly publicKey?: KeyObject | undefined
  readonly publicJwk?: field.PublicJwk | undefined
  readonly secret?: KeyObject | undefined
}

/** What remains of the options of a key; `undefined` when none says where keys are. */
export function keyOrigin(read: ReadKeyOptions): KeyOrigin | undefined {
  const key = read.publicKey ?? read.publicJwk?.key ?? read.secret
  if (key) return { kind: 'key', key }
  if (read.jwksUrl) return { kind: 'jwks', url: read.jwksUrl }
  if (!read.discovery) return undefined
  // OpenID Connect Discovery 1.0 section 4: a slash at the end of the issuer goes first.
  const url = new URL(`${read.issuer.replace(/\/$/u, '')}/.well-known/openid-configuration`)
  return { kind: 'discovery', url, origins: [url.origin, ...(read.jwksOrigins ?? [])] }
}

/** The algorithms that are listed, or those that go without saying. */
export function algorithmsOf(read: Omit<ReadKeyOptions, 'issuer'>): readonly Algorithm[] {
  const own = read.publicJwk?.algorithm
  const key = read.publicKey ?? read.publicJwk?.key ?? read.secret
  return read.algorithms ?? (own === undefined ? usualAlgorithms(key) : [own])
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
export function keyFaults(options: Partial<Record<string, unknown>>, context: Context): Fault[] {
  const { nameOf } = context
  const given = sources.filter((source) => options[source] !== undefined)
  const faults: Fault[] = []
  if (options['jwksOrigins'] !== undefined && options['discovery'] === undefined)
    faults.push({ option: 'jwksOrigins', message: `only goes with ${nameOf('discovery')}` })
  const [source, ...more] = given
  if (source === undefined) {
    const list = sources.map(nameOf).join(', ')
    return [...faults, { message: `one of ${list} is missing: it says which keys to trust` }]
  }
  if (more.length > 0) {
    const list = given.map(nameOf).join(', ')
    return [...faults, { message: `only one of ${list} may be set, or it is unclear which keys count` }]
  }
  const listed = [options['algorithms'] ?? []]
    .flat()
    .flatMap((each) => algorithms.find((name) => name === each) ?? [])
  return source === 'jwksUrl' || source === 'discovery'
    ? [...faults, ...symmetricFaults(listed, nameOf), ...plainHttpFaults(options, source, context)]
    : [...faults, ...fitFaults(options[source], source, listed, nameOf)]
}

/** A key published to everyone cannot be a secret. */
function symmetricFaults(listed: readonly Algorithm[], nameOf: Context['nameOf']): Fault[] {
  return listed.filter(isSymmetric).map((each) => ({
    option: 'algorithms',
    message: `lists ${each}, which only goes with ${nameOf('secret')}`,
  }))
}

/** Over plain http anybody on the way could swap the keys, or the document that says where they are. */
function plainHttpFaults(
  options: Partial<Record<string, unknown>>,
  source: 'jwksUrl' | 'discovery',
  { plainHttp }: Context,
): Fault[] {
  if (plainHttp) return []
  const asked = source === 'jwksUrl' ? (['jwksUrl'] as const) : (['issuer', 'jwksOrigins'] as const)
  return asked
    .filter((option) => [options[option]].flat().some(isOpen))
    .map((option) => ({ option, message: 'must be an https URL' }))
}

function isOpen(at: unknown): boolean {
  const url = field.keyServerUrl.safeParse(at).data
  return url?.protocol === 'http:' && !isLoopback(url.hostname)
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127(\.\d{1,3}){3}$/u.test(host)
}

/** A key belongs to the algorithms it fits, and to one alone if it says so (RFC 8725 section 3.1). */
function fitFaults(
  value: unknown,
  source: 'publicKey' | 'publicJwk' | 'secret',
  listed: readonly Algorithm[],
  nameOf: Context['nameOf'],
): Fault[] {
  const read = field[source].safeParse(value).data
  if (!read) return []
  const { key, algorithm: own } = read instanceof KeyObject ? { key: read, algorithm: undefined } : read
  const others = own === undefined ? [] : listed.filter((each) => each !== own)
  if (others.length > 0)
    return [
      {
        option: 'algorithms',
        message: `lists ${others.join(', ')}, but ${nameOf(source)} is for ${own} alone`,
      },
    ]
  const usual = own === undefined ? usualAlgorithms(key) : [own]
  const wanted = listed.length > 0 ? listed : usual
  const faults =
    wanted.length === 0
      ? ['must be an RSA key, an EC key on P-256, P-384 or P-521, or an Ed25519 key']
      : wanted.map((algorithm) => keyFault(algorithm, key)).filter((fault) => fault !== undefined)
  return faults.map((message) => ({ option: source, message }))
}
