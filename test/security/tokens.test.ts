import {
  createHash,
  createPublicKey,
  createSecretKey,
  generateKeyPairSync,
  X509Certificate,
  type KeyObject,
} from 'node:crypto'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { PrismaPg } from '@prisma/adapter-pg'
import jsonwebtoken from 'jsonwebtoken'
import passportJwt from 'passport-jwt'
import type { Express, Request } from 'express'
import supertest from 'supertest'
import { holdsLongList } from '../../src/claims/long-list.js'
import { claimstake } from '../../src/claimstake.js'
import { parseIssuer, type IssuerOptions } from '../../src/config/issuer.js'
import { data } from '../../src/data/resource.js'
import { createPool } from '../../src/connections/create-pool.js'
import { PrismaClient } from '../../src/generated/prisma/client.js'
import { authenticator, type Authenticate } from '../../src/identity/authenticator.js'
import { createDatabase, type TestDatabase } from '../support/database.js'
import { startServer, type TestServer } from '../support/test-server.js'
import { der, selfSigned } from './certificate.js'
import { forge, part, signature } from './forge.js'
import {
  answers,
  expectAnswer,
  expectProblem,
  send,
  sendRaw,
  tokenService,
  withServer,
} from './token-service.js'

// SECURITY section 2, over HTTP, as far as one token can show it. Key servers: key-server.test.ts.

const issuer = 'https://id.example.com/'
const audience = 'claimstake'
const secret = 'a secret of more than 32 bytes, for tests'
const now = Math.floor(Date.now() / 1000)
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const otherRsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const text = (key: KeyObject, type: 'spki' | 'pkcs1' = 'spki') =>
  key.export({ type, format: 'pem' }).toString()

const common = { issuer, audience, clockSkew: 30 }
const trustsRsa = parseIssuer({ ...common, publicKey: text(rsa.publicKey) })
const trustsEc = parseIssuer({ ...common, publicKey: text(ec.publicKey) })
const trustsSecret = parseIssuer({ ...common, secret })
/** Services by what they believe: every token that one of them must refuse is sent to the whole app as well, below. */
const believing = new Map<Express, Authenticate>()
function serviceOf(...issuers: readonly ReturnType<typeof parseIssuer>[]): Express {
  const authenticate = authenticator({ issuers, now: () => now * 1000 })
  const app = tokenService(authenticate)
  believing.set(app, authenticate)
  return app
}
const trusting = (options: Partial<IssuerOptions>) =>
  serviceOf(parseIssuer({ ...common, publicKey: text(rsa.publicKey), ...options }))
const service = serviceOf(trustsRsa)
const ecService = serviceOf(trustsEc)
const secretService = serviceOf(trustsSecret)

const good = { iss: issuer, aud: audience, sub: 'ana', iat: now, exp: now + 600 }
const header = { alg: 'RS256', typ: 'JWT' }
const token = forge(header, good, rsa.privateKey)
const withClaims = (claims: object, edit = (json: string) => json) =>
  forge(header, edit(JSON.stringify({ ...good, ...claims })), rsa.privateKey)
const withHeader = (changes: object) => forge({ ...header, ...changes }, good, rsa.privateKey, 'RS256')
const without = (claim: string) => forge(header, { ...good, [claim]: undefined }, rsa.privateKey)

const allRefused: { readonly app: Express; readonly name: string; readonly bad: string }[] = []
const refused = (rows: readonly (readonly [name: string, token: string])[], app = service) => {
  allRefused.push(...rows.map(([name, bad]) => ({ app, name, bad })))
  test.each(rows)('%s', async (_name, bad) => expectAnswer(app, bad, 'C1'))
}

const accepted = (rows: readonly (readonly [name: string, token: string])[], app = service) =>
  test.each(rows)('%s', async (_name, fine) => {
    const response = await send(app, fine)
    expect([response.status, (response.body as { identity?: unknown }).identity]).toEqual([200, 'ana'])
  })

/** What jsonwebtoken alone, configured as well as it can be, makes of a token. */
const library = (bad: string) =>
  jsonwebtoken.verify(bad, rsa.publicKey, { issuer, audience, algorithms: ['RS256'], clockTimestamp: now })

describe('the request', () => {
  test('J01 no Authorization header is the anonymous caller; the 401 belongs to the router', async () => {
    const response = await supertest(service).get('/')
    expect(response.body).toMatchObject({ provider: 'identityPool', identity: null })
  })

  test.each(['Authorization:', 'Authorization: Bearer', 'Authorization: Bearer '])('J02 %j', async (line) => {
    const answer = await sendRaw(service, [line])
    expect(answer).toMatch(
      /^HTTP\/1\.1 400 .*WWW-Authenticate: Bearer realm="claimstake", error="invalid_request"/su,
    )
  })

  test.each(['Basic x', 'Basic', 'Digest username="x", realm="y"', 'Bearerx y', token])(
    'J03 %.20s',
    async (value) => {
      expectProblem(await supertest(service).get('/').set('Authorization', value), 'C0')
    },
  )

  test.each(['bEaReR', 'BEARER', 'bearer'])('J04 %s', async (scheme) => {
    await supertest(service).get('/').set('Authorization', `${scheme} ${token}`).expect(200)
  })

  test.each([
    `Bearer ${token} extra`,
    `Bearer ${token} ${token}`,
    `Bearer ${token}, Bearer ${token}`,
    `Bearer\t${token}`,
  ])('J05 more than a scheme and a token', async (value) =>
    expectProblem(await supertest(service).get('/').set('Authorization', value), 'C2'),
  )

  test('J05 without our reader: the stock extractor takes the token and drops the rest', () => {
    const request = { headers: { authorization: `Bearer ${token} extra` } }
    expect(passportJwt.ExtractJwt.fromAuthHeaderAsBearerToken()(request)).toBe(token)
  })

  test('J07 a token in the query or a cookie is not read', async () => {
    const responses = [
      await supertest(service).get('/').query({ access_token: token }),
      await supertest(service).get('/').set('Cookie', `access_token=${token}`),
    ]
    for (const { body } of responses) expect(body).toMatchObject({ provider: 'identityPool' })
  })

  test('J07 a token in two places is refused', async () => {
    const get = (path: string) => supertest(service).get(path).set('Authorization', `Bearer ${token}`)
    expectProblem(await get(`/?access_token=${token}`), 'C2')
    expectProblem(await get('/?access%5Ftoken=x'), 'C2')
    expectProblem(await get('/').set('Cookie', `a=b; access_token=${token}`), 'C2')
    await get('/?token=x').set('Cookie', 'no_access_token=x').expect(200)
  })

  test('two Authorization headers are refused, whichever comes first', async () => {
    const lines = [`Authorization: Bearer ${token}`, 'authorization: Basic x']
    expect(await sendRaw(service, lines)).toMatch(/^HTTP\/1\.1 400 .*invalid_request/su)
    expect(await sendRaw(service, lines.toReversed())).toMatch(/^HTTP\/1\.1 400 .*invalid_request/su)
  })
})

