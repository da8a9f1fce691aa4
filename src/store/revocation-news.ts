/** One revocation, as it is read again and again while it is recent. */
export interface RevocationNews {
  readonly key: string
  /** When it was written, by the database's clock; another text is another writing. */
  readonly at: string
}

/** What has been heard of revocations, to be held against tokens that were looked up before. */
export interface HeardNews {
  /** Grows with all that is new. A token is looked up as of the version **before** its look-up was sent. */
  readonly version: () => number
  /** Takes in what was read; what is known already is no news. */
  readonly hear: (read: readonly RevocationNews[]) => void
  /** Says that there is more than can be told: every token may be meant. */
  readonly hearAll: () => void
  /** Whether one of these keys may have been revoked since a version. */
  readonly concern: (keys: readonly string[], since: number) => boolean
  /** How many revocations are remembered. */
  readonly size: () => number
}

/**
 * Remembers news, so that one revocation costs no look-up of any other token, however many are in use.
 *
 * @param most how many are remembered; when there are more, all tokens are looked up again, once
 */
export function revocationNews(most: number): HeardNews {
  const heard = new Map<string, { readonly at: string; readonly version: number }>()
  let version = 0
  /** Tokens of an earlier version may be meant by news that are not remembered any more. */
  let floor = 0
  const hearAll = () => {
    heard.clear()
    floor = ++version
  }
  const add = (news: readonly RevocationNews[], as: number) => {
    for (const { key, at } of news) heard.set(key, { at, version: as })
  }
  return {
    version: () => version,
    hear(read) {
      const news = read.filter(({ key, at }) => heard.get(key)?.at !== at)
      if (news.length === 0) return
      add(news, ++version)
      if (heard.size <= most) return
      hearAll()
      // These are read again a moment later, and must not be taken for news then.
      add(read, version)
    },
    hearAll,
    concern: (keys, since) => since < floor || keys.some((key) => (heard.get(key)?.version ?? 0) > since),
    size: () => heard.size,
  }
}
