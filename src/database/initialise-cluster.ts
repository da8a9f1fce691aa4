import { execFile } from 'node:child_process'
import { readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { messageOf } from './error-facts.js'
import type { ClusterOptions } from './launch-postgres.js'
import { isAlive } from './running-postmaster.js'

const draftName = /^initialising-(\d+)$/

/**
 * Makes the database cluster in a sibling and renames it into place, so that a cluster is there wholly or not
 * at all, however the process ends. Its order and case rules are those of Unicode code points on every
 * machine, not those of the machine's locale.
 */
export async function initialise(options: Omit<ClusterOptions, 'port'>): Promise<void> {
  const { folder, data, native, account, durable } = options
  for (const name of await readdir(folder)) {
    const pid = draftName.exec(name)?.[1]
    if (pid && !isAlive(Number(pid))) await rm(join(folder, name), { recursive: true, force: true })
  }
  const draft = join(folder, `initialising-${process.pid}`)
  await rm(draft, { recursive: true, force: true })
  const settings = [
    '--username=postgres',
    `--pwfile=${join(folder, 'password')}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--no-instructions',
    ...(durable ? [] : ['--no-sync']),
  ]
  await promisify(execFile)(join(native, 'bin', 'initdb'), [`--pgdata=${draft}`, ...settings], {
    ...account,
    cwd: folder,
    env: {},
  }).catch((cause: unknown) => {
    throw new Error(
      `The embedded database could not be created in ${folder}: ${messageOf(cause)}\n` +
        'If a library is missing, run npm rebuild; or set DATABASE_URL to a database of your own.',
      { cause },
    )
  })
  await rename(draft, data)
}
