import { generateKeyPairSync } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import express from 'express'
import jsonwebtoken from 'jsonwebtoken'
import passport from 'passport'
import passportJwt from 'passport-jwt'
import supertest from 'supertest'
import { parseIssuer } from '../../src/config/issuer.js'
import { authenticator } from '../../src/identity/authenticator.js'
import { signatureCheck } from '../../src/identity/token/signature-check.js'
import { forge } from './forge.js'
import { send, tokenService } from './token-service.js'

// One process has one verifier for all strategies of passport-jwt, and ours takes its place: an application's own
// strategies must not notice.

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const publicKey = rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString()
const now = Math.floor(Date.now() / 1000)
const good = { iss: 'https://id.example.com/', aud: 'claimstake', sub: 'ana', exp: now + 600 }
const ours = tokenService(
  authenticator({
    issuers: [parseIssuer({ issuer: good.iss, audience: good.aud, publicKey })],
    remembered: 0,
  }),
)
const secret = 'the secret of an application, of some length'

const { Strategy, ExtractJwt } = passportJwt
type Options = Partial<passportJwt.StrategyOptionsWithoutRequest>

/** An application with a strategy of its own, and ours in the same process. */
function application(options: Options) {
  const own = new passport.Passport()
  const jwtFromRequest = ExtractJwt.fromAuthHeaderAsBearerToken()
  const all = { jwtFromRequest, secretOrKey: secret, ...options } as passportJwt.StrategyOptionsWithoutRequest
  own.use(
    new Strategy(all, (payload: object, done: (error: unknown, user: object) => void) => done(null, payload)),
  )
  const app = express()
  app.get('/', own.authenticate('jwt', { session: false }) as express.RequestHandler, (request, response) => {
    response.json(request.user)
  })
  return app
}

const get = (app: express.Express, token: string) =>
  supertest(app).get('/').set('Authorization', `Bearer ${token}`)

test("an application's strategies get the stock verifier, with its options, in text, bytes and PEM", async () => {
  const mine = jsonwebtoken.sign({ sub: 'own' }, secret)
  for (const secretOrKey of [secret, Buffer.from(secret)]) {
    const app = application({ secretOrKey })
    const answer = await get(app, mine).expect(200)
    // What the stock one gives: the payload, which ours never does.
    expect(answer.body).toEqual({ sub: 'own', iat: expect.any(Number) as number })
    await get(app, `${mine}x`).expect(401)
    await get(app, jsonwebtoken.sign({ sub: 'own' }, 'another secret')).expect(401)
  }
  const inPem = application({ secretOrKey: publicKey, algorithms: ['RS256'], issuer: 'me', audience: 'them' })
  const signed = (claims: object) => jsonwebtoken.sign(claims, rsa.privateKey, { algorithm: 'RS256' })
  await get(inPem, signed({ iss: 'me', aud: 'them' })).expect(200)
  await get(inPem, signed({ iss: 'me', aud: 'us' })).expect(401)
  await get(inPem, signed({ iss: 'you', aud: 'them' })).expect(401)
  await get(inPem, signed({ iss: 'me', aud: 'them', exp: now - 1 })).expect(401)
  const forgiving = application({ ignoreExpiration: true })
  await get(forgiving, jsonwebtoken.sign({ exp: now - 1 }, secret)).expect(200)
})

test('a key that looks like ours is not taken for it', async () => {
  const key = { key: rsa.publicKey, algorithm: 'RS256' } as unknown as string
  await get(application({ secretOrKey: key }), forge({ alg: 'RS256' }, good, rsa.privateKey)).expect(401)
})

test('both at once, many times over: neither answers for the other', async () => {
  const app = application({})
  const mine = jsonwebtoken.sign({ sub: 'own' }, secret)
  const theirs = forge({ alg: 'RS256' }, good, rsa.privateKey)
  const calls = Array.from({ length: 40 }, async (_, at) =>
    at % 4 === 0
      ? (await get(app, mine)).status === 200
      : at % 4 === 1
        ? (await send(ours, theirs)).status === 200
        : at % 4 === 2
          ? (await get(app, theirs)).status === 401
          : (await send(ours, mine)).status === 401,
  )
  expect(await Promise.all(calls)).toEqual(Array(40).fill(true))
})

test('ours leaves nothing of a caller on the request', async () => {
  const authenticate = authenticator({
    issuers: [parseIssuer({ issuer: good.iss, audience: good.aud, publicKey })],
  })
  const app = express()
  app.get('/', async (request, response) => {
    await authenticate(request)
    response.json({ user: request.user ?? null, authInfo: request.authInfo ?? null })
  })
  const answer = await get(app, forge({ alg: 'RS256' }, good, rsa.privateKey)).expect(200)
  expect(answer.body).toEqual({ user: null, authInfo: null })
})

test('J78 whatever goes wrong on the way is an answer: no rejection is left without anybody', async () => {
  const unhandled: unknown[] = []
  const note = (reason: unknown) => unhandled.push(reason)
  process.on('unhandledRejection', note)
  try {
    const check = signatureCheck()
    const events = new EventEmitter()
    const app = express()
    app.get('/', (request, response) => {
      const raw = forge({ alg: 'RS256' }, good, rsa.privateKey)
      const throwing = (thrown: unknown) => () => {
        throw thrown
      }
      const { publicKey: key } = rsa
      const wrongKey = generateKeyPairSync('ed25519').publicKey
      const outcomes = Promise.allSettled([
        check(request, { raw, key, algorithm: 'RS256', accept: throwing(new Error('boom')) }),
        check(request, { raw, key: wrongKey, algorithm: 'RS256', accept: () => ({}) }),
        check(request, { raw: 'x', key, algorithm: 'RS256', accept: () => ({}) }),
      ])
      void outcomes.then((all) => {
        events.emit(
          'done',
          all.map(({ status }) => status),
        )
        response.end()
      })
    })
    const done = once(events, 'done')
    await supertest(app).get('/').expect(200)
    const [statuses] = (await done) as [string[]]
    expect(statuses).toHaveLength(3)
    // Rejections without anybody are told of in the next turn of the loop.
    await new Promise((next) => setImmediate(next))
    expect(unhandled).toEqual([])
  } finally {
    process.off('unhandledRejection', note)
  }
})
