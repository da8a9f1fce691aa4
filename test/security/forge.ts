import { constants, createHmac, sign, type KeyObject } from 'node:crypto'

/** One part of a token: an object becomes JSON, text and bytes are taken as they are. */
export function part(value: unknown): string {
  const raw = typeof value === 'string' || value instanceof Uint8Array
  return Buffer.from(raw ? value : JSON.stringify(value)).toString('base64url')
}

/** A signature as RFC 7518 makes it, under any key: whether key and algorithm fit is the verifier's business. */
export function signature(input: string, alg: string, key: KeyObject | string): Buffer {
  const bits = alg.slice(2)
  if (alg.startsWith('HS')) return createHmac(`sha${bits}`, key).update(input).digest()
  const hash = `sha${Number(bits) ? bits : '256'}`
  const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
  if (alg.startsWith('PS')) return sign(hash, Buffer.from(input), { key: key as KeyObject, ...pss })
  if (alg === 'EdDSA') return sign(null, Buffer.from(input), key)
  return sign(hash, Buffer.from(input), { key: key as KeyObject, dsaEncoding: 'ieee-p1363' })
}

/** A compact JWS of any header and payload; the header's `alg` says how to sign unless `alg` does. */
export function forge(header: unknown, payload: unknown, key: KeyObject | string, alg?: string): string {
  const input = `${part(header)}.${part(payload)}`
  const named = typeof header === 'object' ? (header as { alg?: string }).alg : undefined
  return `${input}.${part(signature(input, alg ?? named ?? 'RS256', key))}`
}
