import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import express from 'express'
import supertest, { type Response } from 'supertest'
import { parseIssuer } from '../../src/config/issuer.js'
import { authenticator } from '../../src/identity/authenticator.js'
import { keySource } from '../../src/identity/keys/key-source.js'
import { signatureCheck } from '../../src/identity/token/signature-check.js'
import { forge } from './forge.js'
import { expectAnswer, send, tokenService, withServer } from './token-service.js'

// SECURITY section 2: tokens whose keys are fetched. What the key source does not do yet is issue 6's (J49 to J59).

const issuer = 'https://id.example.com/'
const audience = 'claimstake'
const now = Math.floor(Date.now() / 1000)
const pair = generateKeyPairSync('rsa', { modulusLength: 2048 })
const good = { iss: issuer, aud: audience, sub: 'ana', exp: now + 600 }
const token = forge({ alg: 'RS256', kid: 'one' }, good, pair.privateKey)
const jwk = (key: KeyObject, members: object) => ({ ...key.export({ format: 'jwk' }), ...members })
const published = jwk(pair.publicKey, { kid: 'one', alg: 'RS256', use: 'sig' })

const trusting = (jwksUrl: string) =>
  tokenService(authenticator({ issuers: [parseIssuer({ issuer, audience, jwksUrl })] }))
const answering = (body: unknown) => (_request: IncomingMessage, response: ServerResponse) =>
  response
    .setHeader('Content-Type', 'application/json')
    .end(typeof body === 'string' ? body : JSON.stringify(body))

function expectUnavailable(response: Response): void {
  expect([response.status, response.headers['retry-after'], response.headers['www-authenticate']]).toEqual([
    503,
    '5',
    undefined,
  ])
  expect(response.body).toMatchObject({ code: 'UNAVAILABLE' })
}

test('J50 many first tokens at once cost one fetch, and all are good', async () => {
  let fetches = 0
  const counting = (request: IncomingMessage, response: ServerResponse) => {
    fetches++
    answering({ keys: [published] })(request, response)
  }
  await withServer(counting, async (url) => {
    const app = trusting(`${url}/jwks`)
    await withServer(app, async (service) => {
      const get = async (_: unknown, at: number) => {
        const mine = forge({ alg: 'RS256', kid: 'one' }, { ...good, sub: `u${at}` }, pair.privateKey)
        return (await fetch(service, { headers: { Authorization: `Bearer ${mine}` } })).status
      }
      expect(new Set(await Promise.all(Array.from({ length: 100 }, get)))).toEqual(new Set([200]))
    })
    for (let at = 0; at < 20; at++) {
      await expectAnswer(app, forge({ alg: 'RS256', kid: `random-${at}` }, good, pair.privateKey), 'C1')
    }
  })
  expect(fetches).toBe(1)
})

const small = generateKeyPairSync('rsa', { modulusLength: 1024 })
const foreign = generateKeyPairSync('rsa', { modulusLength: 2048 })
const octet = {
  kty: 'oct',
  kid: 'two',
  k: Buffer.from('a secret of more than 32 bytes, for tests').toString('base64url'),
}

test.each([
  ['an unknown kid', published, forge({ alg: 'RS256', kid: 'two' }, good, pair.privateKey)],
  ['J21 kid __proto__', published, forge({ alg: 'RS256', kid: '__proto__' }, good, pair.privateKey)],
  ['J21 kid constructor', published, forge({ alg: 'RS256', kid: 'constructor' }, good, pair.privateKey)],
  ['J15 PS256 on a key marked RS256', published, forge({ alg: 'PS256', kid: 'one' }, good, pair.privateKey)],
  [
    'J16 a signature by another key',
    published,
    forge({ alg: 'RS256', kid: 'one' }, good, foreign.privateKey),
  ],
  [
    'J59 a symmetric key',
    octet,
    forge({ alg: 'HS256', kid: 'two' }, good, 'a secret of more than 32 bytes, for tests'),
  ],
  [
    'J59 RSA of 1,024 bits',
    jwk(small.publicKey, { kid: 'two' }),
    forge({ alg: 'RS256', kid: 'two' }, good, small.privateKey),
  ],
  ['J59 a key for encryption', { ...published, use: 'enc' }, token],
  ['J59 a key that may not verify', { ...published, key_ops: ['encrypt'] }, token],
])('C1: %s', async (_name, key, bad) => {
  await withServer(answering({ keys: [key] }), async (url) =>
    expectAnswer(trusting(`${url}/jwks`), bad, 'C1'),
  )
})

test('J59 a private key in the set is never used', async () => {
  const leaked = jwk(pair.privateKey, { kid: 'one', alg: 'RS256' })
  await withServer(answering({ keys: [leaked] }), async (url) =>
    expectUnavailable(await send(trusting(url), token)),
  )
})