describe('the form of the token', () => {
  const [head = '', body = '', sign = ''] = token.split('.')

  accepted([['a good token', token]])

  refused([
    ['J08 one part', head],
    ['J08 two parts', `${head}.${body}`],
    ['J08 four parts', `${token}.x`],
    ['J08 five parts', `${head}..${part('iv')}.${part('text')}.${part('tag')}`],
    ['J08 empty header', `.${body}.${sign}`],
    ['J08 empty payload', `${head}..${sign}`],
    ['J08 empty signature', `${head}.${body}.`],
    ['J08 nothing but dots', '..'],
    ['J08 padding', `${head}.${body}.${sign}==`],
    ['J08 base64 instead of base64url', `${head}.${body}.${sign.slice(0, -2)}+/`],
  ])

  refused([
    ['J32 payload empty', forge(header, '', rsa.privateKey)],
    ['J32 payload null', forge(header, 'null', rsa.privateKey)],
    ['J32 payload text', forge(header, '"x"', rsa.privateKey)],
    ['J32 payload number', forge(header, '1', rsa.privateKey)],
    ['J32 payload list', forge(header, '[]', rsa.privateKey)],
    ['J32 payload not JSON', forge(header, 'hello', rsa.privateKey)],
    ['J32 payload with a BOM', forge(header, `\ufeff${JSON.stringify(good)}`, rsa.privateKey)],
    [
      'J32 payload not UTF-8',
      forge(header, Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), rsa.privateKey),
    ],
    ['J32 header list', forge('[]', good, rsa.privateKey)],
    [
      'J33 2,900 levels deep',
      withClaims({ deep: 0 }, (json) => json.replace(':0', `:${'['.repeat(2900)}${']'.repeat(2900)}`)),
    ],
    ['J33 17 levels deep', withClaims({ deep: JSON.parse('['.repeat(16) + ']'.repeat(16)) as unknown })],
    ['J33 one byte too long', token.padEnd(8193, 'A')],
    [
      'J34 a header of 1,000 keys',
      withHeader(Object.fromEntries(Array.from({ length: 1000 }, (_, at) => [at, 0]))),
    ],
    [
      'J00 repeated key in the payload',
      forge(header, JSON.stringify(good).replace('{', '{"sub":"bo",'), rsa.privateKey),
    ],
    [
      'J00 repeated key, spelt differently',
      forge(header, JSON.stringify(good).replace('{', '{"s\\u0075b":"bo",'), rsa.privateKey),
    ],
    ['J00 repeated key in the header', forge('{"alg":"none","alg":"RS256"}', good, rsa.privateKey, 'RS256')],
  ])

  accepted([
    ['J33 16 levels deep', withClaims({ deep: JSON.parse('['.repeat(15) + ']'.repeat(15)) as unknown })],
  ])

  const huge = (json: string) => forge(header, json, rsa.privateKey)
  const tooLong: readonly (readonly [string, string])[] = [
    ['J33 1 MiB', token.padEnd(2 ** 20, 'A')],
    ['J33 100,000 levels deep', huge(`{"a":${'['.repeat(1e5)}${']'.repeat(1e5)}}`)],
    [
      'J34 a header of 10,000 keys',
      withHeader(Object.fromEntries(Array.from({ length: 10_000 }, (_, at) => [at, 0]))),
    ],
    ['J45 10,000 audiences, ours last', withClaims({ aud: [...Array<string>(9999).fill('x'), audience] })],
    ['J73 10,000 groups', withClaims({ groups: Array<string>(10_000).fill('Admin') })],
    ['J21 a kid of 10 KiB', withHeader({ kid: 'x'.repeat(10_240) })],
  ]
  test.each(tooLong)(
    '%s: beyond the header limit it does not reach us, and if it did it would be refused',
    async (_, bad) => {
      const answer = await sendRaw(service, [`Authorization: Bearer ${bad}`])
      // Of the size that Node lets pass there is one, the kid.
      expect(answer).toMatch(bad.length > 16_384 ? /^HTTP\/1\.1 431/u : /^HTTP\/1\.1 401/u)
      await withLongHeaders(service, async (url) => {
        const refusal = await fetch(url, { headers: { Authorization: `Bearer ${bad}` } })
        expect([refusal.status, refusal.headers.get('www-authenticate')]).toEqual([401, answers.C1.challenge])
        expect(await refusal.json()).toEqual({
          status: 401,
          title: 'The token is not valid',
          code: 'INVALID_TOKEN',
        })
      })
    },
  )

  test('JSON within a text may nest as deep as it likes: nobody runs out of stack', async () => {
    const nested = `${'['.repeat(2700)}${']'.repeat(2700)}`
    expect((await send(service, withClaims({ groups: nested }))).status).toBe(200)
    expect(holdsLongList('['.repeat(1e5) + ']'.repeat(1e5))).toBe(false)
    expect(holdsLongList([`[${nested},[${Array(1001).fill(0).join()}]]`])).toBe(true)
  })

  test('J32 without our reader: a repeated key counts as its last value', () => {
    expect(
      library(forge(header, JSON.stringify(good).replace('}', ',"sub":"bo"}'), rsa.privateKey)),
    ).toMatchObject({ sub: 'bo' })
  })

  test('J16 without our reader: one signature has several spellings', () => {
    const last = sign.at(-1) ?? ''
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const twin = `${head}.${body}.${sign.slice(0, -1)}${alphabet[alphabet.indexOf(last) + 1]}`
    expect(library(twin)).toMatchObject({ sub: 'ana' })
    return expectAnswer(service, twin, 'C1')
  })
})

