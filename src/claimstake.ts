import { randomBytes } from 'node:crypto'
import type { Request, Router } from 'express'
import { isPrincipal, type CallerKind, type Principal } from './claims/principal.js'
import { connectionsOf } from './connections/connections-of.js'
import { guardClient } from './connections/guard-client.js'
import { admission } from './http/admission.js'
import { callerKeys } from './http/caller-keys.js'
import { errorFacts } from './http/error-facts.js'
import type { ReportFailure } from './http/problem.js'
import { openApiDocument, type OpenApiDocument, type OpenApiVersion } from './openapi/document.js'
import { openApi30 } from './openapi/openapi-3-0.js'
import type { RateLimit } from './http/rate-limit.js'
import type { Data } from './policy/builder.js'
import type { ExplainOptions, Explanation } from './policy/explain.js'
import type { Operation } from './policy/operation.js'
import type { StampedColumns } from './policy/stamped-columns.js'
import { identityText, isIdentified, principalText } from './policy/principal-key.js'
import type { Resource } from './rest/resource.js'
import { restRouter } from './rest/router.js'
import type { Session } from './rest/session.js'
import { secretsOf } from './rest/secrets.js'
import { checkRules, explain, rulesOf } from './rules.js'
import type { Caller } from './scope/caller.js'
import { ownershipExtension, type OwnershipExtension } from './scope/ownership-extension.js'
import { scopedClient, type ScopedClient } from './scope/scoped-client.js'
import { scopedPage } from './scope/scoped-page.js'
import { scopedTransaction } from './scope/scoped-transaction.js'
import { shares, type Refusal } from './scope/shares.js'
import { turnOf } from './scope/turn-of.js'
import { sql, type Unscoped } from './scope/unscoped.js'
import { forgetOldAnswers, idempotentAnswers, type Sql } from './store/idempotent-answers.js'
import { nowAndThen } from './store/now-and-then.js'

export interface RestOptions {
  /**
   * Proves who is calling; returns `anonymous` for a request without credentials, throws for bad ones. What
   * `authenticator()` returns also says whom it can find, so that rules for others are refused here.
   */
  readonly authenticate: ((request: Request) => Promise<Principal>) & {
    readonly kinds?: readonly CallerKind[]
    readonly enriches?: boolean
  }
  /** Rows of a page unless the caller asks for fewer or more. Default: 20. */
  readonly pageSize?: number | undefined
  /** Rows of a page at most. Default: 100. */
  readonly maxPageSize?: number | undefined
  /** Bytes of a body at most. Default: 262,144. */
  readonly bodyLimit?: number | undefined
  /** Receives failures that are nobody's expectation (5xx), with the request. Default: `console.error`. */
  readonly report?: ReportFailure | undefined
  /**
   * Counts the calls of each caller, and says which are too many: `rateLimit({ pool, calls })`, or a function of your
   * own. It is called once a call, after `authenticate`, with a key that names nobody. Default: nothing is counted.
   */
  readonly limit?: RateLimit | undefined
  /** Whether answers tell in `Server-Timing` how long each stage took: for development. Default: `false`. */
  readonly serverTiming?: boolean | undefined
}

/** What `claimstake()` returns: scoped clients, and the REST routes over them. */
export interface Claimstake<P extends object, Stamped extends StampedColumns = StampedColumns> {
  /** The bare client, which sees every row. The only way out, and named so that a reader sees it. */
  readonly unscoped: P
  /**
   * The client of one caller: the Prisma client's models, scoped to what the rules let him see and write.
   *
   * @throws {TypeError} without a principal
   */
  readonly as: (principal: Principal) => ScopedClient<P, Stamped>
  /**
   * The rules of one caller as an extension of a Prisma client, for code that composes extensions. It must be the
   * **last** one: an extension added after it runs after it, so it can replace the arguments. It cannot hide `$parent`,
   * which leads to the client without it. Where you can, use {@link Claimstake.as}, which has neither hole.
   *
   * A call that takes several statements is refused with `UNSUPPORTED_ARGUMENT` (nested writes, foreign keys,
   * `include` in the answer of a write, `upsert`, cursors), and so is raw SQL. A write that hits no row is `P2025`, whatever the reason.
   *
   * @throws {TypeError} without a principal
   * @example const mine = prisma.$extends(logging).$extends(db.ownership(principal))
   */
  readonly ownership: (principal: Principal) => OwnershipExtension
  /**
   * An Express router with the routes of every model that has rules.
   *
   * @example app.use('/v1', db.router({ authenticate }))
   */
  readonly router: (options: RestOptions) => Router
  /**
   * The OpenAPI document of those routes: 3.1, or with `version: '3.0'` the same for generators that know only
   * 3.0.3. It is made anew in each call: keep it.
   *
   * @example JSON.stringify(db.openApi({ version: '3.0' }))
   */
  readonly openApi: (options?: {
    readonly basePath?: string
    readonly version?: OpenApiVersion
  }) => OpenApiDocument
  /**
   * Why a caller may or may not do something, rule by rule; see {@link explain}.
   *
   * @example db.explain(bo, 'update', 'Post', row).rules // […, { matched: false, reason: 'owner is "ana", caller is "bo"' }]
   */
  readonly explain: (
    principal: Principal,
    operation: Operation,
    model: string,
    row?: Readonly<Record<string, unknown>>,
    options?: ExplainOptions,
  ) => Explanation
  /** What is allowed in the rules but deserves a look: a rule column without index, a cascade across owners … */
  readonly notes: readonly string[]
  /** What the routes serve, model by model. */
  readonly resources: readonly Resource[]
  /** A caller's name in logs: a keyed digest of all that rules tell callers apart by, groups too. It names nobody. */
  readonly principalKey: (principal: Principal) => string
  /**
   * A caller's key for what is counted or kept for each caller: a keyed digest of who they are, which names nobody. It
   * stays the same when their groups change. Of a caller without any identity it tells no more than the principal key.
   */
  readonly identityKey: (principal: Principal) => string
  /** How much there is to do: for metrics. */
  readonly load: () => Load
}

