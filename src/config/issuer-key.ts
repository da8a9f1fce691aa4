import type { KeyObject } from 'node:crypto'
import { algorithms, isSymmetric, keyFault, usualAlgorithms, type Algorithm } from './algorithm.js'
import * as field from './issuer-fields.js'

/** The options that say which keys an issuer's tokens are signed with. Give exactly one of the last three. */
export interface KeyOptions {
  /** Allowed `alg` values. Default: the usual one of the key; RS256 and ES256 with `jwksUrl`. */
  readonly algorithms?: Algorithm | readonly Algorithm[] | undefined
  /** Where the issuer publishes its keys (RFC 7517). */
  readonly jwksUrl?: string | undefined
  /** Its public key or certificate in PEM form. */
  readonly publicKey?: string | undefined
  /** A shared secret, for HS256 (32 bytes or more), HS384 (48) or HS512 (64). */
  readonly secret?: string | undefined
}

interface Context {
  readonly plainHttp: boolean
  readonly nameOf: (option: string) => string
}

const sources = ['jwksUrl', 'publicKey', 'secret'] as const

/**
 * What is wrong with an issuer's key source as a whole: none or several given, a key server that could be
 * impersonated, or a key that does not fit an allowed algorithm. Faults of single options are found elsewhere.
 */
export function keyFaults(options: KeyOptions, { plainHttp, nameOf }: Context): string[] {
  const given = sources.filter((source) => options[source] !== undefined)
  if (given.length === 0)
    return [`one of ${sources.map(nameOf).join(', ')} is missing: it says which keys to trust`]
  if (given.length > 1)
    return [`only one of ${given.map(nameOf).join(', ')} may be set, or it is unclear which keys count`]
  const [source = 'jwksUrl'] = given
  const listed = [options.algorithms ?? []].flat().filter((each) => algorithms.includes(each))
  if (source === 'jwksUrl') return jwksFaults(options.jwksUrl, listed, plainHttp, nameOf)
  const key = field[source].safeParse(options[source]).data
  if (!key) return []
  return fitFaults(key, listed).map((fault) => `${nameOf(source)} ${fault}`)
}

/** A key published to everyone cannot be a secret; and over plain http anybody on the way could swap it. */
function jwksFaults(
  text: string | undefined,
  listed: readonly Algorithm[],
  plainHttp: boolean,
  nameOf: Context['nameOf'],
): string[] {
  const symmetric = listed.filter(isSymmetric)
  const faults = symmetric.map(
    (each) => `${nameOf('algorithms')} lists ${each}, which only goes with ${nameOf('secret')}`,
  )
  const url = field.keyServerUrl.safeParse(text).data
  const open = url?.protocol === 'http:' && !plainHttp && !isLoopback(url.hostname)
  return open ? [...faults, `${nameOf('jwksUrl')} must be an https URL`] : faults
}

function fitFaults(key: KeyObject, listed: readonly Algorithm[]): string[] {
  const wanted = listed.length > 0 ? listed : usualAlgorithms(key)
  if (wanted.length === 0) return ['must be an RSA key or an EC key on P-256, P-384 or P-521']
  return wanted.map((algorithm) => keyFault(algorithm, key)).filter((fault) => fault !== undefined)
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127(\.\d{1,3}){3}$/u.test(host)
}
