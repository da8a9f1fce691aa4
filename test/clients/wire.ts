import { once } from 'node:events'
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { OpenApiDocument } from '../../src/openapi/document.js'
import { validatorFor } from '../support/openapi-validator.js'

/** One call as it went over the wire. */
export interface Exchange {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
  readonly status: number
}

/** What stands between a client and the service, to see what the client sends. */
export interface Wire {
  readonly url: string
  readonly exchanges: readonly Exchange[]
  /** Where an answer was outside the document. */
  readonly faults: readonly string[]
  readonly stop: () => Promise<void>
}

/** Listens on a port of its own and passes everything on to another, unchanged. Answers are held against the document. */
export async function tapWire(port: number, document: OpenApiDocument): Promise<Wire> {
  const exchanges: Exchange[] = []
  const faults: string[] = []
  const conforms = validatorFor(document)

  async function pass(from: IncomingMessage, to: ServerResponse): Promise<void> {
    const { method = '', url: path = '', headers } = from
    const body = await text(from)
    const onward = request({ host: '127.0.0.1', port, method, path, headers })
    onward.end(body)
    const [answer] = (await once(onward, 'response')) as [IncomingMessage]
    const answerBody = await text(answer)
    const status = answer.statusCode ?? 0

    exchanges.push({ method, path, headers, body, status })
    try {
      const answerHeaders = answer.headers as Record<string, string | undefined>
      conforms(method, path, status, answerHeaders, answerBody === '' ? undefined : JSON.parse(answerBody))
    } catch (error) {
      faults.push(String(error))
    }
    to.writeHead(status, answer.headers).end(answerBody)
  }

  const server = createServer((from, to) => void pass(from, to)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    exchanges,
    faults,
    async stop() {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
}
