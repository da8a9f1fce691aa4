import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as after } from 'node:timers/promises'
import type { TestIssuer } from '../../src/testing.js'
import { freePort } from './clone.js'

/** The service in a process of its own, as production runs it. */
export interface ServiceProcess {
  readonly port: number
  readonly url: string
  readonly stop: () => Promise<void>
}

/** Starts src/server.ts on a migrated database, for the tokens of an issuer. */
export async function startServiceProcess(
  databaseUrl: string,
  issuer: TestIssuer,
  env: Readonly<Record<string, string>> = {},
): Promise<ServiceProcess> {
  const port = await freePort()
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/server.ts'], {
    env: {
      PATH: process.env['PATH'],
      NODE_ENV: 'production',
      HOST: '127.0.0.1',
      PORT: String(port),
      DATABASE_URL: databaseUrl,
      SECRET: 'secret'.repeat(6),
      LOG_LEVEL: 'warn',
      ISSUER: issuer.options.issuer,
      AUDIENCE: String(issuer.options.audience),
      PUBLIC_KEY: issuer.options.publicKey,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    // What it says after its start is read and forgotten, or a full pipe would stop it.
    stream.on('data', (bytes: Buffer) => (output = (output + bytes.toString()).slice(-20_000)))
  }
  const url = `http://127.0.0.1:${port}`
  while ((await fetch(`${url}/readyz`).catch(() => undefined))?.status !== 200) {
    if (child.exitCode !== null) throw new Error(`the service ended:\n${output}`)
    await after(100)
  }
  return {
    port,
    url,
    async stop() {
      if (child.exitCode !== null) return
      child.kill('SIGTERM')
      await once(child, 'exit')
    },
  }
}
