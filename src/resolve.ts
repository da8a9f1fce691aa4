import { join } from 'node:path'
import { commandLine, UsageError } from './config/command-line.js'
import { databaseCommand } from './database/database-command.js'
import { resolveMigration } from './database/resolve-migration.js'

const usage = `Usage: npm run --silent resolve -- --rolled-back <migration>
       npm run --silent resolve -- --applied <migration>

Says what became of a migration that failed or was cut short, when a start asks for it. --rolled-back: nothing of it is
in the database, and the next start applies it. --applied: all of it is there. In a container: node dist/resolve.js ...
It records what prisma migrate resolve does, without downloading an engine.
`

// From this file, so that it may be called in any folder.
const schemaPath = join(import.meta.dirname, '../prisma/schema.prisma')
const migrationsFolder = join(import.meta.dirname, '../prisma/migrations')

await databaseCommand(usage, (args) => {
  const { values, positionals } = commandLine(args, {
    applied: { type: 'string' },
    'rolled-back': { type: 'string' },
  })
  if (values.help) return undefined
  const { applied, 'rolled-back': rolledBack } = values
  const name = applied ?? rolledBack
  if (name === undefined || (applied !== undefined && rolledBack !== undefined) || positionals.length > 0)
    throw new UsageError('name one migration, as --applied or as --rolled-back')
  const outcome = applied === undefined ? 'rolled-back' : 'applied'
  return async (_pool, url) => {
    await resolveMigration({ url, schemaPath, migrationsFolder }, name, outcome)
    console.error(`Recorded as ${outcome}: ${name}`)
  }
})
