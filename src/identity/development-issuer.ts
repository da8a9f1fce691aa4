import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomUUID,
  type KeyObject,
} from 'node:crypto'
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SignJWT } from 'jose'
import type { Claims } from '../claims/principal.js'
import { parseIssuer, type IssuerSettings } from '../config/issuer.js'

/** The issuer of a machine where nobody configured one. */
export interface DevelopmentIssuer {
  readonly settings: IssuerSettings
  /**
   * Signs a token that this machine's service accepts. `iss`, `aud`, `iat` and `exp` are added where the claims
   * leave them out; no `sub` is, because it would be an identity nobody asked for.
   *
   * @param expiresIn how long it lives: `30s`, `5m`, `12h`, `7d`; `-1h` has expired. Default: `12h`
   */
  readonly sign: (claims: Claims, options?: { readonly expiresIn?: string | undefined }) => Promise<string>
}

/** Where the service keeps what it makes for itself, relative to the working directory. */
export const developmentFolder = '.data'

/** `.invalid` never resolves (RFC 6761): no server on any network can pose as this issuer. */
export const developmentIssuerName = 'https://development.claimstake.invalid'
const audience = 'claimstake'

/**
 * Opens the issuer that stands in for a real one outside production, making its ES256 key on first use. The key
 * stays in `development-issuer.json` of the folder, readable by its owner only; of several processes that start at
 * once, all get the same key.
 *
 * @param folder made when missing. Default: {@link developmentFolder}
 * @throws {TypeError} when the file holds no such key
 * @example
 * const { settings, sign } = await developmentIssuer()
 * const token = await sign({ user_id: 'ana', user_groups: ['Moderator'] })
 */
export async function developmentIssuer(folder = developmentFolder): Promise<DevelopmentIssuer> {
  const file = join(folder, 'development-issuer.json')
  const key = (await readKey(file)) ?? (await makeKey(folder, file))
  const publicKey = createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString()
  return {
    settings: parseIssuer({ issuer: developmentIssuerName, audience, publicKey }),
    sign(claims, { expiresIn = '12h' } = {}) {
      const token = new SignJWT({ iss: developmentIssuerName, aud: audience, ...claims }).setProtectedHeader({
        alg: 'ES256',
        typ: 'JWT',
      })
      if (!Object.hasOwn(claims, 'iat')) token.setIssuedAt()
      if (!Object.hasOwn(claims, 'exp')) token.setExpirationTime(expiresIn)
      return token.sign(key)
    },
  }
}

async function readKey(file: string): Promise<KeyObject | undefined> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  try {
    const { privateKey } = JSON.parse(text) as { privateKey: string }
    return createPrivateKey(privateKey)
  } catch (cause) {
    throw new TypeError(`${file} holds no usable key; delete it and a new one is made`, { cause })
  }
}

/** Writes beside the file and links it into place: a reader finds a whole key or none, and the first writer wins. */
async function makeKey(folder: string, file: string): Promise<KeyObject> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const draft = `${file}.${randomUUID()}`
  await mkdir(folder, { recursive: true })
  try {
    const text = JSON.stringify(
      { privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }) },
      undefined,
      2,
    )
    await writeFile(draft, `${text}\n`, { mode: 0o600, flag: 'wx' })
    await link(draft, file)
    return privateKey
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    return (await readKey(file)) ?? privateKey
  } finally {
    await rm(draft, { force: true })
  }
}
