import { once } from 'node:events'
import { createServer, connect, type AddressInfo, type Socket } from 'node:net'

/** What stands between two programs, and does to their connections what networks and machines do. */
export interface FaultProxy {
  /** A URL with this proxy in the place of the host. */
  readonly through: (url: string) => string
  /** Holds back what the server says, of all connections or of one of them, until {@link FaultProxy.release}. */
  readonly holdAnswers: (connection?: number) => void
  /** Holds back what is said to the server. */
  readonly holdQuestions: (connection?: number) => void
  /** Lets go what was held back. */
  readonly release: () => void
  /** Delays what is said either way, in milliseconds. */
  readonly delay: (milliseconds: number) => void
  /** Breaks all connections with a reset. */
  readonly reset: () => void
  /** Drops what is said, both ways, and tells nobody: a network hole. New connections are accepted and hear nothing. */
  readonly blackhole: (on: boolean) => void
  /** Refuses new connections. */
  readonly refuse: (on: boolean) => void
  /** The connections that are open, by number, in the order they came. */
  readonly connections: () => readonly number[]
  /** Told each statement that is sent, before it is passed on, with the number of the connection. */
  onStatement: ((sql: string, connection: number) => void) | undefined
  readonly close: () => Promise<void>
}

interface Pair {
  readonly client: Socket
  readonly server: Socket
}

type Held = 'answers' | 'questions'

/** A TCP proxy on a port of its own before the server of a URL. */
export async function faultProxy(url: string): Promise<FaultProxy> {
  const target = new URL(url)
  const pairs = new Map<number, Pair>()
  const held = new Map<number | 'all', Set<Held>>()
  const waiting: (() => void)[] = []
  let made = 0
  let slow = 0
  let hole = false
  let refuses = false

  const isHeld = (connection: number, what: Held) =>
    (held.get('all')?.has(what) ?? false) || (held.get(connection)?.has(what) ?? false)

  /** Bytes are passed on in the order they came, whatever held them back. */
  const passOn = (from: Socket, to: Socket, connection: number, what: Held) => {
    let last = Promise.resolve()
    from.on('data', (bytes: Buffer) => {
      if (what === 'questions') for (const sql of statementsIn(bytes)) proxy.onStatement?.(sql, connection)
      if (hole) return
      const wait = slow
      last = last.then(async () => {
        if (wait > 0) await new Promise((done) => setTimeout(done, wait))
        while (isHeld(connection, what)) await new Promise<void>((done) => void waiting.push(done))
        if (!to.destroyed) to.write(bytes)
      })
    })
  }
  const listener = createServer({ allowHalfOpen: true }, (client) => {
    if (refuses) {
      client.resetAndDestroy()
      return
    }
    const number = ++made
    const server = connect({ host: target.hostname, port: Number(target.port), allowHalfOpen: true })
    pairs.set(number, { client, server })
    passOn(client, server, number, 'questions')
    passOn(server, client, number, 'answers')
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      from.on('error', () => to.destroy())
      from.on('end', () => hole || to.end())
      from.on('close', () => {
        pairs.delete(number)
        if (!hole) to.destroy()
      })
    }
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const { port } = listener.address() as AddressInfo

  const hold = (what: Held, connection: number | 'all') => {
    const found = held.get(connection) ?? new Set()
    held.set(connection, found.add(what))
  }
  const proxy: FaultProxy = {
    through(other) {
      const changed = new URL(other)
      changed.hostname = '127.0.0.1'
      changed.port = String(port)
      return changed.href
    },
    holdAnswers: (connection) => hold('answers', connection ?? 'all'),
    holdQuestions: (connection) => hold('questions', connection ?? 'all'),
    release() {
      held.clear()
      for (const go of waiting.splice(0)) go()
    },
    delay: (milliseconds) => void (slow = milliseconds),
    reset() {
      for (const { client, server } of pairs.values()) {
        client.resetAndDestroy()
        server.resetAndDestroy()
      }
    },
    blackhole(on) {
      hole = on
      // What was not passed on cannot be made good: both ends find out.
      if (!on) proxy.reset()
    },
    refuse: (on) => void (refuses = on),
    connections: () => [...pairs.keys()],
    onStatement: undefined,
    async close() {
      proxy.release()
      for (const { client, server } of pairs.values()) {
        client.destroy()
        server.destroy()
      }
      await new Promise((done) => listener.close(done))
    },
  }
  return proxy
}

/** Statements are named by a digest of their text, so one name means the same on every connection. */
const named = new Map<string, string>()

/** The statements in a piece of what is said to a server: as text, or by the name that an earlier one was given. */
function statementsIn(bytes: Buffer): string[] {
  const text = bytes.toString('latin1')
  const parsed = [...text.matchAll(/P[^]{4}([\w-]*)\0([^\0]+)\0/gu)]
  for (const [, name = '', sql = ''] of parsed) if (name !== '') named.set(name, sql)
  const bound = [...text.matchAll(/B[^]{4}[^\0]*\0([\w-]+)\0/gu)].map(
    ([, name = '']) => named.get(name) ?? '',
  )
  const simple = [...text.matchAll(/Q[^]{4}([^\0]+)\0/gu)].map(([, sql = '']) => sql)
  return [...parsed.map(([, , sql = '']) => sql), ...bound, ...simple]
}
