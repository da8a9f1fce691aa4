import { createHash, createPublicKey, generateKeyPairSync, verify, type KeyObject } from 'node:crypto'
import {
  answering,
  expectUnavailable,
  failing,
  keyServer,
  observed,
  signingKey,
  tokenOf,
  trusting,
  type SigningKey,
} from './published.js'
import { forge, part } from './forge.js'
import { expectAnswer, send, withServer } from './token-service.js'

// SECURITY section 2, J59: a key server that publishes what must not be used. Each bad key stands beside a good one.

const good = signingKey('good')
const rsa = signingKey('rsa', 'RS256')
const { n, e } = rsa.jwk as { readonly n: string; readonly e: string }
const numberOf = (text: string) => BigInt(`0x${Buffer.from(text, 'base64url').toString('hex')}`)
const textOf = (value: bigint) => {
  const hex = value.toString(16)
  return Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex').toString('base64url')
}

/** A modulus as Infineon's library made them: each factor is k * M + (65537^a mod M), M the product of small primes. */
function rocaModulus(): string {
  const isPrime = (value: number) => {
    for (let by = 2; by * by <= value; by++) if (value % by === 0) return false
    return true
  }
  const primes: bigint[] = []
  for (let value = 2; primes.length < 126; value++) if (isPrime(value)) primes.push(BigInt(value))
  const product = primes.reduce((all, each) => all * each, 1n)
  const power = (exponent: number) => {
    let result = 1n
    for (let at = 0; at < exponent; at++) result = (result * 65_537n) % product
    return result
  }
  const bits = product.toString(2).length
  const factor = (seed: bigint, exponent: number) =>
    ((1n << BigInt(1023 - bits)) * 2n + seed) * product + power(exponent)
  return textOf(factor(12_345n, 1234) * factor(67_891n, 77))
}

const secret = 'a secret of more than 32 bytes, for tests'
const pairOf = (bits: number, exponent = 0x1_00_01) =>
  generateKeyPairSync('rsa', { modulusLength: bits, publicExponent: exponent })
const asKey = (pair: { publicKey: KeyObject; privateKey: KeyObject }, members: object = {}): SigningKey => ({
  kid: 'bad',
  alg: 'RS256',
  privateKey: pair.privateKey,
  jwk: { ...pair.publicKey.export({ format: 'jwk' }), kid: 'bad', alg: 'RS256', ...members },
})
const small = asKey(pairOf(1024))
const weakExponent = asKey(pairOf(2048, 3))
const bad = { kid: 'bad', alg: 'RS256' }
const es = signingKey('bad')
const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' })
const k256 = generateKeyPairSync('ec', { namedCurve: 'secp256k1' })
const x25519 = generateKeyPairSync('x25519').publicKey.export({ format: 'jwk' })

