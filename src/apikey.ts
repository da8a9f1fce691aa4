import { commandLine, daysOf, expiring, UsageError } from './config/command-line.js'
import { databaseCommand, type DatabaseWork } from './database/database-command.js'
import { apiKeys, type ApiKey, type ApiKeyStore } from './store/api-keys.js'
import { migrateStore } from './store/migrate-store.js'

const usage = `Usage: npm run --silent apikey -- create <name> [--expires-in 90d]
       npm run --silent apikey -- list
       npm run --silent apikey -- revoke <id>

Makes, lists and ends the keys that callers send in X-Api-Key. In a container: node dist/apikey.js ...
A key works for 90 days unless --expires-in says otherwise (30m, 12h, 7d), for three years at most. Only a hash of it
is kept, so it is shown once, when it is made:

  KEY=$(npm run --silent apikey -- create billing)
`

type Work = (keys: ApiKeyStore) => Promise<void>

await databaseCommand(usage, (args) => {
  const { values, positionals } = commandLine(args, expiring)
  return values.help ? undefined : onKeys(workOf(positionals, values['expires-in']))
})

function onKeys(work: Work): DatabaseWork {
  return async (pool) => {
    await migrateStore(pool)
    await work(apiKeys(pool))
  }
}

/** What the arguments ask for. */
function workOf([command, operand, ...more]: string[], expiresIn: string | undefined): Work {
  if (more.length > 0) throw new UsageError('a name of several words needs quotes around it')
  if (expiresIn !== undefined && command !== 'create') throw new UsageError('--expires-in is for create')
  switch (command) {
    case 'create':
      if (operand === undefined) throw new UsageError('create needs a name for the key')
      return create(operand, expiresIn)
    case 'list':
      if (operand !== undefined) throw new UsageError('list takes nothing more')
      return list
    case 'revoke':
      if (operand === undefined) throw new UsageError('revoke needs the id of a key, from list')
      return revoke(operand)
    default:
      throw new UsageError(command === undefined ? 'what to do?' : `"${command}" is not something to do`)
  }
}

/** Prints the key and nothing else on standard output, so that a shell can take it. */
function create(name: string, expiresIn: string | undefined): Work {
  const days = expiresIn === undefined ? undefined : daysOf(expiresIn)
  return async (keys) => {
    const { key, id, expiresAt } = await keys
      .create({ name, expiresInDays: days })
      .catch((error: unknown) => {
        throw error instanceof TypeError ? new UsageError(error.message, { cause: error }) : error
      })
    console.error(`Key ${id} works until ${expiresAt.toISOString()}. It is not shown again:`)
    console.log(key)
  }
}

async function list(keys: ApiKeyStore): Promise<void> {
  const all = await keys.list()
  if (all.length === 0) console.error('There are no keys.')
  for (const key of all) console.log([key.id, stateOf(key).padEnd(35), key.name].join('  '))
}

function stateOf({ expiresAt, revokedAt }: ApiKey): string {
  if (revokedAt) return `revoked ${revokedAt.toISOString()}`
  return `${expiresAt.getTime() > Date.now() ? 'until' : 'expired'} ${expiresAt.toISOString()}`
}

function revoke(id: string): Work {
  return async (keys) => {
    if (!(await keys.revoke(id))) throw new Error('There is no such key: npm run --silent apikey -- list')
    console.error('Revoked. Every instance refuses it within five seconds.')
  }
}
