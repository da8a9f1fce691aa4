import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { open, readFile, writeFile } from 'node:fs/promises'
import { Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Account } from './database-account.js'
import { readPidFile, stopServer } from './running-postmaster.js'

/** Everything about one cluster that the steps of a start share. */
export interface ClusterOptions {
  readonly folder: string
  readonly data: string
  readonly native: string
  readonly account: Account | undefined
  readonly durable: boolean
  readonly port: number
}

/** A server that accepts connections. */
export interface RunningPostgres {
  readonly stop: () => Promise<void>
}

/**
 * The server's parent. Its standard input is a pipe whose other end only our process holds: when that closes,
 * because we asked or because we died (SIGKILL included), it asks the server for a fast shutdown. It leads a
 * session of its own, so Ctrl-C in the terminal reaches us and not the database we still need while draining.
 */
const guard = `
exec 3<&0 </dev/null
"$@" 3<&- &
server=$!
{ read -r _ <&3; kill -INT "$server"; } 2>/dev/null &
watcher=$!
trap : HUP INT TERM
while kill -0 "$server" 2>/dev/null; do wait "$server"; status=$?; done
kill "$watcher" 2>/dev/null
exit "$status"`

/** Starts the server and waits until it accepts connections (crash recovery included, at most a minute). */
export async function launch(options: ClusterOptions): Promise<RunningPostgres> {
  const { folder, data, native, account } = options
  const logFile = join(folder, 'postgres.log')
  const output = await open(logFile, 'w', 0o600)
  const command = ['-c', guard, 'claimstake-database', join(native, 'bin', 'postgres'), '-D', data]
  const child = spawn('/bin/sh', [...command, ...settings(options)], {
    ...account,
    cwd: data,
    env: {},
    detached: true,
    stdio: ['pipe', output.fd, output.fd],
  })
  const exited = once(child, 'exit').catch(() => undefined)
  const gone = exited.then(() => true)
  await output.close()
  await writeFile(join(folder, 'owner'), String(process.pid))

  for (let waited = 0; ; waited += 10) {
    if (await Promise.race([gone, sleep(10, false)])) throw new Error(await explain(logFile))
    if ((await readPidFile(data))?.status === 'ready') break
    if (waited > 60_000) {
      child.stdin?.end()
      throw new Error(await explain(logFile))
    }
  }
  // Neither the server nor its pipe may keep our process alive: it may end whenever it likes.
  child.unref()
  if (child.stdin instanceof Socket) child.stdin.unref()

  let stopped: Promise<void> | undefined
  const stop = async () => {
    const server = await readPidFile(data)
    child.ref()
    child.stdin?.end()
    const late = await Promise.race([gone.then(() => false), sleep(10_000, true, { ref: false })])
    if (late && server) await stopServer(data, server.pid)
    await exited
  }
  return { stop: () => (stopped ??= stop()) }
}

function settings({ port, durable }: ClusterOptions): string[] {
  const values = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: '',
    timezone: 'UTC',
    log_timezone: 'UTC',
    ...(durable
      ? { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on' }
      : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  }
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`])
}

async function explain(logFile: string): Promise<string> {
  const lines = (await readFile(logFile, 'utf8').catch(() => '')).trim().split('\n')
  return `The embedded database did not start. The end of ${logFile}:\n${lines.slice(-8).join('\n')}`
}
