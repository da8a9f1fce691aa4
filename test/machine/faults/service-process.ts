import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { setTimeout as after } from 'node:timers/promises'
import { SignJWT } from 'jose'
import { freePort } from '../clone.js'

/** One instance of the service, on a port of its own that it keeps over restarts. */
export interface ServiceProcess {
  readonly url: string
  /** Starts it; resolves when it is ready. */
  readonly start: (env?: Readonly<Record<string, string>>) => Promise<void>
  readonly signal: (signal: NodeJS.Signals) => void
  /** Its exit code, once it has ended. */
  readonly exited: () => Promise<number | null>
  readonly output: () => string
}

const issuer = { ISSUER: 'https://faults.example.com/', AUDIENCE: 'faults', JWT_SECRET: 'x'.repeat(40) }

/** A token of whoever writes. */
export function writersToken(): Promise<string> {
  return new SignJWT({ user_id: 'writer' })
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuer(issuer.ISSUER)
    .setAudience(issuer.AUDIENCE)
    .setIssuedAt(Math.floor(Date.now() / 1000) - 7200)
    .setExpirationTime('12h')
    .sign(Buffer.from(issuer.JWT_SECRET))
}

export const sharedSecret = randomBytes(32).toString('hex')

/** @param folder a compiled service */
export async function serviceProcess(folder: string, databaseUrl: () => string): Promise<ServiceProcess> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  let child: ChildProcess | undefined
  let text = ''
  let exit: Promise<number | null> = Promise.resolve(null)
  return {
    url,
    async start(env = {}) {
      text = ''
      const started = spawn(process.execPath, ['dist/server.js'], {
        cwd: folder,
        env: {
          PATH: process.env['PATH'],
          NODE_ENV: 'production',
          PORT: String(port),
          HOST: '127.0.0.1',
          DATABASE_URL: databaseUrl(),
          SECRET: sharedSecret,
          LOG_LEVEL: 'warn',
          ...issuer,
          ...env,
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      child = started
      for (const stream of [started.stdout, started.stderr])
        stream.on('data', (piece: Buffer) => (text += piece.toString()))
      exit = new Promise((done) => started.once('close', done))
      for (let tries = 0; tries < 600; tries++) {
        if (started.exitCode !== null || started.signalCode !== null) throw new Error(`it exited:\n${text}`)
        const answer = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(1_000) }).catch(
          () => undefined,
        )
        if (answer?.status === 200) return
        await after(25)
      }
      throw new Error(`it is not ready:\n${text}`)
    },
    signal: (signal) => void child?.kill(signal),
    exited: () => exit,
    output: () => text,
  }
}
