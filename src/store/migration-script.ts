import { storeMigrations, type StoreMigration } from './store-migrations.js'

/** Any number that nobody else uses in this database. */
const lockKey = 4_019_637_285

/**
 * The SQL that makes our own tables, for those who let nobody but `psql` change a database: what `migrate(pool)`
 * runs. It may be run again: what was applied is not applied twice.
 *
 * @example
 * console.log(migrationSql()) // … | psql "$DATABASE_URL" --set ON_ERROR_STOP=1
 */
export function migrationSql(): string {
  return migrationScript(storeMigrations())
}

/**
 * One statement, so that all of it happens or nothing, whoever sends it. What is there already is looked for
 * rather than left to IF NOT EXISTS, which asks for the right to create first: a role without that right can then
 * still start on tables that somebody else made.
 */
export function migrationScript(migrations: readonly StoreMigration[]): string {
  return `DO $claimstake$
BEGIN
  -- One at a time: whoever comes second finds everything done.
  PERFORM pg_advisory_xact_lock(${lockKey});
  IF to_regnamespace('claimstake') IS NULL THEN
    CREATE SCHEMA claimstake;
  END IF;
  IF to_regclass('claimstake.migrations') IS NULL THEN
    CREATE TABLE claimstake.migrations (
      number     integer     PRIMARY KEY,
      name       text        NOT NULL,
      checksum   text        NOT NULL,
      applied_at timestamptz NOT NULL DEFAULT now()
    );
  END IF;
  IF EXISTS (SELECT FROM claimstake.migrations WHERE number > ${migrations.length}) THEN
    RAISE EXCEPTION 'The schema claimstake of this database was made by a newer version of Claimstake (number % of its tables, this version knows ${migrations.length}): start that version, or a newer one.',
      (SELECT max(number) FROM claimstake.migrations);
  END IF;
${migrations.map(step).join('')}END
$claimstake$;
`
}

function step({ number, name, checksum, sql }: StoreMigration): string {
  return `
  IF NOT EXISTS (SELECT FROM claimstake.migrations WHERE number = ${number}) THEN
    EXECUTE $sql$
${sql}$sql$;
    INSERT INTO claimstake.migrations (number, name, checksum)
    VALUES (${number}, '${name}', '${checksum}');
  ELSIF NOT EXISTS (SELECT FROM claimstake.migrations WHERE number = ${number} AND checksum = '${checksum}') THEN
    RAISE EXCEPTION 'sql/${name}.sql is not the file that was applied to this database: restore it, and put the change in a file with the next number.';
  END IF;
`
}