describe('the algorithm', () => {
  const unsigned = (alg: unknown) => `${part({ alg, typ: 'JWT' })}.${part(good)}`

  refused(
    ['none', 'None', 'NONE', 'nOnE'].flatMap((alg) => [
      [`J09 ${alg} without signature`, `${unsigned(alg)}.`] as const,
      [`J09 ${alg} with a signature`, `${unsigned(alg)}.${token.split('.')[2] ?? ''}`] as const,
      [`J09 ${alg}, really signed`, forge({ alg }, good, rsa.privateKey, 'RS256')] as const,
    ]),
  )

  refused(
    [undefined, null, '', 256, ['RS256'], { RS256: true }, 'rs256', 'RS256 ', 'RS512'].map(
      (alg) => [`J10 ${JSON.stringify(alg)}`, withHeader({ alg })] as const,
    ),
  )

  const spki = rsa.publicKey.export({ type: 'spki', format: 'der' })
  const pkcs1 = rsa.publicKey.export({ type: 'pkcs1', format: 'der' })
  const certificate = selfSigned(rsa.publicKey, rsa.privateKey)
  const jwk = rsa.publicKey.export({ format: 'jwk' })
  const pems = {
    PEM: text(rsa.publicKey),
    'PKCS 1 PEM': text(rsa.publicKey, 'pkcs1'),
    'PEM of a certificate': new X509Certificate(certificate).toString(),
  }
  const texts: Readonly<Record<string, string>> = {
    JWK: JSON.stringify(jwk),
    'JWK with kid, alg and use': JSON.stringify({ ...jwk, kid: 'k', alg: 'RS256', use: 'sig' }),
    'JWK, indented': JSON.stringify(jwk, null, 2),
    'JWK as its thumbprint has it': JSON.stringify({ e: jwk.e, kty: jwk.kty, n: jwk.n }),
    'JWK set': JSON.stringify({ keys: [jwk] }),
    modulus: jwk.n ?? '',
    'base64 of DER': spki.toString('base64'),
    'base64url of DER': spki.toString('base64url'),
    'hex of DER': spki.toString('hex'),
    'base64 of PKCS 1': pkcs1.toString('base64'),
    'base64 of x5c': certificate.toString('base64'),
  }
  const bytes = {
    DER: spki,
    'PKCS 1 DER': pkcs1,
    'certificate DER': certificate,
    'modulus bytes': Buffer.from(jwk.n ?? '', 'base64url'),
  }
  const ends: Readonly<Record<string, (value: string) => string>> = {
    'as it is': (value) => value,
    'without newline': (value) => value.trimEnd(),
    'with a newline': (value) => `${value.trimEnd()}\n`,
    'with CRLF': (value) => `${value.trimEnd().replaceAll('\n', '\r\n')}\r\n`,
    'with NUL': (value) => `${value}\0`,
    'in one line': (value) => value.replaceAll('\n', ''),
  }
  const asSecret: readonly (readonly [string, KeyObject | string])[] = [
    ...Object.entries({ ...pems, ...texts }).flatMap(([name, value]) =>
      Object.entries(ends).map(([end, edit]) => [`${name} ${end}`, edit(value)] as const),
    ),
    ...Object.entries(bytes).map(([name, value]) => [name, createSecretKey(value)] as const),
  ]
  for (const alg of ['HS256', 'HS384', 'HS512'])
    refused(
      asSecret.map(
        ([name, key]) => [`J11 ${alg} keyed with the public ${name}`, forge({ alg }, good, key)] as const,
      ),
    )
  refused(
    asSecret.map(
      ([name, key]) =>
        [`J11 RS256, an HMAC keyed with the public ${name}`, forge(header, good, key, 'HS256')] as const,
    ),
  )

  test('J11 without a pinned algorithm: whoever knows the public key signs', () => {
    const forged = forge({ alg: 'HS256' }, good, text(rsa.publicKey))
    const [head, body, sign] = forged.split('.')
    // The verifier of many a home-made service: the algorithm is what the token says.
    const naive = (key: string) => signature(`${head}.${body}`, 'HS256', key).toString('base64url') === sign
    expect(naive(text(rsa.publicKey))).toBe(true)
  })

  const curve = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve })
  const pairs: readonly (readonly [
    string,
    { readonly publicKey: KeyObject; readonly privateKey: KeyObject },
  ])[] = [
    ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'].map((alg) => [alg, rsa] as const),
    ['ES256', ec],
    ['ES384', curve('P-384')],
    ['ES512', curve('P-521')],
    ['EdDSA', generateKeyPairSync('ed25519')],
  ]
  test.each(pairs)(
    'J15 a key has one algorithm: %s, and no other',
    async (alg, { publicKey, privateKey }) => {
      const app = trusting({ publicKey: text(publicKey), algorithms: alg as 'RS256' })
      const mine = forge({ alg, kid: 'any' }, good, privateKey)
      expect((await send(app, mine)).status).toBe(200)
      const [head, body, sign = ''] = mine.split('.')
      const bytes = Buffer.from(sign, 'base64url')
      bytes[5] = (bytes[5] ?? 0) ^ 1
      await expectAnswer(app, `${head}.${body}.${part(bytes)}`, 'C1')
      for (const [other, pair] of pairs) {
        if (other === alg) continue
        await expectAnswer(app, forge({ alg: other }, good, pair.privateKey), 'C1')
        await expectAnswer(app, forge({ alg }, good, pair.privateKey, other), 'C1')
      }
    },
  )

  test.each(['HS256', 'HS384', 'HS512'])('J15 a secret has one algorithm: %s', async (alg) => {
    const long = secret.repeat(2)
    const app = tokenService(
      authenticator({ issuers: [parseIssuer({ ...common, secret: long, algorithms: alg as 'HS256' })] }),
    )
    for (const other of ['HS256', 'HS384', 'HS512']) {
      expect((await send(app, forge({ alg: other }, good, long))).status).toBe(other === alg ? 200 : 401)
      await expectAnswer(app, forge({ alg }, good, `${long} `, other), 'C1')
    }
  })

  test('J15 an RSASSA-PSS key, which jose cannot use, is refused at start and not with each token', () => {
    const { publicKey } = generateKeyPairSync('rsa-pss', { modulusLength: 2048 })
    for (const algorithms of [undefined, 'PS256'] as const)
      expect(() => parseIssuer({ ...common, publicKey: text(publicKey), algorithms })).toThrow(TypeError)
  })

  const guesses = ['', '\0', 'secret', 'null', 'undefined', 'key-1']
  refused(
    guesses.map(
      (key) =>
        [
          `J12 ${JSON.stringify(key)} as secret, RSA issuer`,
          forge({ alg: 'HS256', kid: 'key-1' }, good, key),
        ] as const,
    ),
  )
  refused(
    guesses.map(
      (key) =>
        [
          `J12 ${JSON.stringify(key)} as secret, HS256 issuer`,
          forge({ alg: 'HS256', kid: 'key-1' }, good, key),
        ] as const,
    ),
    secretService,
  )
  accepted([['J12 the right secret', forge({ alg: 'HS256' }, good, secret)]], secretService)
  refused([['J12 the right secret, another hash', forge({ alg: 'HS512' }, good, secret)]], secretService)

  test('J13 a key recovered from two signatures is the public key, of no use as a secret', async () => {
    // What the recovery yields is n; e is 65537.
    const { n } = rsa.publicKey.export({ format: 'jwk' }) as { n: string }
    const recovered = createPublicKey({ key: { kty: 'RSA', n, e: 'AQAB' }, format: 'jwk' })
    await expectAnswer(service, forge({ alg: 'HS256' }, good, text(recovered)), 'C1')
  })

  test('J13 without a pinned algorithm: two tokens give the public key away, to whoever was never told it', () => {
    // With e = 3, where the numbers stay small; the same goes for any e.
    const weak = generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 3 })
    const multiple = (sub: string) => {
      const [head = '', body = '', sign = ''] = forge(header, { ...good, sub }, weak.privateKey).split('.')
      const number = (hex: string) => BigInt(`0x${hex}`)
      const padded = createHash('sha256').update(`${head}.${body}`).digest('hex')
      const info = '3031300d060960864801650304020105000420'
      return (
        number(Buffer.from(sign, 'base64url').toString('hex')) ** 3n -
        number(`0001${'ff'.repeat(202)}00${info}${padded}`)
      )
    }
    let [a, b] = [multiple('ana'), multiple('bo')]
    while (b !== 0n) [a, b] = [b, a % b]
    for (const small of [2n, 3n, 5n, 7n, 11n, 13n]) while (a % small === 0n && a > 1n << 2048n) a /= small
    const n = Buffer.from((a < 0n ? -a : a).toString(16).padStart(512, '0'), 'hex').toString('base64url')
    expect(n).toBe(weak.publicKey.export({ format: 'jwk' }).n)
    const recovered = createPublicKey({ key: { kty: 'RSA', n, e: 'Aw' }, format: 'jwk' })
    const [head, body, sign] = forge({ alg: 'HS256' }, good, text(recovered)).split('.')
    expect(signature(`${head}.${body}`, 'HS256', text(weak.publicKey)).toString('base64url')).toBe(sign)
  })

  const ed = generateKeyPairSync('ed25519').privateKey
  const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey
  const k1 = generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey
  refused(
    [
      ['J15 ES256 signed on P-384', forge({ alg: 'ES256' }, good, p384)],
      ['J15 ES384', forge({ alg: 'ES384' }, good, p384)],
      ['J15 ES256K', forge({ alg: 'ES256K' }, good, k1, 'ES256')],
      ['J15 ES256 signed on secp256k1', forge({ alg: 'ES256' }, good, k1)],
      ['J15 EdDSA', forge({ alg: 'EdDSA' }, good, ed)],
      ['J15 RS256', token],
    ],
    ecService,
  )
  refused([
    ['J15 PS512 by the right key', forge({ alg: 'PS512' }, good, rsa.privateKey)],
    ['J15 PS256 by the right key', forge({ alg: 'PS256' }, good, rsa.privateKey)],
    ['J15 PS256 that says RS256', forge({ alg: 'RS256' }, good, rsa.privateKey, 'PS256')],
  ])
})

