import { connect, type AddressInfo } from 'node:net'
import { createServer, type RequestListener } from 'node:http'
import express, { type ErrorRequestHandler, type Express } from 'express'
import supertest, { type Response } from 'supertest'
import { readGroups, readIdentity } from '../../src/claims/read-claims.js'
import { ClaimstakeError } from '../../src/errors.js'
import type { Authenticate } from '../../src/identity/authenticator.js'

/** The smallest service behind an authenticator: it answers who the caller is, or the problem. */
export function tokenService(authenticate: Authenticate): Express {
  const app = express().disable('x-powered-by')
  app.get('/', async (request, response) => {
    const caller = await authenticate(request)
    const { provider, issuer } = caller
    response.json({
      provider,
      issuer,
      identity: readIdentity(caller)?.value ?? null,
      groups: readGroups(caller),
    })
  })
  app.use(problem)
  return app
}

// Express knows an error handler by its four parameters.
// eslint-disable-next-line @typescript-eslint/no-unused-vars
const problem: ErrorRequestHandler = (error: unknown, _request, response, _next) => {
  const known = error instanceof ClaimstakeError ? error : new ClaimstakeError('INTERNAL')
  const { status, title, code, detail } = known
  response.status(status).set(known.headers).type('application/problem+json')
  response.send(JSON.stringify({ status, title, code, detail }))
}

/** What SECURITY section 2 calls the answers. */
export const answers = {
  C0: { status: 401, challenge: 'Bearer realm="claimstake"', code: 'UNAUTHENTICATED' },
  C1: { status: 401, challenge: 'Bearer realm="claimstake", error="invalid_token"', code: 'INVALID_TOKEN' },
  C2: {
    status: 400,
    challenge: 'Bearer realm="claimstake", error="invalid_request"',
    code: 'MALFORMED_CREDENTIALS',
  },
} as const

/** Sends a token and expects one of the answers, as a problem that repeats nothing of the token. */
export async function expectAnswer(app: Express, token: string, answer: keyof typeof answers): Promise<void> {
  const response = await send(app, token)
  expectProblem(response, answer)
  for (const piece of token.split('.')) if (piece.length > 8) expect(response.text).not.toContain(piece)
}

export function send(app: Express, token: string): Promise<Response> {
  return Promise.resolve(supertest(app).get('/').set('Authorization', `Bearer ${token}`))
}

export function expectProblem(response: Response, answer: keyof typeof answers): void {
  const { status, challenge, code } = answers[answer]
  expect([response.status, response.headers['www-authenticate']]).toEqual([status, challenge])
  expect(response.type).toBe('application/problem+json')
  expect(response.body).toMatchObject({ status, code })
  expect(response.text).not.toMatch(/\bat .*\.(?:ts|js)/u)
}

/** A server of the test's own on 127.0.0.1, for the time of one piece of work. */
export async function withServer<Result>(
  listener: RequestListener,
  work: (url: string) => Promise<Result>,
): Promise<Result> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    return await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  } finally {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
}

/** Sends header lines byte for byte, as no client library would, and gives the whole answer. */
export async function sendRaw(app: Express, headers: readonly string[]): Promise<string> {
  return withServer(app, (url) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    socket.end(['GET / HTTP/1.1', 'Host: x', ...headers, 'Connection: close', '', ''].join('\r\n'), 'latin1')
    return new Promise((resolve, reject) => {
      let answer = ''
      socket.on('data', (bytes) => (answer += bytes.toString('latin1')))
      socket.on('end', () => resolve(answer))
      socket.on('error', reject)
    })
  })
}
