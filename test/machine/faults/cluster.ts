import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import pg from 'pg'
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../../src/database/embedded-postgres.js'
import { isAlive, readPidFile } from '../../../src/database/running-postmaster.js'

/** A Postgres of the faults' own that keeps what it acknowledged, and can be treated badly. */
export interface Cluster {
  /** As superuser, at the database of the service. */
  readonly url: string
  /** As the service's own role, which no reserved connection is kept for. */
  readonly serviceUrl: string
  readonly run: (...statements: string[]) => Promise<void>
  /** A statement on a connection that stays open until `end`. */
  readonly hold: (...statements: string[]) => Promise<{ end: () => Promise<void> }>
  /** The same as the service's own role. */
  readonly holdAsService: (...statements: string[]) => Promise<{ end: () => Promise<void> }>
  /** Sends a signal to the server alone, to the processes of its sessions, or to all of them. */
  readonly signal: (signal: NodeJS.Signals, whom: 'server' | 'a session' | 'all') => Promise<void>
  /** Starts it again, if it does not run; resolves when it accepts connections. */
  readonly start: () => Promise<void>
  readonly gone: () => Promise<void>
  readonly remove: () => Promise<void>
}

/** @param size megabytes of a file system of its own, in memory: for what happens when that is full. Needs root */
export async function cluster({ size }: { readonly size?: number } = {}): Promise<
  Cluster & { readonly folder: string }
> {
  const folder = mkdtempSync(join(tmpdir(), 'claimstake-faults-'))
  chmodSync(folder, 0o755)
  if (size !== undefined)
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}m,mode=0755`, 'tmpfs', folder])
  const data = join(folder, 'postgres')
  let running: EmbeddedPostgres | undefined
  const start = async () => {
    const pid = (await readPidFile(data))?.pid
    if (pid === undefined || !isAlive(pid))
      running = await startEmbeddedPostgres({ folder, log: () => undefined })
    await accepting()
  }
  const at = (database: string, user?: string) => {
    const url = new URL(running?.url ?? '')
    url.pathname = `/${database}`
    if (user !== undefined) Object.assign(url, { username: user, password: 'service' })
    return url.href
  }
  const connected = async (url: string) => {
    const client = new pg.Client({ connectionString: url })
    client.on('error', () => undefined) // the fault may be its end
    await client.connect()
    return client
  }
  const run = async (url: string, statements: readonly string[]) => {
    const client = await connected(url)
    try {
      for (const statement of statements) await client.query(statement)
    } finally {
      await client.end()
    }
  }
  const hold = async (url: string, statements: readonly string[]) => {
    const client = await connected(url)
    for (const statement of statements) await client.query(statement)
    return { end: () => client.end() }
  }
  const accepting = async () => {
    for (let tries = 0; ; tries++) {
      try {
        await run(at('postgres'), ['SELECT 1'])
        return
      } catch (error) {
        if (tries > 300) throw error
        await after(50)
      }
    }
  }
  const sessions = (server: number) =>
    execFileSync('ps', ['-o', 'pid=,args=', '--ppid', String(server)], { encoding: 'utf8' })
      .split('\n')
      .filter((line) => line.includes(' service ') || line.includes('claimstake'))
      .map((line) => Number(line.trim().split(/\s/u)[0]))
  const all = (server: number) =>
    execFileSync('ps', ['-o', 'pid=', '--ppid', String(server)], { encoding: 'utf8' })
      .split('\n')
      .map(Number)
      .filter((pid) => pid > 0)

  await start()
  await run(at('postgres'), [
    "CREATE ROLE service LOGIN PASSWORD 'service'",
    'CREATE DATABASE faults OWNER service',
  ])
  return {
    folder,
    url: at('faults'),
    serviceUrl: at('faults', 'service'),
    run: (...statements) => run(at('faults'), statements),
    hold: (...statements) => hold(at('faults'), statements),
    holdAsService: (...statements) => hold(at('faults', 'service'), statements),
    async signal(signal, whom) {
      const { pid = 0 } = (await readPidFile(data)) ?? {}
      const some = whom === 'server' ? [pid] : whom === 'all' ? [pid, ...all(pid)] : sessions(pid).slice(0, 1)
      for (const process_ of some) if (process_ > 0 && isAlive(process_)) process.kill(process_, signal)
    },
    start,
    async gone() {
      for (let tries = 0; tries < 200; tries++) {
        const pid = (await readPidFile(data))?.pid
        if (pid === undefined || !isAlive(pid)) return
        await after(20)
      }
      throw new Error('the server is still there')
    },
    async remove() {
      await running?.stop()
      if (size !== undefined) execFileSync('umount', ['-l', folder])
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
