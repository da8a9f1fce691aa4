import { hash, timingSafeEqual } from 'node:crypto'
import type { Pool, QueryResultRow } from 'pg'
import { newApiKey, parseApiKey } from './api-key-text.js'
import { missingTable } from './missing-table.js'

/** What is kept of a key. */
export interface ApiKey {
  readonly id: string
  readonly name: string
  readonly createdAt: Date
  readonly expiresAt: Date
  readonly revokedAt: Date | null
}

/** What a new key is to be: until when it counts is given one way or the other. */
export interface NewApiKey {
  /** For people: who or what uses it. At most 200 characters; need not be unique. */
  readonly name: string
  /** In days, at most 1,095. Default: 90. */
  readonly expiresInDays?: number | undefined
  readonly expiresAt?: Date | undefined
}

/** The API keys of a database. */
export interface ApiKeyStore {
  /**
   * Makes a key.
   *
   * @returns what is kept of it and, this once, `key`: the text a caller sends in `X-Api-Key`
   * @throws {TypeError} for a name or a time that cannot be
   */
  readonly create: (wanted: NewApiKey) => Promise<ApiKey & { readonly key: string }>
  /** Every key there ever was, the oldest first. */
  readonly list: () => Promise<ApiKey[]>
  /**
   * Ends a key. Every instance refuses it within five seconds.
   *
   * @param id its id, or the whole key as it was found somewhere
   * @returns whether there is such a key; one that was revoked before stays as it was
   */
  readonly revoke: (id: string) => Promise<boolean>
  /**
   * What `authenticator({ apiKeys })` asks. A key that is unknown, wrong, expired or revoked is the same to it.
   *
   * @returns its id, and when it expires in milliseconds since 1970
   */
  readonly find: (key: string) => Promise<{ readonly id: string; readonly expiresAt: number } | undefined>
}

const day = 86_400_000
const usualDays = 90
const mostDays = 3 * 365

const columns = 'id, name, created_at AS "createdAt", expires_at AS "expiresAt", revoked_at AS "revokedAt"'

const orMissing = missingTable('The tables of API keys are')

/** Compared with where there is no such key. No secret is known that hashes to it. */
const nobodysHash = Buffer.alloc(32)

/**
 * The API keys in the tables that `migrate(pool)` makes.
 *
 * @param pool a `pg.Pool` whose waits have an end
 * @example
 * const keys = apiKeys(pool)
 * const { key } = await keys.create({ name: 'billing', expiresInDays: 30 }) // show it now: it is not kept
 * const authenticate = authenticator({ issuers, apiKeys: keys })
 */
export function apiKeys(pool: Pick<Pool, 'query'>): ApiKeyStore {
  const query = <Row extends QueryResultRow>(text: string, values: unknown[] = []) =>
    pool.query<Row>(text, values).catch(orMissing)
  return {
    async create({ name, ...until }) {
      const [checked, expiresAt] = [checkedName(name), expiry(until)]
      const { id, secret, key } = newApiKey()
      const { rows } = await query<ApiKey>(
        `INSERT INTO claimstake.api_keys (id, name, secret_hash, expires_at) VALUES ($1, $2, $3, $4) RETURNING ${columns}`,
        [id, checked, hashOf(secret), expiresAt],
      )
      return { ...(rows[0] as ApiKey), key }
    },

    async list() {
      const { rows } = await query<ApiKey>(
        `SELECT ${columns} FROM claimstake.api_keys ORDER BY created_at, id`,
      )
      return rows
    },

    async revoke(id) {
      const { rowCount } = await query(
        'UPDATE claimstake.api_keys SET revoked_at = coalesce(revoked_at, now()) WHERE id = $1',
        [parseApiKey(id)?.id ?? id],
      )
      return rowCount === 1
    },

    async find(key) {
      const parts = parseApiKey(key)
      if (!parts) return undefined
      const { rows } = await query<{ secretHash: Buffer; expiresAt: number }>(
        `SELECT secret_hash AS "secretHash", (extract(epoch FROM expires_at) * 1000)::float8 AS "expiresAt"
         FROM claimstake.api_keys WHERE id = $1 AND revoked_at IS NULL AND expires_at > now()`,
        [parts.id],
      )
      // Always one comparison, and one that takes the same time wherever the two differ.
      const isRight = timingSafeEqual(hashOf(parts.secret), rows[0]?.secretHash ?? nobodysHash)
      return rows[0] && isRight ? { id: parts.id, expiresAt: rows[0].expiresAt } : undefined
    },
  }
}

/**
 * A plain hash is enough, and a slow or salted one would only cost: those are for passwords, which can be guessed.
 * A secret of 256 random bits cannot, so whoever reads the table has nothing to try.
 */
function hashOf(secret: string): Buffer {
  return hash('sha256', secret, 'buffer')
}

function checkedName(name: string): string {
  // It is printed in terminals and logs, so nothing in it may move a cursor.
  if (name.trim() === '' || name.length > 200 || !name.isWellFormed() || /\p{Cc}/u.test(name))
    throw new TypeError('the name of an API key must be 1 to 200 characters in one line')
  return name
}

function expiry({ expiresInDays, expiresAt }: Omit<NewApiKey, 'name'>): Date {
  if (expiresInDays !== undefined && expiresAt !== undefined)
    throw new TypeError('an API key expires in so many days or at a time, not both')
  const now = Date.now()
  const at = expiresAt?.getTime() ?? now + (expiresInDays ?? usualDays) * day
  if (!(at > now)) throw new TypeError('an API key must expire in the future')
  if (at > now + mostDays * day)
    throw new TypeError(`an API key must expire within three years (${mostDays} days)`)
  return new Date(at)
}
