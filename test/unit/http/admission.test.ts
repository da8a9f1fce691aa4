import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { setTimeout as after } from 'node:timers/promises'
import express from 'express'
import { admission, type AdmissionOptions } from '../../../src/http/admission.js'
import { problemHandler } from '../../../src/http/problem.js'

const options: AdmissionOptions = { waiting: 1000, patience: 10_000, lateness: 60_000 }

let server: Server
/** Serves calls that each take some time of the processor, and tells of every turn of the event loop how many there were. */
async function serve(given: Partial<AdmissionOptions>, work = 0) {
  const { stage, refused } = admission({ ...options, ...given })
  const turns: number[] = []
  let inTurn = 0
  const count = () => {
    if (inTurn++ > 0) return
    setImmediate(() => {
      turns.push(inTurn)
      inTurn = 0
    })
  }
  const app = express()
    .get('/livez', (_, response) => void response.end('alive'))
    .use(stage, (_, response) => {
      count()
      block(work)
      response.end('done')
    })
    .use(problemHandler(() => undefined))
  server = createServer(app).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const ask = async (path = '/') => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`)
    return { status: answer.status, retry: answer.headers.get('Retry-After'), text: await answer.text() }
  }
  return { port, ask, turns, refused }
}
afterEach(() => {
  server.closeAllConnections()
  server.close()
})

function block(milliseconds: number): void {
  const end = performance.now() + milliseconds
  while (performance.now() < end);
}

/** Sends a request on each of so many open connections in one go; counts the answers by status, when all are there. */
async function together(port: number, count: number): Promise<Record<string, number>> {
  const sockets = await Promise.all(
    Array.from({ length: count }, async () => {
      const socket = connect(port, '127.0.0.1')
      await once(socket, 'connect')
      return socket
    }),
  )
  await after(50)
  const answers = sockets.map(async (socket) => {
    socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
    let text = ''
    for await (const bytes of socket) text += String(bytes)
    return /^HTTP\/1\.1 (?<status>\d+)/u.exec(text)?.groups?.['status'] ?? 'none'
  })
  const statuses: Record<string, number> = {}
  for (const status of await Promise.all(answers)) statuses[status] = (statuses[status] ?? 0) + 1
  return statuses
}

test('of two hundred requests that come at once a few are begun in each turn of the event loop, and all are answered', async () => {
  const { port, turns } = await serve({})
  expect(await together(port, 200)).toEqual({ 200: 200 })
  expect(turns.reduce((sum, each) => sum + each, 0)).toBe(200)
  expect(Math.max(...turns)).toBeLessThanOrEqual(32)
})

test('F06 there are only so many places to wait in: what comes beyond them is refused at once', async () => {
  const { port, refused } = await serve({ waiting: 20 }, 2)
  const statuses = await together(port, 100)
  expect(statuses['200']).toBeGreaterThanOrEqual(36)
  expect(statuses['503']).toBe(refused().room)
  expect(refused().room).toBeGreaterThan(0)
})

test('who has waited too long is refused, not served late', async () => {
  const { port, refused } = await serve({ patience: 50 }, 10)
  const statuses = await together(port, 60)
  expect(statuses['503']).toBe(refused().patience)
  expect(refused().patience).toBeGreaterThan(0)
})

test('F21 while the event loop stays late calls are 503 at once; health is not, and a second later nothing is', async () => {
  const { ask, refused } = await serve({ lateness: 200 })
  expect((await ask()).status).toBe(200)
  const blocking = setInterval(() => block(300), 1)
  const asked: Awaited<ReturnType<typeof ask>>[] = []
  for (let at = 0; at < 12; at++) asked.push(await ask())
  const alive = await ask('/livez')
  clearInterval(blocking)
  expect(asked[0]?.status).toBe(200)
  expect(asked.at(-1)).toMatchObject({ status: 503, retry: '1' })
  expect(asked.at(-1)?.text).toContain('OVERLOADED')
  expect(refused().late).toBeGreaterThan(0)
  expect(alive.status).toBe(200)
  await after(1000)
  expect((await ask()).status).toBe(200)
})
