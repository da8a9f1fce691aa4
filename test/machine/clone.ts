import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A fresh clone of this repository's last commit, as a user has it. */
export interface Clone {
  readonly folder: string
  /** Runs a command there to its end. */
  readonly command: (name: string, ...args: string[]) => Promise<{ stdout: string; stderr: string }>
  readonly edit: (file: string, change: (text: string) => string) => Promise<void>
  /** `npm start` there, in a process group of its own, as a terminal would have it. */
  readonly start: (env?: Readonly<Record<string, string>>) => Started
  readonly remove: () => Promise<void>
}

/** A running `npm start`. */
export interface Started {
  readonly process: ChildProcess
  readonly output: () => string
  /** Resolves when it answers; rejects with its output when it exits first. */
  readonly ready: Promise<{ url: string; seconds: number }>
  readonly exited: Promise<number | null>
  /** Sends a signal to the whole group, if it still runs: what Ctrl-C in a terminal does. */
  readonly interrupt: (signal?: NodeJS.Signals) => void
}

/** Clones and installs. */
export async function freshClone(): Promise<Clone> {
  const folder = await mkdtemp(join(tmpdir(), 'claimstake-clone-'))
  // As root, Postgres runs as somebody else, who must be able to enter.
  await chmod(folder, 0o755)
  await run('git', ['clone', '--quiet', process.cwd(), folder])
  const command: Clone['command'] = (name, ...args) => run(name, args, { cwd: folder, env: environment() })
  await command('npm', 'ci', '--no-audit', '--no-fund')
  return {
    folder,
    command,
    async edit(file, change) {
      await writeFile(join(folder, file), change(await readFile(join(folder, file), 'utf8')))
    },
    start: (env = {}) => start(folder, env),
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

/** A port nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((done) => server.once('listening', done))
  const { port } = server.address() as AddressInfo
  await new Promise((done) => server.close(done))
  return port
}

function start(folder: string, env: Readonly<Record<string, string>>): Started {
  const started = performance.now()
  const child = spawn('npm', ['start'], {
    cwd: folder,
    env: environment(env),
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  child.stdout.on('data', (bytes: Buffer) => (text += bytes.toString()))
  child.stderr.on('data', (bytes: Buffer) => (text += bytes.toString()))
  const exited = new Promise<number | null>((done) => child.once('close', done))
  const ready = (async () => {
    for (;;) {
      if (child.exitCode !== null || child.signalCode !== null) throw new Error(`it exited:\n${text}`)
      const url = /Ready {2}(\S+)\/readyz/u.exec(text)?.[1]
      if (url && (await fetch(`${url}/readyz`).catch(() => undefined))?.status === 200) {
        return { url, seconds: (performance.now() - started) / 1000 }
      }
      await after(50)
    }
  })()
  ready.catch(() => undefined)
  return {
    process: child,
    output: () => text,
    ready,
    exited,
    interrupt(signal = 'SIGINT') {
      if (child.pid !== undefined && child.exitCode === null && child.signalCode === null)
        process.kill(-child.pid, signal)
    },
  }
}

/** The environment without what this run put there. */
function environment(extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const names = [
    'PATH',
    'HOME',
    'USER',
    'LANG',
    'TMPDIR',
    ...Object.keys(process.env).filter((name) => /proxy|certs?$/iu.test(name)),
  ]
  const own = Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  )
  return { ...own, ...extra }
}
