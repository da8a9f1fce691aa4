import { missingTable } from './missing-table.js'

/** Sends SQL with its values, and gives the rows. */
export type Sql = (
  text: string,
  values: readonly unknown[],
) => Promise<readonly Readonly<Record<string, unknown>>[]>

/** What is kept of a call that was answered; all parts are texts that only their maker can read. */
export interface IdempotentAnswer {
  readonly key: string
  /** Of what was sent: another one under the same key is another call. */
  readonly fingerprint: string
  readonly answer: string
}

/** The answers to calls with an `Idempotency-Key`, within one transaction. A call has one key under each secret. */
export interface IdempotentAnswers {
  /**
   * Takes the keys of a call until the transaction ends. It never waits: a call that waited would keep a connection from
   * all others.
   *
   * @returns whether nobody else has one of them
   */
  readonly take: (keys: readonly string[]) => Promise<boolean>
  /** The answer of the last 24 hours under one of the keys, if there is one. Ask once they are taken. */
  readonly find: (keys: readonly string[]) => Promise<IdempotentAnswer | undefined>
  /** Keeps an answer, as it is for each key. @returns `false` where there is one already: the transaction must not be committed then */
  readonly keep: (answers: readonly IdempotentAnswer[]) => Promise<boolean>
}

const orMissing = missingTable('The table of answers to idempotent calls is')

/** How long an answer counts, in the words of Postgres. */
const kept = "interval '24 hours'"

/** Answers deleted by one statement. */
const batch = 1_000

/**
 * The answers in the table that `migrate(pool)` makes.
 *
 * @param sql speaks to the transaction in which the call writes its rows, so that there is an answer exactly where there
 * was a write
 */
export function idempotentAnswers(sql: Sql): IdempotentAnswers {
  const query: Sql = (text, values) => sql(text, values).catch(orMissing)
  return {
    async take(keys) {
      // One after the other, in one order: of two calls the first comer has all of them, and not each of them one.
      for (const key of keys.toSorted()) {
        const [row] = await query(
          "SELECT pg_try_advisory_xact_lock(hashtextextended('claimstake ' || $1::text, 0)) AS taken",
          [key],
        )
        if (row?.['taken'] !== true) return false
      }
      return true
    },

    // A statement of its own: one that also took the keys would see the table as it was before.
    async find(keys) {
      const [row] = await query(
        `SELECT key, fingerprint, answer FROM claimstake.idempotent_answers
         WHERE key = ANY($1::text[]) AND stored_at > now() - ${kept} LIMIT 1`,
        [keys],
      )
      return (
        row && {
          key: String(row['key']),
          fingerprint: String(row['fingerprint']),
          answer: String(row['answer']),
        }
      )
    },

    // An old answer is overwritten; a young one that `find` did not see (the database's default isolation may be
    // stricter than read committed) is a write that happened.
    async keep(answers) {
      const stored = await query(
        `INSERT INTO claimstake.idempotent_answers AS known (key, fingerprint, answer)
         SELECT * FROM unnest($1::text[], $2::text[], $3::text[])
         ON CONFLICT (key) DO UPDATE
         SET fingerprint = excluded.fingerprint, answer = excluded.answer, stored_at = excluded.stored_at
         WHERE known.stored_at <= now() - ${kept}
         RETURNING key`,
        [
          answers.map(({ key }) => key),
          answers.map(({ fingerprint }) => fingerprint),
          answers.map(({ answer }) => answer),
        ],
      )
      return stored.length === answers.length
    },
  }
}

/** Deletes the answers that count no longer, a bounded number with each statement. */
export async function forgetOldAnswers(sql: Sql): Promise<void> {
  for (let gone = batch; gone === batch;) {
    const deleted = await sql(
      `DELETE FROM claimstake.idempotent_answers WHERE key IN (
         SELECT key FROM claimstake.idempotent_answers WHERE stored_at <= now() - ${kept}
         ORDER BY stored_at LIMIT ${batch} FOR UPDATE SKIP LOCKED
       ) RETURNING 1 AS gone`,
      [],
    ).catch(orMissing)
    gone = deleted.length
  }
}