/** Each with what it is counted as, the published key, and a token that the attacker or the issuer signs with it. */
const cases: readonly (readonly [string, reason: string, jwk: unknown, token?: string])[] = [
  [
    'a shared secret',
    'symmetric',
    { kty: 'oct', kid: 'bad', k: part(secret) },
    forge({ alg: 'HS256', kid: 'bad' }, {}, secret),
  ],
  ['a shared secret beside an elliptic key', 'symmetric', { ...es.jwk, k: part(secret) }, tokenOf(es)],
  [
    'a private key',
    'private',
    { ...es.privateKey.export({ format: 'jwk' }), kid: 'bad', alg: 'ES256' },
    tokenOf(es),
  ],
  [
    'a private RSA key by its factors',
    'private',
    { ...rsa.jwk, p: 'AQAB', kid: 'bad' },
    tokenOf({ ...rsa, kid: 'bad' }),
  ],
  ['use enc', 'use', { ...es.jwk, use: 'enc' }, tokenOf(es)],
  ['use of another type', 'use', { ...es.jwk, use: ['sig'] }, tokenOf(es)],
  ['key_ops encrypt', 'use', { ...es.jwk, key_ops: ['encrypt'] }, tokenOf(es)],
  ['key_ops none', 'use', { ...es.jwk, key_ops: [] }, tokenOf(es)],
  ['key_ops as text', 'use', { ...es.jwk, key_ops: 'verify' }, tokenOf(es)],
  ['RSA of 1,024 bits', 'weak', small.jwk, tokenOf(small)],
  ['RSA of 8,200 bits', 'weak', { ...rsa.jwk, ...bad, n: textOf((1n << 8199n) + numberOf(n)) }],
  ['e = 1', 'weak', { ...rsa.jwk, ...bad, e: 'AQ' }, withExponentOne()],
  ['e = 3', 'weak', weakExponent.jwk, tokenOf(weakExponent)],
  ['e = 65,536', 'weak', { ...rsa.jwk, ...bad, e: 'AQAA' }],
  ['e of 2,048 bits', 'weak', { ...rsa.jwk, ...bad, e: n }],
  ['e = 0', 'weak', { ...rsa.jwk, ...bad, e: 'AA' }],
  ['an even modulus', 'weak', { ...rsa.jwk, ...bad, n: textOf(numberOf(n) - 1n) }],
  ['a modulus with the factor 3', 'weak', { ...rsa.jwk, ...bad, n: textOf(thrice(numberOf(n))) }],
  ['a ROCA key', 'weak', { ...rsa.jwk, ...bad, n: rocaModulus() }],
  [
    'Ed25519 of small order',
    'weak',
    { kty: 'OKP', crv: 'Ed25519', x: smallOrder(), kid: 'bad' },
    byAnybody(),
  ],
  ['P-256 off the curve', 'malformed', { ...es.jwk, y: String(es.jwk['x']) }, tokenOf(es)],
  [
    'P-256 at infinity',
    'malformed',
    { ...es.jwk, x: part(Buffer.alloc(32)), y: part(Buffer.alloc(32)) },
    tokenOf(es),
  ],
  ['no modulus', 'malformed', { ...bad, kty: 'RSA', e }],
  ['numbers as numbers', 'malformed', { ...bad, kty: 'RSA', n: 12, e: 3 }],
  ['numbers that are not base64url', 'malformed', { ...es.jwk, x: `${String(es.jwk['x'])}=` }, tokenOf(es)],
  ['an id that is no text', 'malformed', { ...es.jwk, kid: ['bad'] }, tokenOf(es)],
  ['null', 'malformed', null],
  ['a list', 'malformed', [es.jwk]],
  ['an unknown kty', 'algorithm', { kty: 'XYZ', kid: 'bad' }],
  ['kty __proto__', 'algorithm', { kty: '__proto__', kid: 'bad' }],
  ['kty constructor', 'algorithm', { kty: 'constructor', kid: 'bad' }],
  [
    'an algorithm that is not listed',
    'algorithm',
    { ...rsa.jwk, kid: 'bad', alg: 'RS512' },
    tokenOf({ ...rsa, kid: 'bad' }),
  ],
  ['an algorithm of another type', 'algorithm', { ...es.jwk, alg: 'RS256' }, tokenOf(es)],
  ['HS256 on an RSA key', 'algorithm', { ...rsa.jwk, kid: 'bad', alg: 'HS256' }],
  ['none', 'algorithm', { ...rsa.jwk, kid: 'bad', alg: 'none' }],
  [
    'P-384 for ES256',
    'algorithm',
    { ...p384.publicKey.export({ format: 'jwk' }), kid: 'bad', alg: 'ES256' },
    tokenOf({ kid: 'bad', alg: 'ES256', privateKey: p384.privateKey, jwk: {} }),
  ],
  [
    'secp256k1',
    'algorithm',
    { ...k256.publicKey.export({ format: 'jwk' }), kid: 'bad' },
    tokenOf({ kid: 'bad', alg: 'ES256', privateKey: k256.privateKey, jwk: {} }),
  ],
  ['X25519', 'algorithm', { ...x25519, kid: 'bad' }],
  ['the id of another key', 'duplicate', { ...es.jwk, kid: 'good' }, tokenOf({ ...es, kid: 'good' })],
]

const algorithms = ['RS256', 'ES256', 'EdDSA'] as const

// Of one length, or the test would be given a callback for what is missing.
test.each(cases.map(([name, reason, jwk, token]) => [name, reason, jwk, token] as const))(
  'J59 %s: skipped, counted as %s, and no harm to the good one',
  async (_name, reason, jwk, token) => {
    await withServer(answering({ keys: [good.jwk, jwk] }), async (url) => {
      const { app, keys, notices } = trusting(url, { algorithms })
      expect((await send(app, tokenOf(good))).status).toBe(200)
      expect(keys().keys).toBe(1)
      expect(Object.entries(keys().skipped).filter(([, count]) => count > 0)).toEqual([[reason, 1]])
      if (token !== undefined) await expectAnswer(app, token, 'C1')
      expect(keys().privateKeys).toBe(reason === 'private' ? 1 : 0)
      expect(notices.map(([message]) => message)).toEqual(
        reason === 'private'
          ? ['a token issuer publishes a private key: whoever reads it can sign tokens']
          : [],
      )
    })
    // Alone it is no key at all, so nobody can tell whose token it is; the second of two is a key.
    if (reason === 'duplicate') return
    await withServer(answering({ keys: [jwk] }), async (url) => {
      const { app } = trusting(url, { algorithms })
      expectUnavailable(await send(app, reason === 'symmetric' ? tokenOf(good) : (token ?? tokenOf(good))))
    })
  },
)

