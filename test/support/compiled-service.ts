import { spawn, type ChildProcess } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { ModuleKind, ScriptTarget, transpileModule } from 'typescript'

/** The compiled service in a folder of its own, started as its image starts it. */
export interface CompiledService {
  readonly folder: string
  /** Starts `dist/server.js`, or another executable, with this environment and no other. */
  readonly start: (env: Environment, ...command: string[]) => StartedService
  readonly remove: () => void
}

type Environment = Readonly<Record<string, string | undefined>>

/** A process of it. */
export interface StartedService {
  readonly process: ChildProcess
  /** What it has printed so far. */
  readonly output: () => string
  /** Its exit code; `null` when a signal ended it. */
  readonly exited: Promise<number | null>
  /** Resolves with its address when `/readyz` says 200; rejects with what it printed when it exits first. */
  readonly ready: () => Promise<string>
}

/** Everything that production needs beside a database. */
export const production = {
  NODE_ENV: 'production',
  SECRET: 'x'.repeat(32),
  ISSUER: 'https://id.example.com',
  AUDIENCE: 'api',
  JWT_SECRET: 'y'.repeat(32),
}

/** Compiles without looking at types: `npm run check` does that. */
export function compiledService(): CompiledService {
  const folder = mkdtempSync(join(tmpdir(), 'claimstake-compiled-'))
  for (const name of ['package.json', 'node_modules', 'sql']) symlinkSync(resolve(name), join(folder, name))
  cpSync('prisma', join(folder, 'prisma'), { recursive: true })
  const compilerOptions = {
    module: ModuleKind.ESNext,
    target: ScriptTarget.ES2023,
    verbatimModuleSyntax: true,
  }
  for (const file of readdirSync('src', { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts')) continue
    const out = join(folder, 'dist', file.replace(/\.ts$/u, '.js'))
    mkdirSync(dirname(out), { recursive: true })
    const source = readFileSync(join('src', file), 'utf8')
    writeFileSync(out, transpileModule(source, { compilerOptions }).outputText)
  }
  return {
    folder,
    start: (env, ...command) => start(folder, env, command.length > 0 ? command : ['dist/server.js']),
    remove: () => rmSync(folder, { recursive: true }),
  }
}

/** Or a busy machine would answer for the service. */
const patience = { POOL_ACQUIRE_TIMEOUT: '10000', STATEMENT_TIMEOUT: '15000' }

function start(folder: string, env: Environment, command: readonly string[]): StartedService {
  const child = spawn(process.execPath, command, {
    cwd: folder,
    env: { PATH: process.env['PATH'], PORT: '0', ...patience, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (piece: string) => (text += piece))
  const exited = new Promise<number | null>((ended) => child.on('close', ended))
  return {
    process: child,
    output: () => text,
    exited,
    async ready() {
      for (;;) {
        if (child.exitCode !== null || child.signalCode !== null) {
          await exited // until everything it printed has been read
          throw new Error(`it exited with ${child.exitCode ?? child.signalCode}:\n${text}`)
        }
        const url = /Ready {2}(\S+)\/readyz/u.exec(text)?.[1]
        if (url && (await fetch(`${url}/readyz`).catch(() => undefined))?.status === 200) return url
        await after(20)
      }
    },
  }
}
