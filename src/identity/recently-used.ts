/** Values that were used last, by a key. */
export interface RecentlyUsed<Value> {
  get(key: string): Value | undefined
  set(key: string, value: Value): void
  delete(key: string): void
  /** How many there are. */
  size(): number
}

/**
 * Remembers values, dropping the least recently used beyond `size`.
 *
 * @param size how many; 0 remembers none
 */
export function recentlyUsed<Value>(size: number): RecentlyUsed<Value> {
  const entries = new Map<string, { readonly value: Value }>()
  const keep = (key: string, entry: { readonly value: Value }) => {
    // A Map keeps the order of insertion, so the one used longest ago stands first.
    entries.delete(key)
    entries.set(key, entry)
  }
  return {
    get(key) {
      const entry = entries.get(key)
      if (entry) keep(key, entry)
      return entry?.value
    },
    set(key, value) {
      keep(key, { value })
      const oldest = entries.keys().next()
      if (entries.size > size && !oldest.done) entries.delete(oldest.value)
    },
    delete: (key) => void entries.delete(key),
    size: () => entries.size,
  }
}
