import type { Pool } from 'pg'
import type { Claims } from '../claims/principal.js'
import { listen, type Listener } from './listen.js'
import { nowAndThen } from './now-and-then.js'
import { revocationFeed, trusted } from './revocation-feed.js'
import { issuedAt, keysOf } from './revocation-key.js'
import { revocationNews } from './revocation-news.js'
import {
  revocationTable,
  type Revocation,
  type RevocationName,
  type RevokedTokens,
} from './revocation-table.js'

/** How this instance does, since it was made. */
export interface RevocationFacts {
  /** Tokens that were looked up. */
  readonly lookups: number
  /** How often it looked what is new, and how often that failed. */
  readonly looks: number
  readonly failures: number
  /** Revocations that are remembered because they are recent. */
  readonly remembered: number
  /** Whether it hears of revocations at once. Without, it learns of them by looking. */
  readonly isListening: boolean
}

/** The tokens of a database that were taken back. */
export interface RevocationStore {
  /**
   * Takes tokens back. Every instance refuses them within five seconds. What is revoked already stays so for the longer
   * time, and up to the later `issuedBefore`.
   *
   * @param options.until when the revocation may be forgotten: no earlier than the tokens expire. Default: never
   * @throws {TypeError} for a value that cannot be stored, or a time that cannot be
   */
  readonly revoke: (
    tokens: RevokedTokens,
    options?: { readonly until?: Date | undefined },
  ) => Promise<Revocation>
  /** Takes a revocation back, within five seconds on every instance. @returns whether there was one */
  readonly restore: (name: RevocationName) => Promise<boolean>
  /** Every revocation that counts, the oldest first. */
  readonly list: () => Promise<Revocation[]>
  /**
   * What `authenticator({ revocations })` asks of verified claims. Ask about the same object for the same token: it is
   * looked up once, and then costs nothing until there are news of it. Rejects when nobody can tell.
   */
  readonly isRevoked: (claims: Claims) => boolean | Promise<boolean>
  readonly facts: () => RevocationFacts
  /** Ends the connection that listens. Call it before the pool ends. */
  readonly close: () => Promise<void>
}

export interface RevocationOptions {
  /**
   * Whether to listen for revocations, on one connection beside the pool's; without it, or where it cannot be had,
   * they are found by looking every 2.5 seconds. Default: `true`.
   */
  readonly listen?: boolean | undefined
  /** Told when it cannot listen. Default: nobody is. */
  readonly notice?: ((message: string, facts: Readonly<Record<string, unknown>>) => void) | undefined
  /** A clock in milliseconds that never goes back. Default: `performance.now`. */
  readonly now?: (() => number) | undefined
}

/** A token, for as long as its claims are remembered. */
interface KnownToken {
  readonly keys: readonly string[]
  readonly issuedAt: number | undefined
  /** What was found when it was looked up. */
  answer?: { readonly isRevoked: boolean; readonly askedAt: number; version: number }
  asking?: Promise<boolean> | undefined
}

/** Revocations read with one look, and remembered. */
const most = { read: 10_000, remembered: 20_000 }

/**
 * Milliseconds after which a token is looked up again in any case: a writer whose transaction stayed open for longer than
 * looks reach back is found then.
 */
const longest = 300_000

/** Between two times that expired revocations are deleted, in milliseconds. */
const tidyingPause = 600_000

/**
 * The revocations in the table that `migrate(pool)` makes.
 *
 * A token is looked up by primary key the first time it is seen. After that an instance only looks, with one statement
 * every 2.5 seconds, at what was revoked meanwhile, and at once when it hears of something. While it can do neither,
 * tokens are looked up again, and when that fails too, nobody can tell: no token works for longer than five seconds on
 * what was true before.
 *
 * @param pool a `pg.Pool` whose waits have an end
 * @example
 * const revoked = revocations(pool)
 * const authenticate = authenticator({ issuers, revocations: revoked })
 * await revoked.revoke({ issuer: 'https://id.example.com/', subject: 'ana' }) // whatever she holds now
 */
export function revocations(
  pool: Pick<Pool, 'query'> & Partial<Pick<Pool, 'options'>>,
  { listen: listens = true, notice, now = () => performance.now() }: RevocationOptions = {},
): RevocationStore {
  const table = revocationTable(pool)
  const news = revocationNews(most.remembered)
  const feed = revocationFeed({
    now,
    read: (since) => table.news(since, most.read),
    onRead: (read) => (read.length > most.read ? news.hearAll() : news.hear(read)),
  })
  const known = new WeakMap<Claims, KnownToken>()
  const tidy = nowAndThen(tidyingPause, table.forgetExpired)
  let listener: Listener | undefined
  let isClosed = false
  let lookups = 0

  const hear = () => {
    if (!listens || isClosed || listener || !pool.options) return
    listener = listen(pool.options, 'claimstake_revocations', feed.heard, (error) =>
      notice?.('revocations are not heard of at once, but found by looking', { err: error }),
    )
  }
  const tokenOf = (claims: Claims): KnownToken => {
    const token = known.get(claims) ?? { keys: keysOf(claims), issuedAt: issuedAt(claims) }
    known.set(claims, token)
    return token
  }
  /** What is known of a token; `undefined` when it has to be looked up. */
  const settled = ({ keys, answer }: KnownToken): boolean | undefined => {
    if (!answer) return undefined
    const time = now()
    // A revocation may be taken back, which makes no news.
    if (answer.isRevoked) return time - answer.askedAt < trusted || undefined
    if (time - Math.max(answer.askedAt, feed.seenAt()) >= trusted) return undefined
    if (time - answer.askedAt >= longest) return undefined
    const version = news.version()
    if (answer.version !== version && news.concern(keys, answer.version)) return undefined
    answer.version = version
    return false
  }
  const ask = async (token: KnownToken): Promise<boolean> => {
    // Before the question, not after the answer: in between the token may be revoked, and the news of it read.
    const asked = { askedAt: now(), version: news.version() }
    lookups++
    token.answer = { ...asked, isRevoked: await table.find(token.keys, token.issuedAt) }
    return token.answer.isRevoked
  }
  const settle = async (token: KnownToken): Promise<boolean> => {
    await feed.freshen()
    const answer = settled(token)
    if (answer !== undefined) return answer
    return (token.asking ??= ask(token).finally(() => (token.asking = undefined)))
  }

  return {
    revoke: (tokens, { until } = {}) => table.revoke(tokens, until),
    restore: table.restore,
    list: table.list,

    isRevoked(claims) {
      const token = tokenOf(claims)
      if (token.keys.length === 0) return false
      hear()
      feed.use()
      // Expired rows harm nobody, so nobody is told when deleting them fails.
      tidy(() => undefined)
      return settled(token) ?? settle(token)
    },

    facts: () => ({
      ...feed.facts(),
      lookups,
      remembered: news.size(),
      isListening: listener?.isListening() ?? false,
    }),

    async close() {
      isClosed = true
      await listener?.close()
      await feed.close()
    },
  }
}
