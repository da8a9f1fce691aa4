import { once } from 'node:events'
import type { Server } from 'node:http'
import { pino } from 'pino'
import supertest from 'supertest'
import { createApp, type AppOptions } from '../../src/app.js'
import type { SentRequest } from './openapi-request.js'
import { validatorFor } from './openapi-validator.js'

export type Method = 'GET' | 'HEAD' | 'POST' | 'PATCH' | 'DELETE' | 'PUT' | 'OPTIONS'

export interface CallOptions {
  /** Sent as JSON; a string is sent as it is. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string | string[]>>
}

/** An answer; its body is whatever it is, and HEAD has no text. */
export type TestAnswer = Omit<supertest.Response, 'body' | 'text'> & {
  readonly body: unknown
  readonly text: string | undefined
}

/** A caller of the app under test: every answer he gets is held against the OpenAPI document. */
export interface TestCaller {
  (method: Method, path: string, options?: CallOptions): Promise<TestAnswer>
}

/** The app, listening on a real port. */
export interface TestServer {
  /** Where it listens, for tests that speak to it byte by byte. */
  readonly address: ReturnType<Server['address']>
  readonly log: readonly string[]
  /** A caller with the tokens this function makes; without it, one without credentials. */
  readonly caller: (token?: () => Promise<string>) => TestCaller
  readonly stop: () => Promise<void>
}

/** Starts the app on a port of its own. */
export async function startServer(
  options: Pick<AppOptions, 'db' | 'authenticate'> & Partial<AppOptions>,
): Promise<TestServer> {
  const log: string[] = []
  const app = createApp({
    log: pino({ level: 'debug' }, { write: (line: string) => void log.push(line) }),
    isReady: () => Promise.resolve(true),
    denialLog: true,
    ...options,
  })
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const conforms = validatorFor(options.db.openApi())

  return {
    address: server.address(),
    log,
    caller: (token) => async (method, path, options) => {
      const call = supertest(server)[method.toLowerCase() as 'get'](path)
      if (token) call.set('Authorization', `Bearer ${await token()}`)
      if (options?.body !== undefined) call.set('Content-Type', 'application/json')
      call.set(options?.headers ?? {})
      const { body } = options ?? {}
      const answer = await (body === undefined
        ? call
        : call.send(typeof body === 'string' ? body : JSON.stringify(body)))
      const sent = answer.status < 300 ? sentBy(options) : undefined
      conforms(method, path, answer.status, answer.headers, answer.body, sent)
      return answer
    },
    async stop() {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
}

/** What the check of requests looks at. */
function sentBy({ body, headers = {} }: CallOptions = {}): Pick<SentRequest, 'headers' | 'body'> {
  const type = body === undefined ? {} : { 'content-type': 'application/json' }
  const own = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])
  return {
    headers: { ...type, ...(Object.fromEntries(own) as Record<string, string>) },
    body: typeof body === 'string' ? (JSON.parse(body) as unknown) : body,
  }
}
