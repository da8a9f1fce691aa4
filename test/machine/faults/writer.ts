import { randomUUID } from 'node:crypto'
import { Agent, request } from 'node:http'
import { setTimeout as after } from 'node:timers/promises'
import type { Entry } from './ledger.js'

// Writes without a pause until it is told to stop, and keeps a ledger of what it was answered. A process of its own, so
// that what happens to the service, or to the test, does not happen to the ledger. It stands in for a load balancer too:
// it asks each instance for /readyz and sends to those that are ready.

/** What to do. */
export interface Orders {
  readonly urls: readonly string[]
  readonly token: string
  readonly connections: number
}

/** What it tells, every 50 ms and when it has stopped. */
export interface Report {
  readonly acknowledged: number
  /** The last answer, for who waits in vain. */
  readonly last: string
  readonly ledger?: readonly Entry[]
}

interface Answer {
  readonly status: number
  readonly body: string
}

const run = randomUUID()
const now = () => performance.timeOrigin + performance.now()
const ledger: Entry[] = []
const ready = new Set<string>()
let acknowledged = 0
let last = 'none'
let stopped = false
let made = 0

function work({ urls, token, connections }: Orders): void {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })

  const send = (url: string, method: string, path: string, body?: unknown, key?: string) =>
    new Promise<Answer>((done) => {
      const headers = {
        Authorization: `Bearer ${token}`,
        'Content-Type': 'application/json',
        ...(key !== undefined && { 'Idempotency-Key': key }),
      }
      const call = request(url + path, { method, agent, headers }, (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (piece: string) => (text += piece))
        response.on('end', () => done({ status: response.statusCode ?? 0, body: text }))
        response.on('error', () => done({ status: 0, body: '' }))
      })
      call.on('error', () => done({ status: 0, body: '' }))
      call.setTimeout(20_000, () => call.destroy())
      call.end(body === undefined ? undefined : JSON.stringify(body))
    })

  /** An instance that is ready, or any: then the answer is its own. */
  const target = () => {
    const among = ready.size > 0 ? [...ready] : urls
    return among[Math.floor(Math.random() * among.length)] ?? ''
  }

  const write = async (
    entry: Pick<Entry, 'kind' | 'names' | 'row' | 'at'>,
    method: string,
    path: string,
    body: unknown,
    key?: string,
  ) => {
    const sent = now()
    const answer = await send(target(), method, path, body, key)
    last = `${answer.status} ${answer.body.slice(0, 500)}`
    const isDone = answer.status >= 200 && answer.status < 300
    if (isDone) acknowledged++
    ledger.push({ ...entry, status: answer.status, sent, answered: now() })
    // Who is refused waits as Retry-After says, or a little of it: the fault is to be met by many.
    if (!isDone) await after(50)
    return isDone ? (JSON.parse(answer.body) as { id?: string }).id : undefined
  }

  /** One connection's work: each kind of write in turn. */
  const loop = async () => {
    let row: string | undefined
    for (let turn = 0; !stopped; turn++) {
      const name = () => `${run}-${++made}`
      const [first, second] = [name(), name()]
      if (turn % 5 === 0) {
        row =
          (await write({ kind: 'create', names: [first], at: turn }, 'POST', '/v1/posts', {
            postname: first,
          })) ?? row
      } else if (turn % 5 === 1) {
        // Sent again under its key until it is acknowledged, or nobody writes any more.
        for (let tries = 0; tries < 100; tries++) {
          if (
            await write(
              { kind: 'keyed', names: [first], at: turn },
              'POST',
              '/v1/posts',
              { postname: first },
              first,
            )
          )
            break
        }
      } else if (turn % 5 === 2) {
        const items = [first, second].map((postname) => ({ postname }))
        await write({ kind: 'batch', names: [first, second], at: turn }, 'POST', '/v1/posts/batchCreate', {
          items,
        })
      } else if (row !== undefined && turn % 5 === 3) {
        await write({ kind: 'update', names: [first], row, at: turn }, 'PATCH', `/v1/posts/${row}`, {
          content: first,
        })
      } else if (row !== undefined) {
        await write({ kind: 'comment', names: [first], at: turn }, 'POST', '/v1/comments', {
          postId: row,
          body: first,
        })
      }
    }
  }

  const prober = new Agent({ keepAlive: false })
  const probe = async (url: string) => {
    for (;;) {
      const isReady = await new Promise<boolean>((done) => {
        const call = request(`${url}/readyz`, { agent: prober }, (response) => {
          response.resume()
          done(response.statusCode === 200)
        })
        call.on('error', () => done(false))
        call.setTimeout(1_000, () => call.destroy())
        call.end()
      })
      if (isReady) ready.add(url)
      else ready.delete(url)
      await after(50)
    }
  }
  if (urls.length > 1) for (const url of urls) void probe(url)

  const report = (more: Pick<Report, 'ledger'> = {}) =>
    process.send?.({ acknowledged, last, ...more } satisfies Report)
  setInterval(report, 50)
  void Promise.all(Array.from({ length: connections }, loop)).then(() => {
    report({ ledger })
    setTimeout(() => process.exit(0), 200)
  })
}

process.on('message', (message: Orders | 'stop') => {
  if (message === 'stop') stopped = true
  else work(message)
})
process.on('disconnect', () => process.exit(0))
