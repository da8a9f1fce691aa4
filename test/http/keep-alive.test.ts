import { connect } from 'node:net'
import { setTimeout as after } from 'node:timers/promises'
import { pino } from 'pino'
import { createApp } from '../../src/app.js'
import { settingsFrom } from '../../src/config/env.js'
import { serve, type Served } from '../../src/service/serve.js'
import { startService, type TestService } from '../support/service.js'

// SECURITY F19: proxies keep connections and send the next request on one of them, for 60 seconds and more. A service that
// ends it earlier resets one request now and then. Times are short here; what is tried is which of them counts when.

let service: TestService
let served: Served
beforeAll(async () => {
  service = await startService()
})
afterAll(() => service.stop())
afterEach(() => served.drain())

const listening = async (env: Readonly<Record<string, string>>) => {
  const app = createApp({
    db: service.db,
    authenticate: () => Promise.reject(new Error('nobody calls')),
    log: pino({ level: 'silent' }),
    isReady: () => Promise.resolve(true),
  })
  served = await serve(app, settingsFrom({ PORT: '0', DRAIN_TIMEOUT: '0', ...env }))
  return Number(new URL(served.url).port)
}

/** A connection of which is known what came over it, and whether it is open. */
function opened(port: number) {
  const socket = connect(port, '127.0.0.1')
  let text = ''
  let isOpen = true
  socket.on('data', (bytes) => (text += bytes.toString('latin1')))
  socket.on('error', () => undefined)
  socket.on('close', () => (isOpen = false))
  return {
    send: (bytes: string) => void socket.write(bytes),
    answers: () => text.match(/HTTP\/1\.1 200 OK/gu)?.length ?? 0,
    text: () => text,
    isOpen: () => isOpen,
    end: () => socket.destroy(),
  }
}
const request = 'GET /livez HTTP/1.1\r\nHost: x\r\n\r\n'

test('a connection is kept for 75 seconds after an answer, longer than proxies keep it', async () => {
  const connection = opened(await listening({}))
  connection.send(request)
  await after(200)
  expect(connection.text()).toContain('Keep-Alive: timeout=75')
  connection.end()
})

test('one that was idle for longer than the head of a request may take is as good as before', async () => {
  // The head of a request may take a second here.
  const connection = opened(await listening({ KEEP_ALIVE_TIMEOUT: '30000', REQUEST_TIMEOUT: '1000' }))
  for (const count of [1, 2, 3]) {
    connection.send(request)
    await after(3000)
    expect([count, connection.answers(), connection.isOpen()]).toEqual([count, count, true])
  }
  connection.end()
})

test('KEEP_ALIVE_TIMEOUT ends an idle one', async () => {
  const connection = opened(await listening({ KEEP_ALIVE_TIMEOUT: '300' }))
  connection.send(request)
  await after(150)
  expect([connection.answers(), connection.isOpen()]).toEqual([1, true])
  await after(2500)
  expect(connection.isOpen()).toBe(false)
})

test.each([
  ['a new connection', false],
  ['a kept one', true],
])('F19 a head that comes byte by byte is cut off on %s', async (_, isKept) => {
  const connection = opened(await listening({ KEEP_ALIVE_TIMEOUT: '30000', REQUEST_TIMEOUT: '1000' }))
  if (isKept) {
    connection.send(request)
    await after(1500)
    expect([connection.answers(), connection.isOpen()]).toEqual([1, true])
  }
  const began = performance.now()
  for (const byte of 'GET /livez HTTP/1.1\r\nHost: x\r\nX-Slow: '.padEnd(100, 'y')) {
    if (!connection.isOpen()) break
    connection.send(byte)
    await after(100)
  }
  expect(connection.isOpen()).toBe(false)
  expect(connection.text()).toContain('HTTP/1.1 408 Request Timeout')
  expect(performance.now() - began).toBeLessThan(5000)
})

test('F20 a connection more than there may be is closed, and the others are served', async () => {
  const port = await listening({ MAX_CONNECTIONS: '3' })
  const kept = [opened(port), opened(port), opened(port)]
  await after(200)
  const more = opened(port)
  await after(200)
  expect(more.isOpen()).toBe(false)
  for (const each of kept) each.send(request)
  await after(200)
  expect(kept.map((each) => each.answers())).toEqual([1, 1, 1])
  for (const each of kept) each.end()
})