describe('the signature', () => {
  const input = `${part({ alg: 'ES256' })}.${part(good)}`
  const order = 'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551'
  const pair = (r: string, s: string) =>
    `${input}.${part(Buffer.from(r.padStart(64, '0') + s.padStart(64, '0'), 'hex'))}`
  const fine = signature(input, 'ES256', ec.privateKey).toString('hex')
  const [r, s] = [fine.slice(0, 64), fine.slice(64)]

  accepted([['J14 a good ES256 signature', pair(r, s)]], ecService)
  refused(
    [
      ['J14 all zero', pair('0', '0')],
      ['J14 r = 0', pair('0', s)],
      ['J14 s = 0', pair(r, '0')],
      ['J14 r = n', pair(order, s)],
      ['J14 s = n', pair(r, order)],
      ['J14 r = s = n', pair(order, order)],
      ['J14 r > n', pair('f'.repeat(64), s)],
      ['J14 s > n', pair(r, 'f'.repeat(64))],
      ['J14 r and s > n', pair('f'.repeat(64), 'f'.repeat(64))],
      ['J14 r = 1, s = 1', pair('1', '1')],
      ['J14 DER', `${input}.${part(derOf(r, s))}`],
      ['J14 DER, all zero', `${input}.${part(derOf('0'.repeat(64), '0'.repeat(64)))}`],
      ['J14 DER, empty', `${input}.${part(der(0x30))}`],
      ['J14 half', `${input}.${part(Buffer.from(r, 'hex'))}`],
    ],
    ecService,
  )

  test('J14, J76 an ECDSA signature has a twin that is as good: nobody may tell tokens apart by their signature', async () => {
    const twin = (BigInt(`0x${order}`) - BigInt(`0x${s}`)).toString(16)
    expect((await send(ecService, pair(r, twin))).status).toBe(200)
  })

  const [head = '', body = '', sign = ''] = token.split('.')
  const other = forge(header, { ...good, sub: 'bo' }, rsa.privateKey).split('.')
  refused([
    ['J16 the signature of another token', `${head}.${body}.${other[2] ?? ''}`],
    ['J16 the payload of another token', `${head}.${other[1] ?? ''}.${sign}`],
    ['J16 truncated', `${head}.${body}.${sign.slice(0, -4)}`],
    ['J16 extended', `${head}.${body}.${sign}AAAA`],
    ['J16 by another key', forge(header, good, otherRsa.privateKey)],
  ])

  test('J16 one bit flipped, at 64 places', async () => {
    for (let at = 0; at < 64; at++) {
      const bytes = Buffer.from(sign, 'base64url')
      const place = Math.floor((at * bytes.length) / 64)
      bytes[place] = (bytes[place] ?? 0) ^ (1 << (at % 8))
      await expectAnswer(service, `${head}.${body}.${bytes.toString('base64url')}`, 'C1')
    }
  })
})

