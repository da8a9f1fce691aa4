import type { RevocationNews } from './revocation-news.js'

/** The news that were read, and the database's time at which that was, in a form it reads back. */
export interface NewsRead {
  readonly at: string
  readonly news: readonly RevocationNews[]
}

export interface FeedOptions {
  /** Reads what is new since a time that an earlier reading told; the first time there is none. */
  readonly read: (since: string | undefined) => Promise<NewsRead>
  readonly onRead: (news: readonly RevocationNews[]) => void
  /** In milliseconds, only forward. */
  readonly now: () => number
}

/** Keeps an instance up to date, by looking as often as it is used and as something is heard. */
export interface RevocationFeed {
  /** When the last look that succeeded began: what was committed by then is known. */
  readonly seenAt: () => number
  /** Begins a look when one is due. Nobody waits for it. */
  readonly use: () => void
  /** Waits for a look where the last good one is too old, and does not fail: see `seenAt`. */
  readonly freshen: () => Promise<void>
  /** Something was written: looks soon. */
  readonly heard: () => void
  readonly facts: () => { readonly looks: number; readonly failures: number }
  /** Waits for a look under way. */
  readonly close: () => Promise<void>
}

/** Milliseconds that a look counts. A token that was revoked works no longer than that. */
export const trusted = 5_000

/** Milliseconds between looks; after a look that failed; and between two that were asked for by notifications. */
const pauses = { usual: 2_500, failed: 1_000, heard: 250 }

/** Makes a feed. Nothing happens before it is used. */
export function revocationFeed({ read, onRead, now }: FeedOptions): RevocationFeed {
  let seenAt = -Infinity
  let triedAt = -Infinity
  let since: string | undefined
  let running: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined
  const counts = { looks: 0, failures: 0 }

  const look = async () => {
    const startedAt = (triedAt = now())
    counts.looks++
    try {
      const { at, news } = await read(since)
      onRead(news)
      since = at
      seenAt = startedAt
    } catch {
      // Whoever needed it looks his token up, and then says what is wrong.
      counts.failures++
    }
  }
  const lookOnce = () => (running ??= look().finally(() => (running = undefined)))
  const isDue = () => now() - triedAt >= (seenAt < triedAt ? pauses.failed : pauses.usual)

  return {
    seenAt: () => seenAt,
    use() {
      if (!running && isDue()) void lookOnce()
    },
    async freshen() {
      if (now() - seenAt < trusted) return
      if (running || isDue()) await lookOnce()
    },
    heard() {
      // A look under way may have begun before what was heard; the next one sees it.
      const wait = Math.max(triedAt + pauses.heard - now(), 0)
      timer ??= setTimeout(() => {
        timer = undefined
        void Promise.resolve(running).then(lookOnce)
      }, wait).unref()
    },
    facts: () => ({ ...counts }),
    async close() {
      clearTimeout(timer)
      await running
    },
  }
}
