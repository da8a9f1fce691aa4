import type { Express } from 'express'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as after } from 'node:timers/promises'
import type { Settings } from '../config/env.js'

/** A listening server. */
export interface Served {
  readonly url: string
  /** Stops taking connections, lets running requests end, and cuts those that do not in time. */
  readonly drain: () => Promise<void>
}

type ServeSettings = Pick<
  Settings,
  | 'HOST'
  | 'PORT'
  | 'production'
  | 'REQUEST_TIMEOUT'
  | 'KEEP_ALIVE_TIMEOUT'
  | 'MAX_CONNECTIONS'
  | 'DRAIN_TIMEOUT'
>

/** How long connections are still taken after a stop was asked for, in milliseconds. */
const lastCalls = 200

/**
 * Listens.
 *
 * @throws Error saying what to change when the port is taken
 */
export async function serve(app: Express, settings: ServeSettings): Promise<Served> {
  const { PORT: port, HOST: host = settings.production ? '0.0.0.0' : '127.0.0.1' } = settings
  const server = createServer(
    {
      maxHeaderSize: 16_384,
      requestTimeout: settings.REQUEST_TIMEOUT,
      // Node counts it from the first byte of a request, or from the connection where none came yet: how long a connection
      // that was used may be idle is another time, which may be longer.
      headersTimeout: Math.min(10_000, settings.REQUEST_TIMEOUT),
      keepAliveTimeout: settings.KEEP_ALIVE_TIMEOUT,
      // Node looks every 30 seconds unless told, which would double the times above.
      connectionsCheckingInterval: 1000,
    },
    app,
  )
  // Bounded by their bytes alone: beyond a count Node would drop headers without a word, `Authorization` among them.
  server.maxHeadersCount = 0
  server.maxConnections = settings.MAX_CONNECTIONS
  server.listen(port, host)
  await once(server, 'listening').catch((error: unknown) => {
    throw listenFailure(error, port)
  })
  const { port: actual } = server.address() as AddressInfo
  return {
    url: `http://${host === '0.0.0.0' || host === '127.0.0.1' ? 'localhost' : host}:${actual}`,
    async drain() {
      const closed = once(server, 'close')
      server.prependListener('request', (_, response) => response.setHeader('Connection', 'close'))
      // Who has connected already is served; who balances load sees /readyz and sends the next one elsewhere.
      await after(Math.min(lastCalls, settings.DRAIN_TIMEOUT))
      server.close()
      await Promise.race([closed, after(settings.DRAIN_TIMEOUT, undefined, { ref: false })])
      server.closeAllConnections()
    },
  }
}

function listenFailure(error: unknown, port: number): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'EADDRINUSE')
    return new TypeError(`Port ${port} is in use. Choose another: PORT=${port + 1} npm start`)
  if (code === 'EACCES')
    return new TypeError(
      `Port ${port} may not be opened by this user. Choose one above 1023: PORT=3000 npm start`,
    )
  return error
}