describe('the header', () => {
  const jwk = otherRsa.publicKey.export({ format: 'jwk' })
  const byAttacker = (changes: object) => forge({ ...header, ...changes }, good, otherRsa.privateKey, 'RS256')

  refused([
    ['J18 jwk', byAttacker({ jwk })],
    [
      'J20 x5c',
      byAttacker({ x5c: [otherRsa.publicKey.export({ type: 'spki', format: 'der' }).toString('base64')] }),
    ],
    [
      'J20 x5c, a self-signed certificate',
      byAttacker({ x5c: [selfSigned(otherRsa.publicKey, otherRsa.privateKey).toString('base64')] }),
    ],
    ['J18 jwk, with a kid', byAttacker({ jwk: { ...jwk, kid: 'x' }, kid: 'x' })],
  ])

  test('J19 jku and x5u are never followed', async () => {
    let hits = 0
    await withServer(
      (_request, response) => {
        hits++
        response
          .setHeader('Content-Type', 'application/json')
          .end(JSON.stringify({ keys: [{ ...jwk, alg: 'RS256' }] }))
      },
      async (url) => {
        await expectAnswer(service, byAttacker({ jku: `${url}/jwks`, kid: 'x' }), 'C1')
        await expectAnswer(service, byAttacker({ x5u: `${url}/cert` }), 'C1')
      },
    )
    expect(hits).toBe(0)
  })

  const odd = [
    '../../../dev/null',
    '/proc/sys/kernel/randomize_va_space',
    `x' UNION SELECT '1'--`,
    '`sleep 10`',
    'https://evil.example/key',
    '__proto__',
    'constructor',
    'toString',
  ]
  refused(odd.map((kid) => [`J21 ${kid}`, byAttacker({ kid })] as const))
  refused(
    odd.map((kid) => [`J21 ${kid}, keyed with nothing`, forge({ alg: 'HS256', kid }, good, '')] as const),
  )
  refused(
    [1, ['x'], { a: 1 }, null, '', 'a\0b', 'x'.repeat(257), 'é'].map(
      (kid) => [`J21 ${JSON.stringify(kid).slice(0, 20)}, well signed`, withHeader({ kid })] as const,
    ),
  )
  refused([['J21 of 10 KiB', withHeader({ kid: 'x'.repeat(7000) })]])
  accepted([['an ordinary kid', withHeader({ kid: '2024-01/key+1=' })]])

  test('J21 each of them against a published set of keys', async () => {
    const keys = [{ ...rsa.publicKey.export({ format: 'jwk' }), kid: 'one', alg: 'RS256' }]
    await withServer(
      (_request, response) =>
        response.setHeader('Content-Type', 'application/json').end(JSON.stringify({ keys })),
      async (url) => {
        const app = tokenService(authenticator({ issuers: [parseIssuer({ ...common, jwksUrl: url })] }))
        expect((await send(app, withHeader({ kid: 'one' }))).status).toBe(200)
        for (const kid of [...odd, 1, ['one'], { one: 1 }, null, '', 'one\0', 'x'.repeat(10_240)])
          await expectAnswer(app, withHeader({ kid }), 'C1')
      },
    )
  })

  const critical = [['x'], [], 'exp', ['b64'], ['exp', 'exp'], null]
  refused(critical.map((crit) => [`J23 crit ${JSON.stringify(crit)}`, withHeader({ crit })] as const))
  refused([
    ['J23 crit twice', forge('{"alg":"RS256","crit":["exp"],"crit":["exp"]}', good, rsa.privateKey, 'RS256')],
    ['J24 b64 false', withHeader({ b64: false })],
    ['J24 b64 false and crit', withHeader({ b64: false, crit: ['b64'] })],
    ['J25 zip', withHeader({ zip: 'DEF' })],
    ['J26 nested', withHeader({ cty: 'JWT' })],
    ['J26 nested, as a media type', withHeader({ cty: 'application/jwt' })],
    ['J28 typ null', withHeader({ typ: null })],
    ...['logout+jwt', 'dpop+jwt', 'secevent+jwt', 1, { a: 1 }, '', 'JWT '].map(
      (typ) => [`J28 typ ${JSON.stringify(typ)}`, withHeader({ typ })] as const,
    ),
  ])
  accepted(
    ['at+jwt', 'application/at+jwt', 'AT+JWT'].map((typ) => [`J27 typ ${typ}`, withHeader({ typ })] as const),
  )
  accepted(['JWT', 'jwt', undefined].map((typ) => [`J29 typ ${String(typ)}`, withHeader({ typ })] as const))

  test('J25 an encrypted token is refused before anybody derives a key for it', async () => {
    const jwe = [
      part({ alg: 'PBES2-HS256+A128KW', enc: 'A128GCM', p2c: 1e9, p2s: 'x' }),
      'a',
      'b',
      'c',
      'd',
    ].join('.')
    await expectAnswer(service, jwe, 'C1')
    // The quickest of twenty: how busy the machine is has no part in it.
    await withServer(service, async (url) => {
      const times = []
      for (let at = 0; at < 20; at++) {
        const start = performance.now()
        const { status } = await fetch(url, { headers: { Authorization: `Bearer ${jwe}` } })
        times.push(performance.now() - start)
        expect(status).toBe(401)
      }
      expect(Math.min(...times)).toBeLessThan(5)
    })
  })

  const strict = trusting({ strictTyp: true })
  refused(
    ['JWT', 'jwt', undefined, 'application/jwt', 'at+jwt ', 'at', 1].map(
      (typ) =>
        [
          `J29 strictTyp, typ ${typ === undefined ? 'missing' : JSON.stringify(typ)}`,
          withHeader({ typ }),
        ] as const,
    ),
    strict,
  )
  accepted(
    ['at+jwt', 'application/at+jwt', 'AT+JWT', 'Application/AT+JWT'].map(
      (typ) => [`J27, J29 strictTyp, typ ${typ}`, withHeader({ typ })] as const,
    ),
    strict,
  )

  test('J23, J28 without our checks: the library takes a critical extension and a logout token', () => {
    expect(library(withHeader({ crit: ['x'] }))).toMatchObject({ sub: 'ana' })
    expect(library(withHeader({ typ: 'logout+jwt' }))).toMatchObject({ sub: 'ana' })
  })
})