test('J59 the same keys with nothing wrong about them are good: it is not the tests that refuse', async () => {
  const strong = signingKey('bad', 'RS256')
  const ed = signingKey('ed', 'EdDSA')
  const { alg: _alg, ...plain } = es.jwk
  const { alg: _noAlg, use: _use, ...bare } = ed.jwk
  const jwks = { keys: [strong.jwk, { ...plain, kid: 'es', key_ops: ['verify'] }, bare] }
  await withServer(answering(jwks), async (url) => {
    const { app, keys } = trusting(url, { algorithms })
    for (const key of [strong, { ...es, kid: 'es' }, ed])
      expect((await send(app, tokenOf(key))).status).toBe(200)
    expect(keys().keys).toBe(3)
  })
})

test('J59 a signature that anybody can make is good to Node under a key of small order and under e = 1', () => {
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: smallOrder() }, format: 'jwk' })
  const verifies = (token: string, algorithm: string | null, under: KeyObject) => {
    const [header = '', payload = '', signed = ''] = token.split('.')
    return verify(algorithm, Buffer.from(`${header}.${payload}`), under, Buffer.from(signed, 'base64url'))
  }
  expect(verifies(byAnybody(), null, key)).toBe(true)
  const one = createPublicKey({ key: { kty: 'RSA', n, e: 'AQ' }, format: 'jwk' })
  expect(verifies(withExponentOne(), 'sha256', one)).toBe(true)
})

test('J59 ten thousand keys, the good one last: found, and the service goes on meanwhile', async () => {
  const keys: unknown[] = Array.from({ length: 9_999 }, (_, at) => ({
    ...{ kty: 'OKP', crv: 'Ed25519', kid: `k${at}` },
    x: Buffer.alloc(32, at)
      .fill(at % 251, 3)
      .fill(at >> 8, 0, 2)
      .toString('base64url'),
  }))
  const ed = signingKey('last', 'EdDSA')
  keys.push({ ...ed.jwk, alg: undefined, use: undefined })
  const body = JSON.stringify({ keys })
  expect(body.length).toBeLessThan(1_048_576)
  const server = keyServer(answering(body))
  await withServer(server.listener, async (url) => {
    const { app, keys: facts, authenticate } = trusting(url, { algorithms })
    let longest = 0
    let last = performance.now()
    const tick = setInterval(() => {
      longest = Math.max(longest, performance.now() - last)
      last = performance.now()
    }, 1)
    const start = performance.now()
    await authenticate.open?.()
    const took = performance.now() - start
    clearInterval(tick)
    expect((await send(app, tokenOf(ed))).status).toBe(200)
    expect(
      facts().keys + Object.values(facts().skipped).reduce((sum, count) => sum + count, 0),
    ).toBeGreaterThan(200)
    observed('J59 10,000 keys', {
      'read in (ms)': took,
      'longest pause of the loop (ms)': longest,
      keys: facts().keys,
    })
    expect(longest).toBeLessThan(500)
    // Looking up is no matter of how many there are.
    expect((await send(app, tokenOf(ed, { sub: 'bo' }))).status).toBe(200)
    expect(server.fetches).toBe(1)
  })
})

test('J59 a key that is private from now on is taken out, and the alarm goes once', async () => {
  const server = keyServer(answering({ keys: [good.jwk, es.jwk] }))
  await withServer(server.listener, async (url) => {
    const { app, pass, keys, notices } = trusting(url, { algorithms })
    expect((await send(app, tokenOf(es))).status).toBe(200)
    const leaked = { ...es.privateKey.export({ format: 'jwk' }), kid: 'bad' }
    server.answer = answering({ keys: [good.jwk, leaked] })
    for (let at = 0; at < 3; at++) {
      pass(301)
      await expectAnswer(app, tokenOf(es), 'C1')
    }
    expect(keys().privateKeys).toBe(1)
    expect(notices).toHaveLength(1)
    expect(JSON.stringify(notices)).not.toContain(String(leaked.d))
  })
})

