import { PrismaPg } from '@prisma/adapter-pg'
import type { Pool } from 'pg'
import type { AppOptions } from '../../src/app.js'
import { claimstake, type Claimstake } from '../../src/claimstake.js'
import type { Claims, Principal } from '../../src/claims/principal.js'
import { principal } from '../../src/claims/principal.js'
import { createPool } from '../../src/connections/create-pool.js'
import { data as exampleData } from '../../src/data/resource.js'
import { PrismaClient } from '../../src/generated/prisma/client.js'
import { authenticator, type AuthenticatorOptions } from '../../src/identity/authenticator.js'
import type { Data } from '../../src/policy/builder.js'
import { apiKeys, type ApiKeyStore } from '../../src/store/api-keys.js'
import { createTestIssuer, type TestIssuer } from '../../src/testing.js'
import { createDatabase, type TestDatabase } from './database.js'
import { startServer, type TestCaller, type TestServer } from './test-server.js'
import { patient } from './patient.js'

export type { CallOptions, TestAnswer, TestCaller } from './test-server.js'

/** The whole service on a database of its own, with the app listening on a real port. */
export interface TestService extends Pick<TestServer, 'address' | 'log' | 'stop'> {
  readonly database: TestDatabase
  readonly db: Claimstake<PrismaClient>
  readonly unscoped: PrismaClient
  readonly issuer: TestIssuer
  /** The keys in its database; it takes them with the option `apiKeys`, in the header `X-Api-Key`. */
  readonly apiKeys: ApiKeyStore
  /** A caller with a token of these claims; without claims, one without credentials. */
  readonly caller: (claims?: Claims) => TestCaller
  /** The same caller for the scoped client. */
  readonly principal: (claims: Claims) => Principal
}

/** Whom the service believes, beside the token issuer of the test. */
export interface ServiceOptions extends Omit<
  AuthenticatorOptions,
  'issuers' | 'apiKeys' | 'enrichment' | 'unscoped'
> {
  /** More for the app; given the service's pool. */
  readonly app?: (pool: Pool) => Partial<AppOptions>
  /** Takes the API keys of its database. */
  readonly apiKeys?: boolean
  /** Another pool than a patient one on the service's database. */
  readonly pool?: (url: string) => Pool | Promise<Pool>
  /** Another adapter than one on that pool. */
  readonly adapter?: (pool: Pool) => PrismaPg
  /** Does the enrichment of the rules. Default: `false`, so that calls cost the statements they are known for. */
  readonly enrichment?: boolean
}

/** Starts the service with the example's rules, or with others over the same models. */
export async function startService(
  data: Data = exampleData,
  issuerOptions: Parameters<typeof createTestIssuer>[0] = {},
  {
    apiKeys: takesKeys,
    app,
    enrichment: enriches = false,
    pool: poolAt = patientPool,
    adapter = (pool) => new PrismaPg(pool),
    ...identity
  }: ServiceOptions = {},
): Promise<TestService> {
  const database = await createDatabase()
  const pool = await poolAt(database.url)
  const unscoped = new PrismaClient({
    adapter: adapter(pool),
    errorFormat: 'minimal',
    transactionOptions: { maxWait: 10_000, timeout: 20_000 },
  })
  const { enrichment, ...others } = data
  const rules = enriches ? data : others
  const db = claimstake({
    prisma: unscoped,
    data: rules,
    secret: 'a secret of the test suite, 32 long',
    shares: patient,
  })
  const issuer = createTestIssuer(issuerOptions)
  const keys = apiKeys(pool)
  const server = await startServer({
    ...app?.(pool),
    db,
    authenticate: authenticator({
      issuers: [issuer.settings],
      authorizer: data.authorizer,
      enrichment: enriches ? enrichment : undefined,
      unscoped,
      apiKeys: takesKeys ? keys : undefined,
      ...identity,
    }),
  })

  return {
    database,
    db,
    unscoped,
    issuer,
    apiKeys: keys,
    address: server.address,
    log: server.log,
    principal: (claims) => principal({ provider: 'oidc', issuer: issuer.settings.issuer, claims }),
    caller: (claims) => server.caller(claims && (() => issuer.token(claims))),
    async stop() {
      await server.stop()
      await unscoped.$disconnect()
      if (!pool.ended) await pool.end()
      await database.drop()
    },
  }
}

/** Or a busy machine would answer for the service. */
function patientPool(url: string): Pool {
  return createPool({ url, maxConnections: 5, acquireTimeout: 10_000, statementTimeout: 15_000 })
}
