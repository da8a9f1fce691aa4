import { elapsed } from '../../../src/identity/keys/elapsed.js'
import { ed25519Weakness } from '../../../src/identity/keys/ed25519-weakness.js'
import { nextStep } from '../../../src/identity/keys/when-to-load.js'

const day = 86_400_000

test.each([
  [Infinity, undefined, 'load first'],
  [Infinity, 999, 'give up'],
  [Infinity, 1000, 'load first'],
  [0, undefined, 'use'],
  [240_000, undefined, 'use'],
  [240_001, undefined, 'use and load'],
  [300_000, undefined, 'use and load'],
  [300_001, undefined, 'load first'],
  [300_001, 0, 'use'],
  [300_001, 29_999, 'use'],
  [300_001, 30_000, 'use and load'],
  [10, 30_000, 'use and load'],
  [day, 0, 'use'],
  [day, undefined, 'load first'],
  [day + 1, 0, 'give up'],
  [day + 1, 1000, 'load first'],
] as const)('keys %d ms old, the last attempt failed %p ms ago: %s', (age, failedFor, step) => {
  expect(nextStep({ age, failedFor })).toBe(step)
})

test('a clock that is put back stands still, one that is put forward goes', () => {
  let clock = 1000
  const passed = elapsed(() => clock)
  const at = (time: number) => {
    clock = time
    return passed()
  }
  expect([at(1500), at(-99_000), at(-98_900), at(3600)]).toEqual([500, 500, 600, 103_100])
})

test('points of small order are found in each of their spellings', () => {
  const p = 2n ** 255n - 19n
  const mod = (value: bigint) => ((value % p) + p) % p
  const power = (base: bigint, exponent: bigint): bigint => {
    if (exponent === 0n) return 1n
    const half = power(mod(base * base), exponent / 2n)
    return exponent % 2n === 0n ? half : mod(half * base)
  }
  const d = mod(-121_665n * power(121_666n, p - 2n))
  // x of y, by RFC 8032 section 5.1.3; then (x, y) eight times over is the neutral point.
  const xOf = (y: bigint) => {
    const u = mod(y * y - 1n)
    const v = mod(d * y * y + 1n)
    const x = mod(u * power(v, 3n) * power(mod(u * power(v, 7n)), (p - 5n) / 8n))
    return mod(v * x * x) === u ? x : mod(x * power(2n, (p - 1n) / 4n))
  }
  const twice = ([x, y]: readonly [bigint, bigint]) => {
    const k = mod(d * x * x * y * y)
    return [
      mod(2n * x * y * power(mod(1n + k), p - 2n)),
      mod((y * y + x * x) * power(mod(1n - k), p - 2n)),
    ] as const
  }
  const textOf = (value: bigint) =>
    Buffer.from(value.toString(16).padStart(64, '0'), 'hex').reverse().toString('base64url')
  const eighth = Buffer.from('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05', 'hex')
  const order8 = BigInt(`0x${Buffer.from(eighth).reverse().toString('hex')}`)
  const all = [0n, 1n, order8, p - order8, p - 1n, p, p + 1n]
  for (const y of all) {
    expect(twice(twice(twice([xOf(mod(y)), mod(y)])))).toEqual([0n, 1n])
    expect(ed25519Weakness(textOf(y))).toBe('is of small order')
    expect(ed25519Weakness(textOf(y + 2n ** 255n))).toBe('is of small order')
  }
  expect(ed25519Weakness(textOf(2n))).toBeUndefined()
})
