import { relative } from 'node:path'
import { messageOf } from './error-facts.js'

/** The first line of a migration that must be read by somebody before it may run. */
export const unaccepted =
  '-- NOT ACCEPTED YET: this may lose data or refuse existing rows. Delete this line to accept it.'

/** What to do about a migration that bears the {@link unaccepted} line. */
export function acceptance(file: string, risky: readonly string[]): Error {
  const steps = risky.map(indented).join('\n')
  return new Error(
    `A migration that may lose data or refuse existing rows is written but not applied:\n` +
      `  ${relative(process.cwd(), file)}\n${steps}\n` +
      'Read it, and edit it if you meant something else (a rename, say). To accept it, delete its first line and ' +
      'start again. To give it up, delete its folder, undo the change in schema.prisma and start again.',
  )
}

/** A statement within a message. */
export const indented = (statement: string): string => `    ${statement.replaceAll('\n', '\n    ')}`

const notOurs =
  'The database has tables, but no record of the migrations in prisma/migrations, so nothing was changed in it.\n' +
  'If it is the wrong one, set DATABASE_URL to an empty database. If its tables are what the migrations would make, ' +
  'record each as applied and start again: npm run resolve -- --applied <name of the folder>'

/** What to do about migrations of which nobody can tell what became of them. */
export function wasCutShort(names: readonly string[], cause?: unknown): Error {
  const again = cause === undefined ? '' : ` To apply it again was refused: ${messageOf(cause)}.`
  return new Error(
    `Somebody was stopped in the middle of the migration ${names.join(', ')}, and what it had done by then is not ` +
      `recorded.${again} Compare the database with its migration.sql, then run one of\n${commandsFor(names)}`,
    { cause },
  )
}

/** What to do about migrations that failed in this database earlier. */
export function failedEarlier(names: readonly string[]): Error {
  return new Error(
    `A migration failed in this database earlier: ${names.join(', ')}. See what it left behind, then run one of\n` +
      commandsFor(names),
  )
}

/** The two commands that say what became of a migration, for each. */
function commandsFor(names: readonly string[]): string {
  const commands = names.flatMap((name) => [
    `  npm run resolve -- --rolled-back ${name}   (nothing of it is there: the next start applies it)`,
    `  npm run resolve -- --applied ${name}   (all of it is there)`,
  ])
  return [
    ...commands,
    'and start again. In a container: node dist/resolve.js --applied, or --rolled-back.',
  ].join('\n')
}

/** The engine's own text without its stack of engine frames; that of a faulty schema names line and cause. */
export function readable(error: unknown): Error {
  if (/database schema is not empty/u.test(messageOf(error))) return new Error(notOurs, { cause: error })
  return new Error(
    messageOf(error)
      .replace(/\n\s+\d+: [a-z_]+::[^]*$/, '')
      .replace(/^external connector error\nError querying the database: ERROR: /, '')
      .trim(),
    { cause: error },
  )
}

/**
 * Names a migration after the engine's summary of it: `add_note`, `change_post_and_comment`.
 *
 * @param summary such as `[+] Added tables\n  - Note`
 */
export function labelFor(summary: string): string {
  const added = [...summary.matchAll(/^ {2}- (\w+)$/gm)].map(([, name]) => name ?? '')
  const changed = [...summary.matchAll(/^\[\*\] Changed the `(\w+)`/gm)].map(([, name]) => name ?? '')
  const isNew = summary.includes('[+]') && !summary.includes('[-]') && added.length > 0
  const names = isNew ? added : [...changed, ...added]
  const label = `${isNew ? 'add' : 'change'}_${[...new Set(names)].join('_and_')}`
  return label
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replace(/[^a-z0-9_]/g, '')
    .slice(0, 60)
    .replace(/(?:_and)?_+$|_and$/, '')
}
