import type { KeyObject } from 'node:crypto'
import type { KeyOrigin } from '../../config/issuer-key.js'
import type { KeySource, KeySourceOptions } from './key-source.js'
import { keyLoader } from './load-keys.js'
import { publishedKeys } from './published-keys.js'

/** The key source of an issuer: its one key, or the set it publishes (RFC 7517). */
export function issuerKeys(origin: KeyOrigin, options: KeySourceOptions): KeySource {
  return origin.kind === 'key' ? oneKey(origin.key) : publishedKeys(keyLoader(origin, options), options)
}

function oneKey(key: KeyObject): KeySource {
  return {
    find: () => Promise.resolve(key),
    successor: () => Promise.resolve(undefined),
    refresh: () => undefined,
    generation: () => 0,
    isReady: () => Promise.resolve(true),
    open: () => Promise.resolve(),
    facts: () => undefined,
  }
}
