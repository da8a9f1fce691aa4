import { createPublicKey } from 'node:crypto'
import jsonwebtoken from 'jsonwebtoken'
import type { Pool } from 'pg'
import { createPool } from '../../src/connections/create-pool.js'
import { authenticator, revocations, type RevocationStore } from '../../src/index.js'
import { startServer, type TestServer } from '../support/test-server.js'
import { startService, type TestService } from '../support/service.js'

// SECURITY J76, with the whole service on real Postgres, as several instances of it.

interface Instance {
  readonly name: string
  readonly store: RevocationStore
  /** The status of a read with a token. */
  readonly read: (token: string) => Promise<number>
  readonly stop: () => Promise<void>
}

let service: TestService
let instances: Instance[]
beforeAll(async () => {
  service = await startService()
})
beforeEach(() => {
  instances = []
})
afterEach(async () => {
  await Promise.all(instances.map(({ stop }) => stop()))
  await service.database.truncate()
})
afterAll(() => service.stop())

/** Another instance of the service on the same database, with connections of its own. */
async function start(name: string, options: { listen?: boolean; asks?: boolean } = {}): Promise<Instance> {
  const { listen = true, asks = true } = options
  const pool: Pool = createPool({ url: service.database.url, onError: () => undefined })
  pool.options.application_name = name
  const store = revocations(pool, { listen })
  const authenticate = authenticator({
    issuers: [service.issuer.settings],
    revocations: asks ? store : undefined,
  })
  const server: TestServer = await startServer({ db: service.db, authenticate })
  const instance: Instance = {
    name,
    store,
    async read(token) {
      const answer = await server.caller(() => Promise.resolve(token))('GET', '/v1/posts')
      if (answer.status === 401) {
        expect(answer.headers['www-authenticate']).toBe('Bearer realm="claimstake", error="invalid_token"')
        expect(answer.body).toMatchObject({ code: 'INVALID_TOKEN' })
      }
      return answer.status
    },
    async stop() {
      await server.stop()
      await store.close()
      await pool.end()
    },
  }
  instances.push(instance)
  return instance
}

const tokenOf = (jti: string) => service.issuer.token({ user_id: 'ana', sub: 'ana', jti })

/** The same token in another spelling: base64url of 64 bytes leaves four bits unused in its last character. */
function respelt(token: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return token.slice(0, -1) + (alphabet[alphabet.indexOf(token.at(-1) ?? '') + 1] ?? '')
}

/** Milliseconds until each instance refuses a token, from the moment its revocation was asked for. */
async function refusedAfter(token: string, revoke: () => Promise<unknown>): Promise<Record<string, number>> {
  const started = performance.now()
  await revoke()
  const times = instances.map(async ({ name, read }) => {
    while ((await read(token)) !== 401) await new Promise((resolve) => setTimeout(resolve, 20))
    return [name, Math.round(performance.now() - started)] as const
  })
  return Object.fromEntries(await Promise.all(times))
}

const within = (times: Record<string, number>, most: number) => {
  for (const [name, time] of Object.entries(times)) expect([name, time < most]).toEqual([name, true])
}

/** Ends the connection on which one instance listens, and no other. */
async function deafen({ name }: Instance): Promise<number> {
  const ended: { ended: boolean }[] = await service.unscoped.$queryRaw`
    SELECT pg_terminate_backend(pid) AS ended FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = ${name} AND query LIKE 'LISTEN%'`
  return ended.length
}

async function listening({ store }: Instance): Promise<void> {
  while (!store.facts().isListening) await new Promise((resolve) => setTimeout(resolve, 5))
}

test('J76 a revoked jti is C1 on every instance within five seconds, in each spelling of the token', async () => {
  const [one, two, deaf, polling] = [
    await start('one'),
    await start('two'),
    await start('deafened'),
    await start('polling', { listen: false }),
  ]
  const token = await tokenOf('stolen')
  for (const { read } of instances) {
    expect(await read(token)).toBe(200)
    expect(await read(token)).toBe(200)
  }
  await Promise.all([one, two, deaf].map(listening))
  expect(await deafen(deaf)).toBe(1)
  const times = await refusedAfter(token, () =>
    one.store.revoke({ issuer: service.issuer.settings.issuer, jti: 'stolen' }),
  )
  process.stdout.write(`J76 refused after (ms): ${JSON.stringify(times)}\n`)
  within(times, 5000)
  for (const { read } of [one, two, deaf, polling]) {
    expect(await read(token)).toBe(401)
    expect(await read(respelt(token))).toBe(401)
    expect(await read(await tokenOf('another'))).toBe(200)
  }
})

test('J76 without LISTEN anywhere, written by an instance that serves nobody', async () => {
  await start('polling 1', { listen: false })
  await start('polling 2', { listen: false })
  const writer = createPool({ url: service.database.url, onError: () => undefined })
  const token = await tokenOf('stolen')
  for (const { read } of instances) expect(await read(token)).toBe(200)
  const times = await refusedAfter(token, () =>
    revocations(writer).revoke({ issuer: service.issuer.settings.issuer, subject: 'ana' }),
  )
  process.stdout.write(`J76 refused after, by looking alone (ms): ${JSON.stringify(times)}\n`)
  within(times, 5000)
  await writer.end()
})

test('J76 without the deny list the token works until it expires', async () => {
  const careless = await start('careless', { asks: false })
  const token = await tokenOf('stolen')
  await careless.store.revoke({ issuer: service.issuer.settings.issuer, jti: 'stolen' })
  expect(await careless.read(token)).toBe(200)
  const careful = await start('careful')
  expect(await careful.read(token)).toBe(401)
})

test('J76 a list of token texts is dodged by another spelling of the same token', async () => {
  const token = await tokenOf('stolen')
  const key = createPublicKey(service.issuer.options.publicKey)
  const denied = new Set([token])
  /** What a service with the usual library and such a list would do. */
  const usual = (sent: string) => {
    if (denied.has(sent)) throw new Error('revoked')
    return jsonwebtoken.verify(sent, key, { algorithms: ['ES256'] })
  }
  expect(respelt(token)).not.toBe(token)
  expect(() => usual(token)).toThrow('revoked')
  expect(usual(respelt(token))).toMatchObject({ jti: 'stolen' })
})

test('a token cache that is full or off does not bring a revoked token back', async () => {
  const pool = createPool({ url: service.database.url, onError: () => undefined })
  const store = revocations(pool, { listen: false })
  const { issuer } = service.issuer.settings
  for (const remembered of [0, 1]) {
    const authenticate = authenticator({ issuers: [service.issuer.settings], revocations: store, remembered })
    const server = await startServer({ db: service.db, authenticate })
    const read = async (jti: string) => {
      const token = await tokenOf(jti)
      return (await server.caller(() => Promise.resolve(token))('GET', '/v1/posts')).status
    }
    await store.revoke({ issuer, jti: 'stolen' })
    for (const jti of ['stolen', 'fine', 'stolen']) expect(await read(jti)).toBe(jti === 'fine' ? 200 : 401)
    await server.stop()
  }
  await store.close()
  await pool.end()
})
