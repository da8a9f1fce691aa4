import { randomBytes } from 'node:crypto'

/** An API key in its parts. */
export interface ApiKeyText {
  /** Names the key in lists and logs; it proves nothing. */
  readonly id: string
  readonly secret: string
}

/** So that a scanner of repositories and logs recognises a key, and whoever finds one knows what it opens. */
const prefix = 'claimstake'

// Hexadecimal and lower case only: one key has one spelling, and a double click selects all of it.
const form = new RegExp(`^${prefix}_(?<id>[0-9a-f]{16})_(?<secret>[0-9a-f]{64})$`, 'u')

/** A new key: 64 random bits to find it by, 256 to prove it. */
export function newApiKey(): ApiKeyText & { readonly key: string } {
  const id = randomBytes(8).toString('hex')
  const secret = randomBytes(32).toString('hex')
  return { id, secret, key: `${prefix}_${id}_${secret}` }
}

/** The parts of a key, or `undefined` for anything that cannot be one. */
export function parseApiKey(text: string): ApiKeyText | undefined {
  const { id, secret } = form.exec(text)?.groups ?? {}
  return id === undefined || secret === undefined ? undefined : { id, secret }
}