describe('the claims', () => {
  const raw = (claim: string, json: string) =>
    forge(
      header,
      JSON.stringify({ ...good, [claim]: 0 }).replace(`"${claim}":0`, `"${claim}":${json}`),
      rsa.privateKey,
    )

  refused([
    ['J35 exp missing', without('exp')],
    ...[
      'null',
      '"1"',
      'true',
      '[1]',
      '-1',
      '0',
      '"NaN"',
      '1e999',
      '-1e999',
      String(Date.now() + 600_000),
    ].map((json) => [`J35 exp ${json}`, raw('exp', json)] as const),
    ['J36 exp at the end of the skew', withClaims({ exp: now - 30 })],
    ['J36 exp beyond the skew', withClaims({ exp: now - 31 })],
    ['J37 nbf beyond the skew', withClaims({ nbf: now + 31 })],
    ...['"1"', 'null', '{}', '1e999', '-1'].map((json) => [`J37 nbf ${json}`, raw('nbf', json)] as const),
    ...['"1"', 'null', '1e999'].map((json) => [`J38 iat ${json}`, raw('iat', json)] as const),
    ['J38 iat beyond the skew', withClaims({ iat: now + 31 })],
  ])
  accepted([
    ['J36 exp within the skew', withClaims({ exp: now - 29 })],
    ['J37 nbf within the skew', withClaims({ nbf: now + 30 })],
    ['J38 iat within the skew', withClaims({ iat: now + 30 })],
    ['J38 no iat', without('iat')],
    ['J38 a fraction', withClaims({ iat: now - 0.5, exp: now + 0.5 })],
  ])

  test('J36 without skew, exp = now - 1 is over', async () => {
    const strict = parseIssuer({ ...common, publicKey: text(rsa.publicKey), clockSkew: 0 })
    const app = tokenService(authenticator({ issuers: [strict], now: () => now * 1000 }))
    await expectAnswer(app, withClaims({ exp: now - 1 }), 'C1')
    await send(app, withClaims({ exp: now + 1 })).then(({ status }) => expect(status).toBe(200))
  })

  test('J35 without our checks: the library takes a token that never ends', () => {
    expect(library(without('exp'))).toMatchObject({ sub: 'ana' })
    expect(library(raw('exp', '1e999'))).toMatchObject({ sub: 'ana' })
  })

  refused([
    ['J40 iss missing', without('iss')],
    ...['null', `["${issuer}"]`, '{}', '1', '""'].map(
      (json) => [`J40 iss ${json}`, raw('iss', json)] as const,
    ),
    ...[
      'https://id.example.com',
      'https://id.example.com//',
      'https://ID.example.com/',
      'http://id.example.com/',
      'https://id.example.com:443/',
      'https://x@id.example.com/',
      'https://id.example.com/%2e',
      'https://id.example.com./',
    ].map((iss) => [`J41 ${iss}`, withClaims({ iss })] as const),
    ...[
      'https://\u0456d.example.com/',
      'https://\uff49d.example.com/',
      'https://i\u200dd.example.com/',
      'https://id.ex\u0061\u0301mple.com/',
      '\u200fhttps://id.example.com/',
      `${issuer}\0`,
      ` ${issuer}`,
      `${issuer}\n`,
    ].map((iss) => [`J42 ${encodeURI(iss)}`, withClaims({ iss })] as const),
  ])

  const living = trusting({ maxLifetime: 3600 })
  refused(
    [
      ['J35 exp beyond the longest life', withClaims({ exp: now + 3600 + 31 })],
      ['J35 exp in milliseconds, where there is a longest life', withClaims({ exp: (now + 600) * 1000 })],
      ['J35 exp in milliseconds, of 1970', withClaims({ exp: 86_400_000 * 365 })],
    ],
    living,
  )
  accepted([['J35 exp within the longest life', withClaims({ exp: now + 3600 + 30 })]], living)

  const young = trusting({ maxAge: 300 })
  refused(
    [
      ['J38 iat older than the greatest age', withClaims({ iat: now - 331 })],
      ['J38 iat missing, where there is a greatest age', without('iat')],
      ['J38 iat 0, where there is a greatest age', withClaims({ iat: 0 })],
    ],
    young,
  )
  accepted([['J38 iat within the greatest age', withClaims({ iat: now - 329 })]], young)

  const demanding = trusting({ requiredClaims: { azp: ['web', 'ios'], client_id: 'web' } })
  refused(
    [
      ['J46 azp missing', withClaims({ client_id: 'web' })],
      ['J46 azp not in the list', withClaims({ azp: 'evil', client_id: 'web' })],
      ['J46 azp in other case', withClaims({ azp: 'Web', client_id: 'web' })],
      ['J46 azp a prefix', withClaims({ azp: 'we', client_id: 'web' })],
      ['J46 azp several in one text', withClaims({ azp: 'web,ios', client_id: 'web' })],
      ['J46 azp an object', withClaims({ azp: { web: true }, client_id: 'web' })],
      ['J46 azp a list within a list', withClaims({ azp: [['web']], client_id: 'web' })],
      ['J46 client_id missing', withClaims({ azp: 'web' })],
      ['J46 client_id not in the list', withClaims({ azp: 'web', client_id: 'ios' })],
      ['J46 client_id null', withClaims({ azp: 'web', client_id: null })],
      ['J46 client_id of the prototype', withClaims({ azp: 'web', client_id: 'constructor' })],
    ],
    demanding,
  )
  accepted(
    [
      ['J46 both in the list', withClaims({ azp: 'ios', client_id: 'web' })],
      ['J46 a list that names one of them', withClaims({ azp: ['x', 'ios'], client_id: 'web' })],
    ],
    demanding,
  )
  const prototypes = trusting({ requiredClaims: ['constructor', '__proto__', 'toString'] })
  refused([['a claim of the prototype is no claim', token]], prototypes)
  accepted(
    [
      [
        'a claim with such a name is one',
        withClaims({ sub: 'ana' }, (json) =>
          json.replace('{', '{"__proto__":1,"constructor":1,"toString":1,'),
        ),
      ],
    ],
    prototypes,
  )

  refused([
    ['J45 aud missing', without('aud')],
    ...[
      '""',
      '[]',
      '{}',
      `{"${audience}":true}`,
      `[["${audience}"]]`,
      `["${audience}",1]`,
      'null',
      '1',
      'true',
    ].map((json) => [`J45 aud ${json}`, raw('aud', json)] as const),
    ...['claim', 'stake', 'claimstake2', 'aclaimstake', 'Claimstake', 'claimstake ', 'claimstak\u0435'].map(
      (aud) => [`J45 aud ${aud}`, withClaims({ aud })] as const,
    ),
    [
      'J45 aud in a list of more than 1,000',
      withClaims({ aud: [...Array<string>(1000).fill('x'), audience] }),
    ],
  ])
  accepted([
    ['J45 aud in a list', withClaims({ aud: ['x', audience] })],
    ['J45 aud last of 1,000', withClaims({ aud: [...Array<string>(999).fill('x'), audience] })],
  ])

  refused([
    ['J73 groups: 1,001 of them', withClaims({ groups: Array(1001).fill('a') })],
    ['J73 groups: 1,001 in a JSON text', withClaims({ groups: JSON.stringify(Array(1001).fill(1)) })],
    ['J73 groups: 1,001 of them, deeper', withClaims({ realm: { roles: Array(1001).fill('a') } })],
  ])

  test('a reason is given only for what the issuer has signed', async () => {
    const expired = { ...good, exp: now - 99 }
    const signed = await send(service, forge(header, expired, rsa.privateKey))
    const forged = await send(service, forge(header, expired, otherRsa.privateKey))
    expect(signed.body).toMatchObject({ code: 'INVALID_TOKEN', detail: 'The token has expired.' })
    expect(forged.body).toEqual({ status: 401, title: 'The token is not valid', code: 'INVALID_TOKEN' })
  })
})

