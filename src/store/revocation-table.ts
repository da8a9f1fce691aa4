import type { Pool, QueryResult, QueryResultRow } from 'pg'
import { missingTable } from './missing-table.js'
import { revocationKey } from './revocation-key.js'
import type { NewsRead } from './revocation-feed.js'
import type { RevocationNews } from './revocation-news.js'

/** One token, by the `jti` its issuer gave it; or the tokens of a subject that were issued up to a time. */
export type RevokedTokens =
  | { readonly issuer: string; readonly jti: string }
  | {
      readonly issuer: string
      readonly subject: string
      /** Tokens with this `iat` or an earlier one, in whole seconds, and those without. Default: now. */
      readonly issuedBefore?: Date | undefined
    }

/** What names a revocation. */
export type RevocationName =
  { readonly issuer: string; readonly jti: string } | { readonly issuer: string; readonly subject: string }

/** What is kept of a revocation. */
export interface Revocation {
  readonly issuer: string
  readonly jti: string | null
  readonly subject: string | null
  readonly issuedBefore: Date | null
  readonly revokedAt: Date
  /** `null`: it is kept for ever. */
  readonly expiresAt: Date | null
}

/** What is asked of the table, each with one statement. */
export interface RevocationTable {
  readonly revoke: (tokens: RevokedTokens, until: Date | undefined) => Promise<Revocation>
  readonly restore: (name: RevocationName) => Promise<boolean>
  readonly list: () => Promise<Revocation[]>
  /**
   * Whether a token with these keys is revoked.
   *
   * @param issuedAt in seconds since 1970; without it, it may have been issued at any time
   */
  readonly find: (keys: readonly string[], issuedAt: number | undefined) => Promise<boolean>
  /**
   * What was written since a time that an earlier reading told, and a little before.
   *
   * @param most how many are wanted: one more says that there are more
   */
  readonly news: (since: string | undefined, most: number) => Promise<NewsRead>
  /** Deletes what has expired, a bounded number with each statement. */
  readonly forgetExpired: () => Promise<void>
}

const orMissing = missingTable('The table of revocations is')

/** Rows deleted by one statement. */
const batch = 1_000

const longestValue = 1_024

const columns =
  'issuer, jti, subject, issued_before AS "issuedBefore", revoked_at AS "revokedAt", expires_at AS "expiresAt"'

// What was written while the last look took place may have been committed after it, so looks overlap. Of two clocks the
// earlier one counts: another server may have taken over.
const newsSql = `
  SELECT extract(epoch FROM statement_timestamp())::text AS at, array_to_string(ARRAY(
    SELECT encode(key, 'hex') || '@' || extract(epoch FROM revoked_at) FROM claimstake.revocations
    WHERE revoked_at > least(to_timestamp($1::float8), statement_timestamp()) - interval '60 seconds'
    ORDER BY revoked_at DESC LIMIT $2 + 1
  ), ' ') AS news`

const counts = '(expires_at IS NULL OR expires_at > statement_timestamp())'

// A time in the future is for tokens that are still to come. No `iat`, no proof of being younger.
const lookupSql = `
  SELECT FROM claimstake.revocations WHERE key = ANY ($1::bytea[]) AND ${counts}
    AND (issued_before IS NULL OR $2::float8 IS NULL OR to_timestamp($2::float8) <= issued_before)
  LIMIT 1`

// What has expired is as good as deleted.
const later = (column: string, ofTwo: string) =>
  `${column} = CASE WHEN known.expires_at <= clock_timestamp() THEN excluded.${column} ELSE ${ofTwo} END`
