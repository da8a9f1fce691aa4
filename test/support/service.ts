import { once } from 'node:events'
import type { Server } from 'node:http'
import { PrismaPg } from '@prisma/adapter-pg'
import { pino } from 'pino'
import supertest from 'supertest'
import { createApp } from '../../src/app.js'
import { claimstake, type Claimstake } from '../../src/claimstake.js'
import type { Claims, Principal } from '../../src/claims/principal.js'
import { principal } from '../../src/claims/principal.js'
import { createPool } from '../../src/database/pool.js'
import { data as exampleData } from '../../src/data/resource.js'
import { PrismaClient } from '../../src/generated/prisma/client.js'
import { authenticator, type AuthenticatorOptions } from '../../src/identity/authenticator.js'
import type { Data } from '../../src/policy/builder.js'
import { apiKeys, type ApiKeyStore } from '../../src/store/api-keys.js'
import { createTestIssuer, type TestIssuer } from '../../src/testing.js'
import { createDatabase, type TestDatabase } from './database.js'
import { validatorFor } from './openapi-validator.js'

/** A caller of the service under test: every answer he gets is held against the OpenAPI document. */
export interface TestCaller {
  (method: Method, path: string, options?: CallOptions): Promise<TestAnswer>
}

/** An answer; its body is whatever it is, and HEAD has no text. */
export type TestAnswer = Omit<supertest.Response, 'body' | 'text'> & {
  readonly body: unknown
  readonly text: string | undefined
}

type Method = 'GET' | 'HEAD' | 'POST' | 'PATCH' | 'DELETE' | 'PUT' | 'OPTIONS'

export interface CallOptions {
  /** Sent as JSON; a string is sent as it is. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** The whole service on a database of its own, with the app listening on a real port. */
export interface TestService {
  readonly database: TestDatabase
  readonly db: Claimstake<PrismaClient>
  readonly unscoped: PrismaClient
  readonly issuer: TestIssuer
  /** The keys in its database; it takes them with the option `apiKeys`, in the header `X-Api-Key`. */
  readonly apiKeys: ApiKeyStore
  /** Where the app listens, for tests that speak to it byte by byte. */
  readonly address: ReturnType<Server['address']>
  readonly log: readonly string[]
  /** A caller with a token of these claims; without claims, one without credentials. */
  readonly caller: (claims?: Claims) => TestCaller
  /** The same caller for the scoped client. */
  readonly principal: (claims: Claims) => Principal
  readonly stop: () => Promise<void>
}

/** Whom the service believes, beside the token issuer of the test. */
export interface ServiceOptions extends Omit<AuthenticatorOptions, 'issuers' | 'apiKeys'> {
  /** Takes the API keys of its database. */
  readonly apiKeys?: boolean
}

/** Starts the service with the example's rules, or with others over the same models. */
export async function startService(
  data: Data = exampleData,
  issuerOptions: Parameters<typeof createTestIssuer>[0] = {},
  { apiKeys: takesKeys, ...identity }: ServiceOptions = {},
): Promise<TestService> {
  const database = await createDatabase()
  const pool = createPool({ url: database.url, maxConnections: 5, onError: () => undefined })
  const unscoped = new PrismaClient({ adapter: new PrismaPg(pool), errorFormat: 'minimal' })
  const db = claimstake({ prisma: unscoped, data, secret: 'a secret of the test suite, 32 long' })
  const issuer = createTestIssuer(issuerOptions)
  const keys = apiKeys(pool)
  const log: string[] = []
  const app = createApp({
    db,
    log: pino({ level: 'debug' }, { write: (line: string) => void log.push(line) }),
    isReady: () => Promise.resolve(true),
    denialLog: true,
    authenticate: authenticator({
      issuers: [issuer.settings],
      authorizer: data.authorizer,
      apiKeys: takesKeys ? keys : undefined,
      ...identity,
    }),
  })
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const conforms = validatorFor(db.openApi())

  return {
    database,
    db,
    unscoped,
    issuer,
    apiKeys: keys,
    address: server.address(),
    log,
    principal: (claims) => principal({ provider: 'oidc', issuer: issuer.settings.issuer, claims }),
    caller: (claims) => async (method, path, options) => {
      const call = supertest(server)[method.toLowerCase() as 'get'](path)
      if (claims) call.set('Authorization', `Bearer ${await issuer.token(claims)}`)
      if (options?.body !== undefined) call.set('Content-Type', 'application/json')
      call.set(options?.headers ?? {})
      const { body } = options ?? {}
      const answer = await (body === undefined
        ? call
        : call.send(typeof body === 'string' ? body : JSON.stringify(body)))
      conforms(method, path, answer.status, answer.headers, answer.body)
      return answer
    },
    async stop() {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
      await unscoped.$disconnect()
      if (!pool.ended) await pool.end()
      await database.drop()
    },
  }
}
