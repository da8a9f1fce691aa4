import { createApp } from './app.js'
import { claimstake } from './claimstake.js'
import { parseEnrichment } from './config/enrichment.js'
import { readSettings } from './config/env.js'
import { data } from './data/resource.js'
import { checkDatabase } from './database-check/check-database.js'
import { callerKinds, listOf } from './identity/caller-kinds.js'
import { authenticator } from './identity/authenticator.js'
import { checkRules } from './rules.js'
import { createLog } from './service/create-log.js'
import { openDatabase } from './service/open-database.js'
import { openIssuers } from './service/open-issuers.js'
import { serve } from './service/serve.js'
import { runUntilSignalled } from './service/signals.js'
import { welcome } from './service/welcome.js'
import { rateLimit } from './store/rate-limit.js'

/** The executable: configuration → database → app → listen → drain. Imported by nobody. */
await runUntilSignalled(async ({ onStop, stopWithParent, isStopping }) => {
  const started = performance.now()
  const settings = readSettings()
  if (settings.startedByNpm) stopWithParent()
  const log = createLog(settings)
  for (const sentence of settings.misspelt) log.warn(sentence)
  const { issuers, sign } = await openIssuers(settings)
  const callers = { issuers, authorizer: data.authorizer }
  // A database is not made or changed for rules that cannot be served.
  if (data.enrichment) parseEnrichment(data.enrichment)
  const { notes } = checkRules(data, listOf(callerKinds({ ...callers, apiKeys: true })))
  if (settings.production) for (const note of notes) log.info({ note }, 'worth a look in the rules')

  const database = await openDatabase(settings, log)
  onStop(database.close)
  const allowUnsafeDurability = settings.ALLOW_UNSAFE_DURABILITY || !settings.production
  for (const unsafe of await checkDatabase(database.pool, data, { allowUnsafeDurability }))
    log.warn({ unsafe }, 'the database can lose writes that were acknowledged')
  const db = claimstake({
    prisma: database.prisma,
    data,
    ...(settings.SECRET && { secret: settings.SECRET }),
    shares: {
      connections: settings.POOL_SIZE,
      waiting: settings.MAX_WAITING,
      patience: settings.MAX_WAIT,
      lateness: settings.MAX_LATENESS,
    },
  })

  const { pool } = database
  const authenticate = authenticator({
    ...callers,
    apiKeys: database.apiKeys,
    remembered: settings.TOKEN_CACHE_SIZE,
    enrichment: data.enrichment,
    unscoped: database.prisma,
    notice: (message, facts) => {
      log.warn(facts, message)
    },
    revocations: settings.REVOCATIONS ? database.revocations : undefined,
  })
  await authenticate.open()
  const { RATE_LIMIT: calls, RATE_LIMIT_WINDOW: window } = settings
  const app = createApp({
    db,
    log,
    authenticate,
    denialLog: settings.DENIAL_LOG,
    isReady: async () => !isStopping() && (await database.isReady()) && (await authenticate.isReady()),
    limit: calls === undefined ? undefined : rateLimit({ pool, calls, window }),
    metrics: settings.METRICS ? { pool, identity: authenticate.facts } : undefined,
    corsOrigins: settings.CORS_ORIGINS,
    compression: settings.COMPRESSION,
    trustProxy: settings.TRUST_PROXY,
    serverTiming: settings.NODE_ENV === 'development',
    basePath: settings.BASE_PATH,
    pageSize: settings.PAGE_SIZE,
    maxPageSize: settings.MAX_PAGE_SIZE,
    bodyLimit: settings.BODY_LIMIT,
  })
  const server = await serve(app, settings)
  onStop(server.drain)
  await welcome({
    settings,
    db,
    sign,
    notes,
    hasKeys: await authenticate.isReady(),
    url: server.url,
    seconds: (performance.now() - started) / 1000,
  })
})