describe('what a token is for', () => {
  const [access, id, any] = [service, trusting({ tokenUse: 'id' }), trusting({ tokenUse: 'any' })]
  const cognito = { provider: 'userPools', identityClaim: 'sub' } as const
  const cognitoAccess = trusting(cognito)
  const cognitoId = trusting({ ...cognito, tokenUse: 'id' })
  const cognitoToken = { aud: undefined, token_use: 'access', client_id: audience }

  const idTokens: readonly (readonly [string, string])[] = [
    ['nonce', withClaims({ nonce: 'x' })],
    ['at_hash', withClaims({ at_hash: 'x' })],
    ['c_hash', withClaims({ c_hash: 'x' })],
    ['an empty nonce', withClaims({ nonce: null })],
    ['nonce beside a scope', withClaims({ nonce: 'x', scope: 'openid' })],
    ['token_use id', withClaims({ token_use: 'id' })],
    ['typ ID (Keycloak)', withClaims({ typ: 'ID' })],
  ]
  const accessTokens: readonly (readonly [string, string])[] = [
    ['at+jwt', withHeader({ typ: 'at+jwt' })],
    ['application/at+jwt', withHeader({ typ: 'Application/AT+JWT' })],
    ['scope', withClaims({ scope: 'read' })],
    ['scp', withClaims({ scp: ['read'] })],
    ['client_id', withClaims({ client_id: 'web' })],
    ['token_use access', withClaims({ token_use: 'access' })],
    ['typ Bearer (Keycloak)', withClaims({ typ: 'Bearer' })],
    ['typ Bearer beside a nonce (Keycloak)', withClaims({ typ: 'Bearer', nonce: 'x' })],
  ]
  const neither: readonly (readonly [string, string])[] = [
    ['a logout token', withClaims({ events: { 'http://schemas.openid.net/event/backchannel-logout': {} } })],
    ['a refresh token (Keycloak)', withClaims({ typ: 'Refresh' })],
    ['an offline token (Keycloak)', withClaims({ typ: 'Offline' })],
    ['a logout token (Keycloak)', withClaims({ typ: 'Logout' })],
    ['another token_use', withClaims({ token_use: 'refresh' })],
    ['token_use null', withClaims({ token_use: null })],
    ['token_use a list', withClaims({ token_use: ['access'] })],
    [
      'at+jwt with token_use id',
      forge({ ...header, typ: 'at+jwt' }, { ...good, token_use: 'id' }, rsa.privateKey),
    ],
    ['typ ID with token_use access', withClaims({ typ: 'ID', token_use: 'access' })],
  ]
  const named = (what: string, rows: readonly (readonly [string, string])[]) =>
    rows.map(([name, each]) => [`J30 ${what}: ${name}`, each] as const)

  refused(named('an ID token for access', idTokens), access)
  accepted(named('an access token for access', accessTokens), access)
  refused(named('an access token as an ID token', accessTokens), id)
  accepted(named('an ID token as an ID token', idTokens), id)
  accepted(named('both where both are fine', [...idTokens, ...accessTokens]), any)
  for (const app of [access, id, any]) refused(named('neither', neither), app)
  accepted(named('a token that does not say', [['nothing', token]]), access)

  accepted([['J30 Cognito, an access token', withClaims(cognitoToken)]], cognitoAccess)
  refused(
    [
      ['J30 Cognito, an ID token for access', withClaims({ token_use: 'id' })],
      ['J30 Cognito, an access token of another client', withClaims({ ...cognitoToken, client_id: 'other' })],
      ['J30 Cognito, an access token of no client', withClaims({ ...cognitoToken, client_id: undefined })],
      ['J30 Cognito, a client but no token_use', withClaims({ ...cognitoToken, token_use: undefined })],
      [
        'J30 Cognito, an access token of another client with our aud',
        withClaims({ ...cognitoToken, client_id: 'other', aud: audience }),
      ],
    ],
    cognitoAccess,
  )
  accepted([['J30 Cognito, an ID token', withClaims({ token_use: 'id' })]], cognitoId)
  refused([['J30 Cognito, an access token as an ID token', withClaims(cognitoToken)]], cognitoId)

  // Found by the random suite: what stands in `typ` was made a text of, which not every object can be.
  accepted(
    ['{"toString":1}', '{"toString":null,"valueOf":null}', '[{"toString":1}]', '{"__proto__":null}'].map(
      (json) =>
        [
          `typ ${json} says nothing`,
          withClaims({ typ: 0 }, (claims) => claims.replace('"typ":0', `"typ":${json}`)),
        ] as const,
    ),
  )
})

describe('several issuers', () => {
  const partner = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const theirs = 'https://partner.example.com/'
  const settings = [
    parseIssuer({ ...common, publicKey: text(rsa.publicKey), alias: '' }),
    parseIssuer({ ...common, issuer: theirs, publicKey: text(partner.publicKey), alias: 'partner' }),
  ]
  const app = serviceOf(...settings)

  test('each caller is known by the alias of his issuer', async () => {
    const ours = await send(
      app,
      forge({ ...header, kid: 'k' }, { ...good, groups: ['Admin'] }, rsa.privateKey),
    )
    const claims = { ...good, iss: theirs, groups: ['Admin'] }
    const other = await send(app, forge({ ...header, kid: 'k' }, claims, partner.privateKey))
    expect(ours.body).toMatchObject({ issuer, identity: 'ana', groups: ['Admin'] })
    expect(other.body).toMatchObject({ issuer: theirs, identity: 'partner::ana', groups: ['partner::Admin'] })
  })

  refused(
    [
      ['J43 a token of one signed by the other', forge({ ...header, kid: 'k' }, good, partner.privateKey)],
      ['J43 the reverse', forge({ ...header, kid: 'k' }, { ...good, iss: theirs }, rsa.privateKey)],
    ],
    app,
  )
})

describe('a remembered token', () => {
  test('the clock is asked each time (J39): forward, it expires; back again, it is good', async () => {
    let clock = now
    const app = tokenService(authenticator({ issuers: [trustsRsa], now: () => clock * 1000 }))
    const mine = withClaims({ nbf: now - 60, exp: now + 60 })
    const statusAt = async (seconds: number) => {
      clock = now + seconds
      return (await send(app, mine)).status
    }
    expect([await statusAt(0), await statusAt(3600), await statusAt(0), await statusAt(-3600)]).toEqual([
      200, 401, 200, 401,
    ])
  })

  test.each<[string, object, Partial<IssuerOptions>]>([
    ['iat', { iat: now }, {}],
    ['nbf', { nbf: now }, {}],
    ['the longest life', { iat: undefined, exp: now + 600 }, { maxLifetime: 600 }],
  ])('J39 back beyond %s a remembered token is no better than a new one', async (_, claims, options) => {
    let clock = now
    const issuers = [parseIssuer({ ...common, publicKey: text(rsa.publicKey), ...options })]
    const fresh = () => tokenService(authenticator({ issuers, now: () => clock * 1000 }))
    const app = fresh()
    const mine = withClaims(claims)
    expect((await send(app, mine)).status).toBe(200)
    for (const back of [30, 31, 3600]) {
      clock = now - back
      const expected = back === 30 ? 200 : 401
      expect([back, (await send(app, mine)).status, (await send(fresh(), mine)).status]).toEqual([
        back,
        expected,
        expected,
      ])
    }
    clock = now
    expect((await send(app, mine)).status).toBe(200)
  })
})

