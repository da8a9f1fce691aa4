import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { Express } from 'express'
import type { Response } from 'supertest'
import { parseIssuer, type IssuerOptions } from '../../src/config/issuer.js'
import { authenticator, type Authenticate } from '../../src/identity/authenticator.js'
import { forge } from './forge.js'
import { tokenService } from './token-service.js'

/** The issuer of the tests about key servers. */
export const issuer = 'https://id.example.com/'
export const audience = 'claimstake'

/** A pair with an id, as the issuer has it. */
export interface SigningKey {
  readonly kid: string
  readonly alg: string
  readonly privateKey: KeyObject
  /** What it publishes of it. */
  readonly jwk: Readonly<Record<string, unknown>>
}

const makers = {
  RS256: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  ES256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  EdDSA: () => generateKeyPairSync('ed25519'),
}

export function signingKey(kid: string, alg: keyof typeof makers = 'ES256'): SigningKey {
  const { publicKey, privateKey } = makers[alg]()
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid, alg, use: 'sig' }
  return { kid, alg, privateKey, jwk }
}

/** A token of a key that lives for days, so that clocks may be put forward. */
export function tokenOf({ kid, alg, privateKey }: SigningKey, claims: object = {}): string {
  const now = Math.floor(Date.now() / 1000)
  const all = { iss: issuer, aud: audience, sub: 'ana', exp: now + 7 * 86_400, ...claims }
  return forge({ alg, kid }, all, privateKey)
}

/** What a key server does; it counts what it is asked. */
export interface KeyServer {
  fetches: number
  answer: RequestListener
  readonly listener: RequestListener
}

export function keyServer(answer: RequestListener): KeyServer {
  const server: KeyServer = {
    fetches: 0,
    answer,
    listener: (request, response) => {
      server.fetches++
      server.answer(request, response)
    },
  }
  return server
}

/** Answers with JSON, or with text as it is. */
export const answering = (body: unknown) => (_request: IncomingMessage, response: ServerResponse) =>
  void response
    .setHeader('Content-Type', 'application/json')
    .end(typeof body === 'string' ? body : JSON.stringify(body))

/** Publishes these keys. */
export const publishing = (...keys: readonly SigningKey[]) => answering({ keys: keys.map(({ jwk }) => jwk) })

/** Answers with a status and nothing else. */
export const failing =
  (status: number) =>
  (_: IncomingMessage, response: ServerResponse): void =>
    void response.writeHead(status).end()

/** A service that trusts one issuer, with a clock that stands still unless the test puts it forward, and all that it has to say. */
export interface Trusting {
  readonly app: Express
  readonly authenticate: Authenticate
  /** Puts the clock forward, in seconds. */
  readonly pass: (seconds: number) => void
  readonly notices: (readonly [message: string, facts: Readonly<Record<string, unknown>>])[]
  readonly keys: () => NonNullable<ReturnType<NonNullable<Authenticate['facts']>>['issuers'][number]['keys']>
}

export function trusting(jwksUrl: string, options: Partial<IssuerOptions> = {}): Trusting {
  return trustingIssuer({ issuer, audience, jwksUrl, ...options })
}

export function trustingIssuer(options: IssuerOptions): Trusting {
  let now = Date.now()
  const notices: Trusting['notices'] = []
  const authenticate = authenticator({
    issuers: [parseIssuer(options)],
    now: () => now,
    notice: (message, facts) => void notices.push([message, facts]),
  })
  return {
    app: tokenService(authenticate),
    authenticate,
    pass: (seconds) => void (now += seconds * 1000),
    notices,
    keys() {
      const keys = authenticate.facts().issuers[0]?.keys
      if (!keys) throw new Error('its keys are not fetched')
      return keys
    },
  }
}

/** 503 with `Retry-After`, and no challenge: nobody could tell. */
export function expectUnavailable(response: Response): void {
  expect([response.status, response.headers['retry-after'], response.headers['www-authenticate']]).toEqual([
    503,
    '5',
    undefined,
  ])
  expect(response.body).toMatchObject({ code: 'UNAVAILABLE' })
}

/** Sends many requests over one listening service; gives the status of each and the longest time in milliseconds. */
export async function sendMany(
  service: string,
  tokens: readonly string[],
): Promise<{ readonly statuses: readonly number[]; readonly longest: number }> {
  let longest = 0
  const one = async (token: string) => {
    const start = performance.now()
    const { status } = await fetch(service, { headers: { Authorization: `Bearer ${token}` } })
    longest = Math.max(longest, performance.now() - start)
    return status
  }
  const statuses = await Promise.all(tokens.map(one))
  return { statuses, longest }
}

/** What was seen, for whoever reads the output of the tests. */
export function observed(id: string, seen: Readonly<Record<string, number | string>>): void {
  const parts = Object.entries(seen).map(
    ([name, value]) => `${name} ${typeof value === 'number' ? Math.round(value * 10) / 10 : value}`,
  )
  process.stdout.write(`${id}: ${parts.join(', ')}\n`)
}
