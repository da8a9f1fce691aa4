import type { Algorithm } from '../../config/algorithm.js'
import type { KeyOrigin } from '../../config/issuer-key.js'
import { readDiscovery } from './discovery.js'
import { fetchDocument } from './fetch-document.js'
import { readKeySet, type KeySet } from './key-set.js'

/** How long it may take to get keys, all in all, in milliseconds. */
const deadline = 3000

/**
 * Gets an issuer's keys: where they are, if that is to be asked, and what is there.
 *
 * @param previous the set before it
 * @throws {KeyServerFault}
 */
export type LoadKeys = (previous: KeySet | undefined) => Promise<KeySet>

/** Prepares to get the keys of an issuer from where its settings say. */
export function keyLoader(
  origin: Exclude<KeyOrigin, { readonly kind: 'key' }>,
  { issuer, algorithms }: { readonly issuer: string; readonly algorithms: readonly Algorithm[] },
): LoadKeys {
  return async (previous) => {
    const controller = new AbortController()
    const timer = setTimeout(() => controller.abort(), deadline)
    try {
      const { signal } = controller
      const url =
        origin.kind === 'jwks'
          ? origin.url
          : readDiscovery(await fetchDocument(origin.url, signal), issuer, origin.origins)
      return await readKeySet(await fetchDocument(url, signal), algorithms, previous)
    } finally {
      clearTimeout(timer)
    }
  }
}