describe('the whole service', () => {
  let database: TestDatabase
  let pool: ReturnType<typeof createPool>
  let prisma: PrismaClient
  let taken = 0
  let server: TestServer
  let url = ''
  const judges = [...believing]
  beforeAll(async () => {
    database = await createDatabase()
    pool = createPool({ url: database.url, onError: () => undefined })
    pool.on('acquire', () => taken++)
    prisma = new PrismaClient({ adapter: new PrismaPg(pool), errorFormat: 'minimal' })
    const db = claimstake({ prisma, data, secret: 'a secret of the test suite, 32 long' })
    // One app for all of them: a header says whom it is to believe.
    const judge = (request: Request) => judges[Number(request.headers['x-judge'] ?? 0)]?.[1] ?? believesNobody
    server = await startServer({ db, authenticate: (request) => judge(request)(request) })
    url = `http://127.0.0.1:${(server.address as AddressInfo).port}`
    await prisma.post.create({ data: { owner: 'ana', postname: 'canary' } })
  })
  afterAll(async () => {
    await server.stop()
    await prisma.$disconnect()
    await pool.end()
    await database.drop()
  })

  const believesNobody = () => Promise.reject(new Error('no such judge'))
  const get = (app: Express, path: string, bearer: string) => {
    const judge = String(judges.findIndex(([each]) => each === app))
    return fetch(`${url}${path}`, { headers: { Authorization: `Bearer ${bearer}`, 'X-Judge': judge } })
  }

  test('a good token costs statements, so these would be seen', async () => {
    taken = 0
    const mine = withClaims({ user_id: 'ana' })
    expect(await (await get(service, '/v1/posts', mine)).text()).toContain('canary')
    expect(taken).toBeGreaterThan(0)
  })

  test('J08 to J46: every token refused above is refused with a problem document that tells nothing, and 0 connections to the database', async () => {
    taken = 0
    expect(allRefused.length).toBeGreaterThan(500)
    const paths = ['/v1/posts', '/v1/posts/0199aaaa-0000-7000-8000-00000000ffff', '/v1/nothing']
    for (const [at, { app, name, bad }] of allRefused.entries()) {
      for (const path of paths.slice(at % 3, (at % 3) + 1)) {
        const answer = await get(app, path, bad)
        const shown = await answer.text()
        const problem = JSON.parse(shown) as Readonly<Record<string, unknown>>
        expect([
          name,
          answer.status,
          answer.headers.get('content-type'),
          answer.headers.get('www-authenticate'),
          problem['code'],
        ]).toEqual([name, 401, 'application/problem+json', answers.C1.challenge, 'INVALID_TOKEN'])
        expect(
          Object.keys(problem).filter(
            (key) => !['type', 'title', 'status', 'detail', 'instance', 'code', 'requestId'].includes(key),
          ),
        ).toEqual([])
        expect(shown).not.toMatch(/\bat .*\.(?:ts|js)|canary|node_modules|Error\b/u)
        for (const piece of bad.split('.')) if (piece.length > 8) expect(shown).not.toContain(piece)
      }
    }
    expect(taken).toBe(0)
    const logged = server.log.join('\n')
    expect(logged).toContain('INVALID_TOKEN')
    expect(logged).not.toMatch(/RangeError|TypeError|request failed/u)
    for (const { bad } of allRefused)
      for (const piece of bad.split('.')) if (piece.length > 8) expect(logged).not.toContain(piece)
  }, 60_000)

  test('J01 to J07 likewise', async () => {
    taken = 0
    const form = { 'Content-Type': 'application/x-www-form-urlencoded' }
    const mine = withClaims({ user_id: 'ana' })
    const calls: readonly (readonly [string, number, string | null, () => Promise<Response>])[] = [
      ['J01', 401, answers.C0.challenge, () => fetch(`${url}/v1/posts`)],
      [
        'J02',
        400,
        answers.C2.challenge,
        () => fetch(`${url}/v1/posts`, { headers: { Authorization: 'Bearer' } }),
      ],
      [
        'J03',
        401,
        answers.C0.challenge,
        () => fetch(`${url}/v1/posts`, { headers: { Authorization: 'Basic x' } }),
      ],
      [
        'J05',
        400,
        answers.C2.challenge,
        () => fetch(`${url}/v1/posts`, { headers: { Authorization: `Bearer ${mine} extra` } }),
      ],
      ['J07 query', 401, answers.C0.challenge, () => fetch(`${url}/v1/posts?access_token=${mine}`)],
      [
        'J07 cookie',
        401,
        answers.C0.challenge,
        () => fetch(`${url}/v1/posts`, { headers: { Cookie: `access_token=${mine}` } }),
      ],
      [
        'J07 form',
        401,
        answers.C0.challenge,
        () => fetch(`${url}/v1/posts`, { method: 'POST', headers: form, body: `access_token=${mine}` }),
      ],
      [
        'J07 header and query',
        400,
        answers.C2.challenge,
        () => get(service, `/v1/posts?access_token=${mine}`, mine),
      ],
    ]
    for (const [name, status, challenge, call] of calls) {
      const answer = await call()
      expect([
        name,
        answer.status,
        answer.headers.get('content-type'),
        answer.headers.get('www-authenticate'),
      ]).toEqual([name, status, 'application/problem+json', challenge])
      expect(await answer.text()).not.toContain(mine)
    }
    expect(taken).toBe(0)
  })

  test('J07 header and form: a form is no body of ours, so whatever is in it is never read', async () => {
    const mine = withClaims({ user_id: 'ana' })
    const headers = { Authorization: `Bearer ${mine}`, 'Content-Type': 'application/x-www-form-urlencoded' }
    taken = 0
    const answer = await fetch(`${url}/v1/posts`, {
      method: 'POST',
      headers,
      body: `access_token=${mine}&postname=x`,
    })
    expect([answer.status, taken]).toEqual([415, 0])
  })

  test('J48 no rule allows the operation: 403 and one body, whatever rows there are, 0 connections', async () => {
    taken = 0
    const bodies = new Set<string>()
    for (const mine of [
      withClaims({ user_id: 'ana' }),
      withClaims({ user_id: 'bo', user_groups: ['HR', 'moderator', 'Moderator '] }),
    ])
      for (const body of [{}, { teamId: 'a', userId: 'bo' }, { teamId: 'x', userId: 'y', role: 'admin' }]) {
        const headers = { Authorization: `Bearer ${mine}`, 'Content-Type': 'application/json' }
        const answer = await fetch(`${url}/v1/memberships`, {
          method: 'POST',
          headers,
          body: JSON.stringify(body),
        })
        expect(answer.status).toBe(403)
        const { requestId, ...constant } = (await answer.json()) as Readonly<Record<string, unknown>>
        expect(requestId).toEqual(expect.any(String))
        bodies.add(JSON.stringify(constant))
      }
    expect([bodies.size, taken]).toEqual([1, 0])
    expect([...bodies][0]).toContain('FORBIDDEN_OPERATION')
  })
})

/** For tokens beyond the limit of Node's own server. */
async function withLongHeaders(app: RequestListener, work: (url: string) => Promise<void>): Promise<void> {
  const server = createServer({ maxHeaderSize: 2 ** 22 }, app)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  } finally {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
}

/** The ASN.1 form that OpenSSL makes and RFC 7518 section 3.4 does not. */
function derOf(r: string, s: string): Buffer {
  const integer = (hex: string) =>
    der(2, Buffer.from(Number.parseInt(hex.slice(0, 2), 16) > 127 ? `00${hex}` : hex, 'hex'))
  return der(0x30, integer(r), integer(s))
}
