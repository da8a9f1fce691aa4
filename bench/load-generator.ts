import { Agent, request } from 'node:http'

// The load of a bench, in a process of its own: told where and for how long, it keeps so many connections busy and tells
// what came of it. It is forked, and ends with its parent.

/** What to do. */
export interface Load {
  readonly port: number
  readonly path: string
  /** Sent as JSON by POST. Default: nothing, by GET. */
  readonly body?: unknown
  /** One set of headers a request, in turn. */
  readonly headers: readonly Readonly<Record<string, string>>[]
  readonly connections: number
  readonly milliseconds: number
  /** How many requests at most. Default: as many as go into the time. */
  readonly count?: number | undefined
  /** Requests a second at most, over all connections. Default: as many as there can be. */
  readonly rate?: number | undefined
}

/** What came of it. */
export interface LoadResult {
  /** How often each status was answered; 0 = no answer. */
  readonly statuses: Readonly<Record<number, number>>
  readonly perSecond: number
  /** In milliseconds. */
  readonly p50: number
  readonly p99: number
  readonly longest: number
  /** Of each request, where `count` says how many. */
  readonly times: readonly number[]
}

const agents = new Map<number, Agent>()

async function run(load: Load): Promise<LoadResult> {
  const agent = agents.get(load.connections) ?? new Agent({ keepAlive: true, maxSockets: load.connections })
  agents.set(load.connections, agent)
  const times: number[] = []
  const statuses: Record<number, number> = {}
  const start = performance.now()
  const end = start + load.milliseconds
  let sent = 0
  const body = load.body === undefined ? undefined : JSON.stringify(load.body)
  const method = body === undefined ? 'GET' : 'POST'
  const one = (headers: Readonly<Record<string, string>>) =>
    new Promise<void>((done) => {
      const began = performance.now()
      const finish = (status: number) => {
        times.push(performance.now() - began)
        statuses[status] = (statuses[status] ?? 0) + 1
        done()
      }
      const { port, path } = load
      request({ host: '127.0.0.1', port, path, agent, headers, method }, (response) => {
        response.resume()
        response.on('end', () => finish(response.statusCode ?? 0))
      })
        .on('error', () => finish(0))
        .end(body)
    })
  const loop = async () => {
    while (performance.now() < end && sent < (load.count ?? Infinity)) {
      const at = sent++
      const wait = load.rate === undefined ? 0 : start + (at * 1000) / load.rate - performance.now()
      if (wait > 1) await new Promise((done) => setTimeout(done, wait))
      await one(load.headers[at % load.headers.length] ?? {})
    }
  }
  await Promise.all(Array.from({ length: load.connections }, loop))
  const seconds = (performance.now() - start) / 1000
  const sorted = [...times].sort((left, right) => left - right)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN
  const each = load.count === undefined ? [] : times
  return {
    statuses,
    perSecond: times.length / seconds,
    p50: at(0.5),
    p99: at(0.99),
    longest: at(1),
    times: each,
  }
}

process.on('message', (load: Load) => void run(load).then((result) => process.send?.(result)))
process.on('disconnect', () => process.exit())
