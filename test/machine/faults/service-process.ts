import { SignJWT } from 'jose'
import { production, type CompiledService, type StartedService } from '../../support/compiled-service.js'
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

/** @param compiled what it is an instance of */
export async function serviceProcess(
  compiled: CompiledService,
  databaseUrl: () => string,
): Promise<ServiceProcess> {
  const port = await freePort()
  let started: StartedService | undefined
  return {
    url: `http://127.0.0.1:${port}`,
    async start(env = {}) {
      started = compiled.start({
        ...{ ...production, ...issuer, ...itsOwnPatience },
        ...{ PORT: String(port), HOST: '127.0.0.1', DATABASE_URL: databaseUrl(), LOG_LEVEL: 'warn' },
        ...env,
      })
      await started.ready()
    },
    signal: (signal) => void started?.process.kill(signal),
    exited: () => started?.exited ?? Promise.resolve(null),
    output: () => started?.output() ?? '',
  }
}

/** Under test is the service as it comes. */
const itsOwnPatience = { POOL_ACQUIRE_TIMEOUT: undefined, STATEMENT_TIMEOUT: undefined }
