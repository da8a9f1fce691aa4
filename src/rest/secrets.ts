import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto'

/** Keyed functions over one secret. */
export interface Secret {
  /** HMAC-SHA-256 of a text for one purpose, shortened to 16 bytes, as base64url. */
  digest(purpose: string, text: string): string
  /** Encrypts a text (AES-256-GCM) so that it opens only together with the same context. */
  seal(text: string, context: string): string
  /** The sealed text, or `undefined` if it was altered, or sealed in another context or under another secret. */
  open(sealed: string, context: string): string | undefined
}

/** The newest secret, which opens what each of the others has sealed too: one replaces another while both count. */
export interface Secrets extends Secret {
  /** Newest first. What is looked up or compared by a digest is looked up or compared under each of them. */
  readonly each: readonly Secret[]
}

const nonceBytes = 12
const tagBytes = 16

/**
 * Reads the list of secrets.
 *
 * @param texts newest first; at least one, each of 32 characters or more
 * @throws {TypeError} for a shorter one: a blank in a deployment must not become a key that everybody knows
 */
export function secretsOf(texts: readonly string[]): Secrets {
  const [newest = '', ...older] = new Set(texts)
  const each = [newest, ...older].map(secretOf)
  return {
    ...secretOf(newest),
    each,
    open(sealed, context) {
      for (const secret of each) {
        const text = secret.open(sealed, context)
        if (text !== undefined) return text
      }
      return undefined
    },
  }
}

/** One key for each purpose is derived from a secret (HKDF, RFC 5869). */
function secretOf(secret: string): Secret {
  if (typeof secret !== 'string' || secret.length < 32)
    throw new TypeError('each secret must have 32 characters or more')
  const keyFor = (purpose: string) => Buffer.from(hkdfSync('sha256', secret, 'claimstake', purpose, 32))
  const sealing = keyFor('cursor')
  const digesting = new Map<string, Buffer>()
  return {
    digest(purpose, text) {
      const derived = digesting.get(purpose) ?? keyFor(purpose)
      digesting.set(purpose, derived)
      return createHmac('sha256', derived).update(text).digest().subarray(0, 16).toString('base64url')
    },
    seal(text, context) {
      const nonce = randomBytes(nonceBytes)
      const cipher = createCipheriv('aes-256-gcm', sealing, nonce).setAAD(Buffer.from(context))
      const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
      return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url')
    },
    open(sealed, context) {
      const bytes = Buffer.from(sealed, 'base64url')
      if (bytes.length <= nonceBytes + tagBytes || bytes.toString('base64url') !== sealed) return undefined
      return decrypt(sealing, bytes, context)
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
