import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto'

/** Keyed functions over one secret, or over several while one replaces another. */
export interface Secrets {
  /** HMAC-SHA-256 of a text for one purpose, shortened to 16 bytes, as base64url. */
  digest(purpose: string, text: string): string
  /** Encrypts a text (AES-256-GCM) so that it opens only together with the same context. */
  seal(text: string, context: string): string
  /** The sealed text, or `undefined` if it was altered or sealed in another context. */
  open(sealed: string, context: string): string | undefined
}

const nonceBytes = 12
const tagBytes = 16

/**
 * Derives one key per purpose (HKDF, RFC 5869) from each secret. The first one seals, all of them open.
 *
 * @param secrets newest first; at least one, each of 32 characters or more
 * @throws {TypeError} for a shorter one: a blank in a deployment must not become a key that everybody knows
 */
export function secretsOf(secrets: readonly string[]): Secrets {
  if (secrets.length === 0 || secrets.some((secret) => typeof secret !== 'string' || secret.length < 32))
    throw new TypeError('each secret must have 32 characters or more')
  const key = (secret: string, purpose: string) =>
    Buffer.from(hkdfSync('sha256', secret, 'claimstake', purpose, 32))
  const sealing = secrets.map((secret) => key(secret, 'cursor'))
  const [newest = ''] = secrets
  const digesting = new Map<string, Buffer>()
  return {
    digest(purpose, text) {
      const derived = digesting.get(purpose) ?? key(newest, purpose)
      digesting.set(purpose, derived)
      return createHmac('sha256', derived).update(text).digest().subarray(0, 16).toString('base64url')
    },
    seal(text, context) {
      const nonce = randomBytes(nonceBytes)
      const cipher = createCipheriv('aes-256-gcm', sealing[0] ?? '', nonce).setAAD(Buffer.from(context))
      const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
      return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url')
    },
    open(sealed, context) {
      const bytes = Buffer.from(sealed, 'base64url')
      if (bytes.length <= nonceBytes + tagBytes || bytes.toString('base64url') !== sealed) return undefined
      for (const candidate of sealing) {
        const text = decrypt(candidate, bytes, context)
        if (text !== undefined) return text
      }
      return undefined
    },
  }
}

function decrypt(key: Buffer, bytes: Buffer, context: string): string | undefined {
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, nonceBytes), {
    authTagLength: tagBytes,
  })
  decipher.setAAD(Buffer.from(context)).setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes))
  try {
    return Buffer.concat([decipher.update(bytes.subarray(nonceBytes + tagBytes)), decipher.final()]).toString(
      'utf8',
    )
  } catch {
    return undefined
  }
}
