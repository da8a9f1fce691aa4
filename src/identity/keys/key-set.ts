import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Algorithm } from '../../config/algorithm.js'
import type { KeyHint } from '../token/token-checks.js'
import { KeyServerFault } from './key-server-fault.js'
import { readPublishedKey, skipReasons, type PublishedKey, type SkipReason } from './published-key.js'
import { readJson } from './read-json.js'

/** The keys that an issuer publishes, as far as they are good for anything. */
export interface KeySet {
  readonly size: number
  /** How many are not used, and why. */
  readonly skipped: Readonly<Record<SkipReason, number>>
  /**
   * The key of this id and algorithm. A token that names no id gets the only key of its algorithm, and none where there
   * are several: keys are not tried one by one.
   */
  readonly find: (hint: KeyHint) => PublishedKey | undefined
  /** The key of these numbers. */
  readonly ofMaterial: (material: string) => PublishedKey | undefined
  /** Whether every key of this set is in the other one. */
  readonly isWithin: (other: KeySet) => boolean
}

/** How many keys are read before others get a turn: an elliptic point takes 0.1 ms to check. */
const atOnce = 100

/**
 * Reads a JWK Set (RFC 7517 section 5). A key that cannot be used is skipped and counted, and does no harm to the
 * others.
 *
 * @param previous the set before it, whose keys are taken over where they are still published
 * @throws {KeyServerFault} when it is no JWK Set, or no key in it can be used
 */
export async function readKeySet(
  bytes: Uint8Array,
  algorithms: readonly Algorithm[],
  previous?: KeySet,
): Promise<KeySet> {
  const keys = new Map<string, PublishedKey>()
  const skipped = Object.fromEntries(skipReasons.map((reason) => [reason, 0])) as Record<SkipReason, number>
  const known = (material: string) => previous?.ofMaterial(material)?.key
  for (const [at, jwk] of membersOf(bytes).entries()) {
    if (at % atOnce === atOnce - 1) await nextTurn()
    const read = readPublishedKey(jwk, algorithms, known)
    if (typeof read === 'string') {
      skipped[read]++
      continue
    }
    // Keys without an id do not get in each other's way: see `find`.
    const name = nameOf(read.alg, read.kid ?? { material: read.material })
    const twin = keys.get(name)
    if (!twin) keys.set(name, read)
    else if (twin.material !== read.material) skipped.duplicate++
  }
  if (keys.size === 0) throw new KeyServerFault('no_keys', 'it publishes no key that can be used')
  return keySetOf(keys, skipped)
}

function keySetOf(keys: ReadonlyMap<string, PublishedKey>, skipped: KeySet['skipped']): KeySet {
  const list = [...keys.values()]
  const byMaterial = new Map(list.map((each) => [each.material, each]))
  const onlyOnes = new Map<Algorithm, PublishedKey | undefined>()
  for (const each of list) onlyOnes.set(each.alg, onlyOnes.has(each.alg) ? undefined : each)
  const find: KeySet['find'] = ({ alg, kid }) =>
    kid === undefined ? onlyOnes.get(alg) : keys.get(nameOf(alg, kid))
  return {
    size: keys.size,
    skipped,
    find,
    ofMaterial: (material) => byMaterial.get(material),
    isWithin: (other) =>
      list.every(({ kid, alg, material }) => {
        const there = kid === undefined ? other.ofMaterial(material) : other.find({ alg, kid })
        return there?.alg === alg && there.material === material
      }),
  }
}

function nameOf(alg: Algorithm, id: string | { readonly material: string }): string {
  return JSON.stringify([alg, id])
}

function membersOf(bytes: Uint8Array): readonly unknown[] {
  const document = readJson(bytes)
  const keys = typeof document === 'object' && document !== null && 'keys' in document && document.keys
  if (!Array.isArray(keys)) throw new KeyServerFault('unreadable', 'its answer is not a JWK Set')
  return keys as readonly unknown[]
}
