import type { Pool } from 'pg'

/**
 * Whether the database has every one of the named migrations, by one short query: for `/readyz`.
 *
 * @param names from {@link migrationNames}, read once at boot
 */
export async function migrationsApplied(
  pool: Pick<Pool, 'query'>,
  names: readonly string[],
): Promise<boolean> {
  if (names.length === 0) return true
  const { rows } = await pool.query<{ complete: boolean }>(
    `SELECT count(DISTINCT migration_name) = cardinality($1::text[]) AS complete FROM _prisma_migrations
     WHERE migration_name = ANY($1) AND finished_at IS NOT NULL AND rolled_back_at IS NULL`,
    [names],
  )
  return rows[0]?.complete ?? false
}