test('J59 a bad key beside a good one does no harm', async () => {
  const keys = [octet, { kty: 'unknown', kid: 'x' }, published]
  await withServer(answering({ keys }), async (url) =>
    expect((await send(trusting(url), token)).status).toBe(200),
  )
})

test.each([
  ['J56 500', (_: IncomingMessage, response: ServerResponse) => response.writeHead(500).end()],
  ['J56 404', (_: IncomingMessage, response: ServerResponse) => response.writeHead(404).end()],
  ['J56 204', (_: IncomingMessage, response: ServerResponse) => response.writeHead(204).end()],
  ['J56 HTML', answering('<html>')],
  ['J56 truncated', answering('{"keys":[')],
  ['J56 {}', answering({})],
  ['J56 keys null', answering({ keys: null })],
  [
    'J58 a redirect',
    (_: IncomingMessage, response: ServerResponse) =>
      response.writeHead(302, { Location: '/elsewhere' }).end(),
  ],
  ['J57 a reset connection', (request: IncomingMessage) => request.socket.destroy()],
])('503, not 401: %s', async (_name, listener) => {
  await withServer(listener, async (url) => expectUnavailable(await send(trusting(`${url}/jwks`), token)))
})

test('J54 503, not 401: no key server at all; and it recovers', async () => {
  const gone = await withServer(answering({}), (url) => Promise.resolve(url))
  expectUnavailable(await send(trusting(`${gone}/jwks`), token))
  let up = false
  await withServer(
    (request, response) =>
      up ? answering({ keys: [published] })(request, response) : response.writeHead(503).end(),
    async (url) => {
      const app = trusting(url)
      expectUnavailable(await send(app, token))
      up = true
      expect((await send(app, token)).status).toBe(200)
    },
  )
})

test('J57 503 within the deadline: a key server that hangs, and one that drips', async () => {
  const dripping = (_: IncomingMessage, response: ServerResponse) => {
    response.writeHead(200, { 'Content-Type': 'application/json' })
    const drip = setInterval(() => response.write(' '), 200)
    response.on('close', () => clearInterval(drip))
  }
  const start = performance.now()
  await Promise.all(
    [() => undefined, dripping].map((listener) =>
      withServer(listener, async (url) => expectUnavailable(await send(trusting(url), token))),
    ),
  )
  expect(performance.now() - start).toBeLessThan(5000)
})

test('J77 with a remembered token the key server may go', async () => {
  const app = await withServer(answering({ keys: [published] }), async (url) => {
    const trusted = trusting(url)
    expect((await send(trusted, token)).status).toBe(200)
    return trusted
  })
  expect((await send(app, token)).status).toBe(200)
})

test('J51 a key taken out of the set stops working within ten minutes, also for remembered tokens', async () => {
  const real = Date.now.bind(Date)
  let keys: object[] = [published]
  await withServer(
    (request, response) => answering({ keys })(request, response),
    async (url) => {
      const issuers = [parseIssuer({ issuer, audience, jwksUrl: url })]
      const app = tokenService(authenticator({ issuers: issuers, now: () => Date.now() }))
      const lasting = forge({ alg: 'RS256', kid: 'one' }, { ...good, exp: now + 3600 }, pair.privateKey)
      expect((await send(app, lasting)).status).toBe(200)
      keys = []
      try {
        // jose asks Date.now, so the clock of the whole process is put forward.
        Date.now = () => real() + 600_000
        await expectAnswer(app, lasting, 'C1')
      } finally {
        Date.now = real
      }
    },
  )
})

describe('J78 when our own code fails', () => {
  const settings = parseIssuer({
    issuer,
    audience,
    publicKey: pair.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  })
  const check = signatureCheck()
  const boom = () => {
    throw new Error('boom')
  }

  test('an exception in the verify callback of Passport is an answer, not a hang', async () => {
    const app = express()
    app.get('/', async (request, response) => {
      await expect(
        check(request, { raw: token, key: pair.publicKey, algorithm: 'RS256', accept: boom }),
      ).rejects.toThrow('boom')
      response.sendStatus(204)
    })
    await supertest(app).get('/').expect(204)
  })

  test('an exception anywhere else is a 500 problem', async () => {
    const app = tokenService(authenticator({ issuers: [settings], now: boom }))
    const response = await send(app, token)
    expect([response.status, response.body]).toEqual([
      500,
      { status: 500, title: 'Something went wrong', code: 'INTERNAL' },
    ])
  })
})

test('a single key answers whatever the kid', async () => {
  const hint = { alg: 'RS256', kid: 'anything' } as const
  const source = keySource({ kind: 'key', key: pair.publicKey })
  await expect(source.find(hint)).resolves.toBe(pair.publicKey)
})