describe('a token that names no key', () => {
  const plain = (key: SigningKey) => {
    const [, payload = ''] = tokenOf(key).split('.')
    return forge({ alg: key.alg }, Buffer.from(payload, 'base64url'), key.privateKey)
  }

  test('gets the only key of its algorithm', async () => {
    await withServer(answering({ keys: [good.jwk, rsa.jwk] }), async (url) => {
      const { app } = trusting(url)
      expect((await send(app, plain(good))).status).toBe(200)
      expect((await send(app, plain(rsa))).status).toBe(200)
    })
  })

  test('gets none where there are several: they are not tried one by one', async () => {
    await withServer(answering({ keys: [good.jwk, es.jwk] }), async (url) => {
      const { app } = trusting(url)
      await expectAnswer(app, plain(good), 'C1')
      await expectAnswer(app, plain(es), 'C1')
    })
  })

  test('keys without an id: one is found, and by no token that names one', async () => {
    const server = keyServer(answering({ keys: [{ ...good.jwk, kid: undefined }] }))
    await withServer(server.listener, async (url) => {
      const { app, pass } = trusting(url)
      expect((await send(app, plain(good))).status).toBe(200)
      await expectAnswer(app, tokenOf(good), 'C1')
      server.answer = answering({ keys: [{ ...es.jwk, kid: undefined }] })
      pass(301)
      await expectAnswer(app, plain(good), 'C1')
      expect((await send(app, plain(es))).status).toBe(200)
    })
  })
})

test('a key belongs to one algorithm: its own, or the first of the list that fits it', async () => {
  const { alg: _alg, ...open } = rsa.jwk
  await withServer(answering({ keys: [open] }), async (url) => {
    const { app } = trusting(url, { algorithms: ['PS256', 'RS256'] })
    expect((await send(app, tokenOf({ ...rsa, alg: 'PS256' }))).status).toBe(200)
    await expectAnswer(app, tokenOf(rsa), 'C1')
  })
})

test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])('J21 kid %s', async (kid) => {
  await withServer(answering({ keys: [good.jwk] }), async (url) =>
    expectAnswer(trusting(url).app, tokenOf({ ...good, kid }), 'C1'),
  )
  await withServer(answering({ keys: [{ ...good.jwk, kid }] }), async (url) =>
    expect((await send(trusting(url).app, tokenOf({ ...good, kid }))).status).toBe(200),
  )
})

test('J15 PS256 on a key marked RS256; J16 a signature by another key', async () => {
  await withServer(answering({ keys: [rsa.jwk] }), async (url) => {
    const { app } = trusting(url, { algorithms: ['RS256', 'PS256'] })
    await expectAnswer(app, tokenOf({ ...rsa, alg: 'PS256' }), 'C1')
    await expectAnswer(app, tokenOf({ ...signingKey('rsa', 'RS256') }), 'C1')
    expect((await send(app, tokenOf(rsa))).status).toBe(200)
  })
})

test('no message about a key server repeats what it sent', async () => {
  const server = keyServer(failing(500))
  await withServer(server.listener, async (url) => {
    const { app, notices, pass } = trusting(url)
    for (const body of ['{"canary', { keys: [{ canary: 1 }] }, { canary: [] }, `{"canary":1,"canary":2}`]) {
      server.answer = answering(body)
      const { text } = await send(app, tokenOf(good))
      expect(text).not.toContain('canary')
      pass(31)
    }
    expect(notices.length).toBeGreaterThan(1)
    expect(JSON.stringify(notices)).not.toContain('canary')
  })
})

/** A multiple of three of as many bits. */
function thrice(value: bigint): bigint {
  const multiple = value - (value % 3n)
  return multiple % 2n === 0n ? multiple + 3n : multiple
}

/** The neutral point: y = 1. */
function smallOrder(): string {
  return Buffer.from([1, ...Buffer.alloc(31)]).toString('base64url')
}

/** R = the neutral point, S = 0: good for any message under a key of small order 1, without any private key. */
function byAnybody(): string {
  const now = Math.floor(Date.now() / 1000)
  const claims = { iss: 'https://id.example.com/', aud: 'claimstake', sub: 'mallory', exp: now + 600 }
  const signed = Buffer.concat([Buffer.from(smallOrder(), 'base64url'), Buffer.alloc(32)])
  return `${part({ alg: 'EdDSA', kid: 'bad' })}.${part(claims)}.${part(signed)}`
}

/** With e = 1 the signature is the padded hash itself (RFC 8017 section 9.2): no private key is needed. */
function withExponentOne(): string {
  const claims = { iss: 'https://id.example.com/', aud: 'claimstake', sub: 'mallory', exp: 4e9 }
  const input = `${part({ alg: 'RS256', kid: 'bad' })}.${part(claims)}`
  const hash = createHash('sha256').update(input).digest('hex')
  const info = `3031300d060960864801650304020105000420${hash}`
  return `${input}.${part(Buffer.from(`0001${'ff'.repeat(256 - 3 - info.length / 2)}00${info}`, 'hex'))}`
}
