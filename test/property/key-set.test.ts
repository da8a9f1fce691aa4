import { generateKeyPairSync } from 'node:crypto'
import fc from 'fast-check'
import { algorithms } from '../../src/config/algorithm.js'
import { readDiscovery } from '../../src/identity/keys/discovery.js'
import { KeyServerFault } from '../../src/identity/keys/key-server-fault.js'
import { readKeySet, type KeySet } from '../../src/identity/keys/key-set.js'
import { announce, Count, holds, holdsAsync, patience } from './runs.js'

announce('key-set.test.ts')
const read = new Count('# random key sets read', 3_000)
const usable = new Count('# of them with keys that can be used', 100)

const asymmetric = algorithms.filter((each) => !each.startsWith('HS'))
const pairs = [
  generateKeyPairSync('rsa', { modulusLength: 2048 }),
  generateKeyPairSync('rsa', { modulusLength: 1024 }),
  generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  generateKeyPairSync('ec', { namedCurve: 'P-521' }),
  generateKeyPairSync('ed25519'),
]
const jwks = pairs.flatMap(({ publicKey, privateKey }) => [
  publicKey.export({ format: 'jwk' }),
  publicKey.export({ format: 'jwk' }),
  privateKey.export({ format: 'jwk' }),
])

/** A value for a member: of another key, or anything. */
const value = fc.oneof(
  fc.constantFrom(...jwks.flatMap((jwk) => Object.values(jwk)), ...algorithms, 'sig', 'enc', 'none'),
  fc.jsonValue({ maxDepth: 2 }),
)
const member = fc.constantFrom(
  'kty',
  'kid',
  'alg',
  'use',
  'key_ops',
  'n',
  'e',
  'crv',
  'x',
  'y',
  'd',
  'k',
  'x5c',
)
/** A key, with a few members changed. */
const jwk = fc
  .tuple(fc.constantFrom(...jwks), fc.dictionary(member, value, { maxKeys: 2 }))
  .map(([key, changes]) => ({ ...key, ...changes }))
const keys = fc.array(fc.oneof({ weight: 8, arbitrary: jwk }, { weight: 1, arbitrary: fc.jsonValue() }), {
  maxLength: 6,
})
const bytesOf = (document: unknown) => Buffer.from(JSON.stringify(document))

function kidOf(jwk: unknown): string | undefined {
  const { kid } = (jwk ?? {}) as { kid?: unknown }
  return typeof kid === 'string' ? kid : undefined
}

/** The set, or `undefined` where there is none; nothing else may be thrown. */
async function setOf(bytes: Uint8Array): Promise<KeySet | undefined> {
  read.add()
  try {
    return await readKeySet(bytes, asymmetric)
  } catch (error) {
    if (error instanceof KeyServerFault) return undefined
    throw error
  }
}

test(
  'any key set: nothing but a fault is thrown; every key is public, strong and fits its algorithm; each is counted once',
  () =>
    holdsAsync(
      fc.asyncProperty(keys, async (list) => {
        const set = await setOf(bytesOf({ keys: list }))
        if (!set) return
        usable.add()
        const skipped = Object.values(set.skipped).reduce((sum, count) => sum + count, 0)
        expect(set.size + skipped).toBeLessThanOrEqual(list.length)
        let found = 0
        for (const kid of new Set(list.map(kidOf))) {
          for (const alg of asymmetric) {
            const key = set.find({ alg, ...(kid !== undefined && { kid }) })
            if (!key) continue
            found++
            expect([key.alg, key.key.type]).toEqual([alg, 'public'])
            const { modulusLength = 2048, publicExponent = 65_537n } = key.key.asymmetricKeyDetails ?? {}
            expect(modulusLength).toBeGreaterThanOrEqual(2048)
            expect(publicExponent).toBeGreaterThanOrEqual(65_537n)
            // Of a key that is published with its private half, at that place, nothing is used.
            const published = list.filter((each) => {
              const { kid: own, d } = (each ?? {}) as { kid?: unknown; d?: unknown }
              return own === key.kid && d === undefined
            })
            expect(published.length).toBeGreaterThan(0)
          }
        }
        expect(found).toBeLessThanOrEqual(set.size * 2)
      }),
      2_000,
    ),
  patience,
)

test(
  'any bytes: nothing but a fault is thrown',
  () =>
    holdsAsync(
      fc.asyncProperty(
        fc.oneof(
          fc.uint8Array(),
          fc.json().map((text) => Buffer.from(text)),
        ),
        async (bytes) => {
          expect(await setOf(bytes)).toBeUndefined()
        },
      ),
      1_000,
    ),
  patience,
)

test('a key set is within another exactly when each of its keys is there', () =>
  holdsAsync(
    fc.asyncProperty(fc.subarray([0, 2, 4]), fc.subarray([0, 2, 4]), async (one, other) => {
      const sets = await Promise.all(
        [one, other].map((list) =>
          setOf(
            bytesOf({
              keys: list.map((at) => ({ ...pairs[at]?.publicKey.export({ format: 'jwk' }), kid: `k${at}` })),
            }),
          ),
        ),
      )
      const [a, b] = sets
      if (a && b) expect(a.isWithin(b)).toBe(one.every((at) => other.includes(at)))
    }),
    50,
  ))

test('any discovery document: a place at an allowed origin, or a fault', () => {
  const issuer = 'https://id.example.com'
  const url = fc.oneof(
    fc.webUrl(),
    fc.constantFrom(
      `${issuer}/k`,
      `${issuer}:444/k`,
      `${issuer}.evil.example/k`,
      `https://x@id.example.com/`,
    ),
    fc.jsonValue(),
  )
  holds(
    fc.property(fc.oneof(fc.constant(issuer), fc.jsonValue()), url, (named, location) => {
      try {
        const found = readDiscovery(bytesOf({ issuer: named, jwks_uri: location }), issuer, [issuer])
        expect([named, found.origin, found.username, found.password]).toEqual([issuer, issuer, '', ''])
      } catch (error) {
        if (!(error instanceof KeyServerFault)) throw error
      }
    }),
    500,
  )
})

test('enough was read, and enough of it was good for something', () => {
  read.expectEnough()
  usable.expectEnough()
})