/** How much there is to do. */
export interface Load {
  /** Statements and transactions of callers that have a connection. */
  readonly running: number
  /** Those that wait for their caller's turn. */
  readonly waiting: number
  /**
   * How many were refused since the start: `share`, a caller had too many waiting; `room`, all had; `patience`, no turn
   * came in time; `late`, the event loop was late.
   */
  readonly refused: Readonly<Record<Refusal | 'late', number>>
}

export interface ClaimstakeOptions<P extends object, Stamped extends StampedColumns = StampedColumns> {
  /** The client, as generated and connected by you. */
  readonly prisma: P
  /** What `defineData` returned. */
  readonly data: Data<Stamped>
  /**
   * What seals cursors, ETags and answers to idempotent calls, 32 characters or more: several while one replaces another,
   * newest first. Default: random, so that a cursor and an `Idempotency-Key` are good only in the process that was given them.
   */
  readonly secret?: string | readonly string[] | undefined
  /** How callers share what there is. */
  readonly shares?: Sharing | undefined
}

/** How callers share what there is: none has more than half of it. */
export interface Sharing {
  /** Connections of the client. Default: what its adapter was given, else 10. */
  readonly connections?: number | undefined
  /** How many calls may wait. Default: 2,000. */
  readonly waiting?: number | undefined
  /** How long one waits at most, in milliseconds. Default: 2,400. */
  readonly patience?: number | undefined
  /** How late the event loop may be, in milliseconds, before the router begins no call. Default: 200. */
  readonly lateness?: number | undefined
}

/**
 * Joins a Prisma client with rules. Call it once, at boot.
 *
 * @throws {TypeError} listing every mistake in the rules; for a short secret
 * @example
 * const db = claimstake({ prisma, data })
 * const posts = await db.as(principal).post.findMany()
 */
