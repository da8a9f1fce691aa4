import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import jsonwebtoken from 'jsonwebtoken'
import passportJwt from 'passport-jwt'
import supertest from 'supertest'
import { parseIssuer } from '../../src/config/issuer.js'
import { authenticator } from '../../src/identity/authenticator.js'
import { forge, part, signature } from './forge.js'
import { expectAnswer, expectProblem, send, sendRaw, tokenService, withServer } from './token-service.js'

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
const service = tokenService(authenticator({ issuers: [trustsRsa], now: () => now * 1000 }))
const ecService = tokenService(authenticator({ issuers: [trustsEc], now: () => now * 1000 }))
const secretService = tokenService(authenticator({ issuers: [trustsSecret], now: () => now * 1000 }))

const good = { iss: issuer, aud: audience, sub: 'ana', iat: now, exp: now + 600 }
const header = { alg: 'RS256', typ: 'JWT' }
const token = forge(header, good, rsa.privateKey)
const withClaims = (claims: object) => forge(header, { ...good, ...claims }, rsa.privateKey)
const withHeader = (changes: object) => forge({ ...header, ...changes }, good, rsa.privateKey, 'RS256')
const without = (claim: string) => forge(header, { ...good, [claim]: undefined }, rsa.privateKey)

const refused = (rows: readonly (readonly [name: string, token: string])[], app = service) =>
  test.each(rows)('%s', async (_name, bad) => expectAnswer(app, bad, 'C1'))

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

  test('J33 a token beyond the header limit does not reach us', async () => {
    const answer = await sendRaw(service, [`Authorization: Bearer ${'A'.repeat(20_000)}`])
    expect(answer).toMatch(/^HTTP\/1\.1 431/u)
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

  const publicForms: readonly (readonly [string, KeyObject | string])[] = [
    ['PEM', text(rsa.publicKey)],
    ['PEM without newline', text(rsa.publicKey).trimEnd()],
    ['PKCS 1', text(rsa.publicKey, 'pkcs1')],
    ['DER', rsa.publicKey.export({ type: 'spki', format: 'der' }).toString('latin1')],
    ['JWK', JSON.stringify(rsa.publicKey.export({ format: 'jwk' }))],
    ['base64 of DER', rsa.publicKey.export({ type: 'spki', format: 'der' }).toString('base64')],
  ]
  refused(
    publicForms.map(
      ([name, key]) =>
        [`J11 HS256 keyed with the public ${name}`, forge({ alg: 'HS256' }, good, key)] as const,
    ),
  )

  test('J11 without a pinned algorithm: whoever knows the public key signs', () => {
    const forged = forge({ alg: 'HS256' }, good, text(rsa.publicKey))
    const [head, body, sign] = forged.split('.')
    // The verifier of many a home-made service: the algorithm is what the token says.
    const naive = (key: string) => signature(`${head}.${body}`, 'HS256', key).toString('base64url') === sign
    expect(naive(text(rsa.publicKey))).toBe(true)
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
      ['J14 DER', `${input}.${part(derOf(r, s))}`],
      ['J14 half', `${input}.${part(Buffer.from(r, 'hex'))}`],
    ],
    ecService,
  )

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

  const critical = [['x'], [], 'exp', ['b64'], ['exp', 'exp'], null]
  refused(critical.map((crit) => [`J23 crit ${JSON.stringify(crit)}`, withHeader({ crit })] as const))
  refused([
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
    const start = performance.now()
    await expectAnswer(service, jwe, 'C1')
    expect(performance.now() - start).toBeLessThan(500)
  })

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
    ...['claim', 'claimstake2', 'aclaimstake', 'Claimstake', 'claimstake ', 'claimstak\u0435'].map(
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

describe('several issuers', () => {
  const partner = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const theirs = 'https://partner.example.com/'
  const settings = [
    parseIssuer({ ...common, publicKey: text(rsa.publicKey), alias: '' }),
    parseIssuer({ ...common, issuer: theirs, publicKey: text(partner.publicKey), alias: 'partner' }),
  ]
  const app = tokenService(authenticator({ issuers: settings, now: () => now * 1000 }))

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
})

/** The ASN.1 form that OpenSSL makes and RFC 7518 section 3.4 does not. */
function derOf(r: string, s: string): Buffer {
  const integer = (hex: string) => {
    const bytes = Buffer.from(Number.parseInt(hex.slice(0, 2), 16) > 127 ? `00${hex}` : hex, 'hex')
    return Buffer.concat([Buffer.from([2, bytes.length]), bytes])
  }
  const content = Buffer.concat([integer(r), integer(s)])
  return Buffer.concat([Buffer.from([0x30, content.length]), content])
}
