import { generateKeyPairSync } from 'node:crypto'
import express from 'express'
import supertest from 'supertest'
import { parseIssuer } from '../../src/config/issuer.js'
import { authenticator } from '../../src/identity/authenticator.js'
import { issuerKeys } from '../../src/identity/keys/issuer-keys.js'
import { signatureCheck } from '../../src/identity/token/signature-check.js'
import { forge } from './forge.js'
import { audience, issuer } from './published.js'
import { send, tokenService } from './token-service.js'

// SECURITY section 2: an issuer whose key is configured, and our own code that fails.

const now = Math.floor(Date.now() / 1000)
const pair = generateKeyPairSync('rsa', { modulusLength: 2048 })
const good = { iss: issuer, aud: audience, sub: 'ana', exp: now + 600 }
const token = forge({ alg: 'RS256', kid: 'one' }, good, pair.privateKey)

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

test('a configured key is found whatever the id, and asks nobody for anything', async () => {
  const source = issuerKeys(
    { kind: 'key', key: pair.publicKey },
    { issuer, algorithms: ['RS256'], clock: () => 0, notice: () => undefined },
  )
  await expect(source.find({ alg: 'RS256', kid: 'anything' })).resolves.toBe(pair.publicKey)
  await source.open()
  expect([await source.isReady(), source.refresh(), source.facts()]).toEqual([true, undefined, undefined])
})