export function claimstake<P extends object, Stamped extends StampedColumns = StampedColumns>({
  prisma,
  data,
  secret,
  shares: sharing = {},
}: ClaimstakeOptions<P, Stamped>): Claimstake<P, Stamped> {
  const { models, policies, resources, notes } = rulesOf(data)
  const delegates = new Map([...models.values()].map((model) => [model.delegate, model]))
  for (const { delegate, name } of models.values()) {
    if (!(delegate in prisma))
      throw new TypeError(`the Prisma client has no model ${name}; generate it from the same schema`)
  }
  guardClient(prisma)
  const unscoped: Unscoped = { client: prisma, isTransaction: false }
  const { connections = connectionsOf(prisma), waiting = 2000, patience = 2400, lateness = 200 } = sharing
  const waits = { waiting, patience }
  // Some are kept for what no caller asks for: keys, revocations, counts.
  const places = connections - Math.floor(connections / 5)
  const shared = shares({ places, ofOne: Math.max(1, Math.floor(connections / 2)), ...waits })
  const turns = shares({ places: 8, ofOne: 4, ...waits })
  const admitted = admission({ ...waits, lateness })
  const secrets = secretsOf([secret ?? randomBytes(32).toString('hex')].flat())
  const sessions = new WeakMap<Principal, Session>()
  const ownSql: Sql = (text, values) => sql(unscoped, text, values) as ReturnType<Sql>

  const callerOf = (principal: Principal, asking: string): Caller => {
    // The check is for callers without types: a missing principal must never mean an open door.
    if (!isPrincipal(principal))
      throw new TypeError(`${asking}() needs a principal, made by principal() or from a token`)
    const explained: Caller['explain'] = (...call) => explain(data, principal, ...call)
    return { principal, policies, models, delegates, explain: explained }
  }
  const sessionIn = (principal: Principal, key?: string): Session => {
    const caller = callerOf(principal, 'as')
    const share = key ?? shareKey(principal)
    const within: Unscoped = { ...unscoped, inShare: (work) => shared.run(share, work) }
    return {
      client: scopedClient(caller, within),
      page: (model, args) => scopedPage(caller, within, model, args),
      transact: (work) => scopedTransaction(caller, within, work),
      transactOnce: (work) =>
        scopedTransaction(caller, within, ({ sql: ours, ...tx }) => work(tx, idempotentAnswers(ours))),
    }
  }
  const sessionOf = (principal: Principal): Session => {
    const session = sessions.get(principal) ?? sessionIn(principal)
    sessions.set(principal, session)
    return session
  }
  const textOfPrincipal = principalText(policies)
  const principalKey = perPrincipal((principal) => secrets.digest('principal', textOfPrincipal(principal)))
  const textOfIdentity = perPrincipal(identityText(policies))
  const identityKey = perPrincipal((principal) => secrets.digest('identity', textOfIdentity(principal)))
  const shareKey = (principal: Principal) => `caller:${identityKey(principal)}`
  return {
    unscoped: prisma,
    as: (principal) => sessionOf(principal).client as ScopedClient<P, Stamped>,
    ownership: (principal) => ownershipExtension(callerOf(principal, 'ownership')),
    router: ({
      pageSize = 20,
      maxPageSize = 100,
      bodyLimit = 262_144,
      report = reportToConsole,
      authenticate,
      limit,
      serverTiming = false,
    }) => {
      // What rules ask of callers is known only now.
      if (authenticate.kinds) checkRules(data, authenticate.kinds)
      if (!data.authorizer && authenticate.kinds?.some(({ provider }) => provider === 'function'))
        throw new TypeError(
          'the authorizer belongs in defineData({ authorizer }), so that the document knows it too',
        )
      if (data.enrichment && authenticate.kinds && !authenticate.enriches)
        throw new TypeError(
          'the rules count on the enrichment in defineData(); give it to the authenticator too: ' +
            'authenticator({ enrichment: data.enrichment, unscoped: prisma })',
        )
      return restRouter(resources, {
        pageSize,
        maxPageSize,
        bodyLimit,
        report,
        authenticate,
        limit,
        serverTiming,
        secrets,
        identityText: textOfIdentity,
        callerKeys: callerKeys({
          shareKey,
          isIdentified: isIdentified(policies),
          addressKey: (address) => secrets.digest('address', address),
        }),
        // Guests are strangers to each other: each address has a share.
        sessionFor: (principal, key) =>
          key === shareKey(principal) ? sessionOf(principal) : sessionIn(principal, key),
        admit: admitted.stage,
        turn: (key) => turnOf(turns, key),
        idempotency: {
          isIdentified: isIdentified(policies),
          tidy: nowAndThen(tidyingPause, () => forgetOldAnswers(ownSql)),
        },
      })
    },
    openApi: ({ basePath = '/v1', version = '3.1' } = {}) => {
      const document = openApiDocument(resources, { basePath, authorizer: data.authorizer })
      return version === '3.0' ? openApi30(document) : document
    },
    explain: (...call) => explain(data, ...call),
    notes,
    resources,
    principalKey,
    identityKey,
    load: () => {
      const [atDatabase, atTurns, atDoor] = [shared.facts(), turns.facts(), admitted.refused()]
      const refused = { share: 0, room: 0, patience: 0, late: 0 }
      for (const each of [atDatabase.refused, atTurns.refused, atDoor])
        for (const [why, count] of Object.entries(each)) refused[why as Refusal] += count
      return { running: atDatabase.running, waiting: atDatabase.waiting + atTurns.waiting, refused }
    },
  }
}

/** A function of principals that is asked once of each: one lives as long as its token is remembered. */
function perPrincipal(textOf: (principal: Principal) => string): (principal: Principal) => string {
  const known = new WeakMap<Principal, string>()
  return (principal) => {
    const text = known.get(principal) ?? textOf(principal)
    known.set(principal, text)
    return text
  }
}

/** Between two times that old answers to idempotent calls are deleted, in milliseconds. */
const tidyingPause = 600_000

/** The request is not printed: it carries the caller's token. */
const reportToConsole: ReportFailure = (error) => {
  console.error('Claimstake could not answer a request:', errorFacts(error))
}
