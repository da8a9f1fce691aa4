import { statements } from './statements.js'

/**
 * The statements of a generated migration that could lose data or refuse existing rows: everything that is not
 * known to only add. Being a list of the harmless forms, it errs on the side of asking.
 */
export function riskySteps(sql: string): string[] {
  return statements(sql)
    .map(({ text }) => text)
    .filter((statement) => !isHarmless(statement))
}

const harmless = [
  /^CREATE (TYPE|TABLE|INDEX|UNIQUE INDEX|SCHEMA|SEQUENCE|EXTENSION) /,
  /^ALTER TYPE "[^"]+" ADD VALUE '/,
  /^ALTER SEQUENCE "[^"]+" OWNED BY /,
  /^ALTER INDEX "[^"]+" RENAME TO /,
  /^DROP INDEX /,
]

/** The parts of an ALTER TABLE. A new required column either fits the rows there are or fails as a whole. */
const harmlessAction = [
  /^ADD COLUMN /,
  /^ADD CONSTRAINT /,
  /^RENAME CONSTRAINT /,
  /^DROP CONSTRAINT "[^"]+_fkey"$/,
  /^ALTER COLUMN "[^"]+" (SET DEFAULT |DROP DEFAULT$|DROP NOT NULL$)/,
]

function isHarmless(statement: string): boolean {
  const actions = /^ALTER TABLE (?:"[^"]+"\.)?"[^"]+" ([^]*)$/.exec(statement)?.[1]
  if (actions === undefined) return harmless.some((form) => form.test(statement))
  return actions.split(/,\s*\n/).every((action) => harmlessAction.some((form) => form.test(action.trim())))
}