const revokeSql = `
  INSERT INTO claimstake.revocations AS known (key, issuer, jti, subject, issued_before, expires_at)
  VALUES ($1, $2, $3, $4::text, CASE WHEN $4::text IS NOT NULL THEN coalesce($5, clock_timestamp()) END, $6)
  ON CONFLICT (key) DO UPDATE SET revoked_at = clock_timestamp(),
    ${later('issued_before', 'greatest(known.issued_before, excluded.issued_before)')},
    ${later(
      'expires_at',
      `CASE WHEN known.expires_at IS NULL OR excluded.expires_at IS NULL THEN NULL
        ELSE greatest(known.expires_at, excluded.expires_at) END`,
    )}
  RETURNING ${columns}`

/** The table that `migrate(pool)` makes, and the statements on it. */
export function revocationTable(pool: Pick<Pool, 'query'>): RevocationTable {
  const query = <Row extends QueryResultRow>(
    text: string,
    values: unknown[] = [],
  ): Promise<QueryResult<Row>> => pool.query<Row>(text, values).catch(orMissing)
  return {
    async revoke(tokens, until) {
      const { key, issuer, jti, subject } = named(tokens)
      const issuedBefore = 'issuedBefore' in tokens ? tokens.issuedBefore : undefined
      if (issuedBefore !== undefined && !isTime(issuedBefore))
        throw new TypeError('issuedBefore must be a time')
      if (until !== undefined && !(isTime(until) && until.getTime() > Date.now()))
        throw new TypeError('until must be a time in the future')
      const values = [key, issuer, jti, subject, issuedBefore, until]
      const { rows } = await query<Revocation>(revokeSql, values)
      return rows[0] as Revocation
    },

    async restore(name) {
      const { rowCount } = await query(
        `WITH gone AS (DELETE FROM claimstake.revocations WHERE key = $1 RETURNING expires_at)
         SELECT FROM gone WHERE ${counts}`,
        [named(name).key],
      )
      return rowCount === 1
    },

    async list() {
      const { rows } = await query<Revocation>(
        `SELECT ${columns} FROM claimstake.revocations WHERE ${counts} ORDER BY revoked_at, key`,
      )
      return rows
    },

    async find(keys, issuedAt) {
      const { rowCount } = await query(lookupSql, [keys.map(bytes), issuedAt])
      return rowCount !== 0
    },

    async news(since, most) {
      const { rows } = await query<{ at: string; news: string }>(newsSql, [since, most])
      const { at, news } = rows[0] as { at: string; news: string }
      return { at, news: news === '' ? [] : news.split(' ').map(newsOf) }
    },

    async forgetExpired() {
      for (let gone = batch; gone === batch;) {
        const { rowCount } = await query(
          `DELETE FROM claimstake.revocations WHERE key IN (
             SELECT key FROM claimstake.revocations WHERE expires_at <= now()
             ORDER BY expires_at LIMIT ${batch} FOR UPDATE SKIP LOCKED
           )`,
        )
        gone = rowCount ?? 0
      }
    },
  }
}

function newsOf(text: string): RevocationNews {
  const [key = '', at = ''] = text.split('@')
  return { key, at }
}

/** A revocation's key and the columns that name it. */
function named(name: RevocationName) {
  const issuer = storable(name.issuer, 'issuer')
  if ('jti' in name) {
    const jti = storable(name.jti, 'jti')
    return { key: bytes(revocationKey(issuer, 'jti', jti)), issuer, jti, subject: null }
  }
  const subject = storable(name.subject, 'subject')
  return { key: bytes(revocationKey(issuer, 'sub', subject)), issuer, jti: null, subject }
}

function bytes(key: string): Buffer {
  return Buffer.from(key, 'hex')
}

/** Postgres stores a lone surrogate as another character, which would name somebody else, and refuses NUL. */
function storable(value: unknown, name: string): string {
  const isText = typeof value === 'string' && value !== '' && value.length <= longestValue
  if (!isText || !value.isWellFormed() || value.includes('\0'))
    throw new TypeError(
      `${name} must be a text of 1 to ${longestValue} characters, without NUL and lone surrogates`,
    )
  return value
}

function isTime(value: Date): boolean {
  return value instanceof Date && !Number.isNaN(value.getTime())
}
