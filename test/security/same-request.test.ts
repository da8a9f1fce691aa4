import express from 'express'
import supertest from 'supertest'
import { parseIssuer } from '../../src/config/issuer.js'
import { authenticator } from '../../src/identity/authenticator.js'
import { audience, issuer, signingKey, tokenOf } from './published.js'
import { expectAnswer, tokenService } from './token-service.js'

// An application may ask about one request more than once: for a gateway's token and for its caller's, say. Which token
// a signature belongs to must not depend on which of them was asked about last.

const key = signingKey('one')
const good = tokenOf(key, { sub: 'ana' })
const forged = tokenOf(signingKey('one'), { sub: 'victim' })

test('two tokens verified at once on one request: a good one does not vouch for a forged one, then or later', async () => {
  const authenticate = authenticator({ issuers: [parseIssuer({ issuer, audience, publicJwk: key.jwk })] })
  const app = express().get('/', async (request, response) => {
    const asked = [good, forged, good, forged].map((token) => {
      request.rawHeaders = ['Authorization', `Bearer ${token}`]
      request.headers.authorization = `Bearer ${token}`
      return authenticate(request).then(
        ({ claims }) => claims['sub'],
        () => 'refused',
      )
    })
    response.json(await Promise.all(asked))
  })
  for (let round = 0; round < 3; round++)
    expect((await supertest(app).get('/')).body).toEqual(['ana', 'refused', 'ana', 'refused'])
  await expectAnswer(tokenService(authenticate), forged, 'C1')
})

test('what Passport puts on a request does not reach the application', async () => {
  const authenticate = authenticator({ issuers: [parseIssuer({ issuer, audience, publicJwk: key.jwk })] })
  const app = express().get('/', async (request, response) => {
    const before = Object.keys(request)
    await authenticate(request)
    response.json(Object.keys(request).filter((name) => !before.includes(name)))
  })
  const response = await supertest(app).get('/').set('Authorization', `Bearer ${good}`)
  expect(response.text).toBe('[]')
})
