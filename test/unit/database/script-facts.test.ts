import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { endsTransactions, failsWhenRepeated } from '../../../src/database/script-facts.js'

describe('a script that begins or ends transactions itself', () => {
  test.each([
    'BEGIN;\nCREATE TABLE a (id int);\nCOMMIT;',
    'create table a (id int); commit',
    'SELECT 1; -- done\n  COMMIT;',
    'SELECT 1; /* done */ /* really */ END;',
    'START TRANSACTION; SELECT 1',
    'ROLLBACK',
    "PREPARE TRANSACTION 'x'",
    "SELECT E'it\\'s'; COMMIT; SELECT ''",
  ])('%j', (sql) => expect(endsTransactions(sql)).toBe(true))

  test.each([
    'CREATE TABLE a (id int);',
    'SELECT 1; -- COMMIT;\n',
    '/* COMMIT; */ SELECT 1',
    "INSERT INTO a VALUES ('; COMMIT;')",
    'CREATE TABLE "; COMMIT;" (id int)',
    'DO $$ BEGIN PERFORM 1; COMMIT; END $$;',
    'CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $f$ BEGIN RETURN 1; END; $f$;',
    'SELECT CASE WHEN true THEN 1 END;',
    'PREPARE plan AS SELECT 1',
    'CREATE INDEX CONCURRENTLY "i" ON "a" (id)',
  ])('is not %j', (sql) => expect(endsTransactions(sql)).toBe(false))
})

describe('a script that Postgres refuses a second time', () => {
  test.each([
    'CREATE TABLE "a" (id int);',
    'UPDATE a SET n = n + 1; CREATE TYPE mood AS ENUM ()',
    '-- CreateIndex\nCREATE UNIQUE INDEX "i" ON "a"("id");',
    'ALTER TABLE "a" ADD COLUMN     "b" TEXT NOT NULL;',
    '-- AddForeignKey\nALTER TABLE "s"."a" ADD CONSTRAINT "k" FOREIGN KEY (id) REFERENCES b(id);',
  ])('%j', (sql) => expect(failsWhenRepeated(sql)).toBe(true))

  test.each([
    'UPDATE a SET n = n + 1',
    "INSERT INTO a VALUES ('CREATE TABLE b ()')",
    'CREATE TABLE IF NOT EXISTS a (id int)',
    'CREATE INDEX ON a (id)',
    'CREATE INDEX CONCURRENTLY "i" ON a (id)',
    'CREATE TEMP TABLE b (id int)',
    'ALTER TABLE a ADD COLUMN IF NOT EXISTS b int',
    'ALTER TABLE "a" DROP COLUMN "b",\nADD COLUMN     "b" INTEGER;',
    'CREATE TABLE b (id int); INSERT INTO a SELECT 1; DROP TABLE b',
    'CREATE TABLE b (id int); UPDATE a SET n = n + 1; ALTER TABLE b RENAME TO c',
  ])('is not known of %j', (sql) => expect(failsWhenRepeated(sql)).toBe(false))

  test('the shipped migrations are', () => {
    for (const name of readdirSync('prisma/migrations').filter((each) => /^\d/u.test(each))) {
      const sql = readFileSync(join('prisma/migrations', name, 'migration.sql'), 'utf8')
      expect([endsTransactions(sql), failsWhenRepeated(sql)]).toEqual([false, true])
    }
  })
})
