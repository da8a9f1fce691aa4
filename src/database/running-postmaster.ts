import { execFile } from 'node:child_process'
import { readFile, readlink, realpath, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { codeOf } from './error-facts.js'

/** Whether a process of that id exists, ours or not. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}

/** What a server says about itself. */
interface PidFile {
  readonly pid: number
  readonly port: number
  readonly status: string
}

/** What the server says about itself; undefined when it does not run, or has not got that far. */
export async function readPidFile(data: string): Promise<PidFile | undefined> {
  const lines = (await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n')
  const pid = Number(lines[0])
  return pid > 0 ? { pid, port: Number(lines[3]), status: (lines[7] ?? '').trim() } : undefined
}

/**
 * The port of the server that another living process of ours keeps for itself, once it accepts connections; the wait
 * for that has an end.
 *
 * @returns `undefined` when there is none, or nobody left who keeps it
 */
export async function portInUse(folder: string, data: string): Promise<number | undefined> {
  for (let waited = 0; waited < 60_000; waited += 50) {
    const file = await readPidFile(data)
    if (!file || !(await isServerOf(data, file.pid)) || !(await livingOwner(folder))) return undefined
    if (file.status === 'ready') return file.port
    await sleep(50)
  }
  return undefined
}

/** The process that started the server, if that is another one than this and lives. */
async function livingOwner(folder: string): Promise<number | undefined> {
  const owner = Number(await readFile(join(folder, 'owner'), 'utf8').catch(() => '0'))
  // In a container every start may get the number of the last one, so our own number is no other process.
  return owner > 0 && owner !== process.pid && isAlive(owner) ? owner : undefined
}

/**
 * Clears the way for a start. A pid file may name a server whose guard is just stopping it, one that was
 * orphaned (both owner and guard killed), or, after a reboot, a process that has nothing to do with us.
 *
 * @throws Error when another living process of ours uses the folder.
 */
export async function stopOrphan(folder: string, data: string): Promise<void> {
  const file = await readPidFile(data)
  if (!file) return
  if (!(await isServerOf(data, file.pid))) {
    // PostgreSQL itself would believe it whenever that number has been given to somebody else.
    await rm(join(data, 'postmaster.pid'), { force: true })
    return
  }
  const owner = await livingOwner(folder)
  if (owner !== undefined) {
    throw new Error(
      `The database in ${folder} is in use by process ${owner}: stop that one first, or set DATABASE_URL.`,
    )
  }
  await stopServer(data, file.pid)
}

/** Fast shutdown, then after 10 s an immediate one (which the next start recovers from), then the hard way. */
export async function stopServer(data: string, pid: number): Promise<void> {
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
    if (await isServerOf(data, pid)) process.kill(pid, signal)
    for (let waited = 0; waited < 10_000; waited += 20) {
      if (!(await isServerOf(data, pid))) return
      await sleep(20)
    }
  }
  throw new Error(`The database server (process ${pid}) does not stop: end it by hand.`)
}

/** Process ids are reused and ended processes may linger, so ask who it is: a server works in its data folder. */
async function isServerOf(data: string, pid: number): Promise<boolean> {
  if (!isAlive(pid)) return false
  if (process.platform === 'linux') {
    return (await readlink(`/proc/${pid}/cwd`).catch(() => '')) === (await realpath(data))
  }
  const command = await promisify(execFile)('ps', ['-o', 'command=', '-p', String(pid)]).catch(
    () => undefined,
  )
  return command?.stdout.includes(data) ?? false
}
