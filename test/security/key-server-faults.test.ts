import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { createRemoteJWKSet } from 'jose'
import { parseIssuer } from '../../src/config/issuer.js'
import { authenticator } from '../../src/identity/authenticator.js'
import {
  answering,
  audience,
  expectUnavailable,
  failing,
  issuer,
  keyServer,
  observed,
  publishing,
  signingKey,
  tokenOf,
  trusting,
} from './published.js'
import { expectAnswer, send, tokenService, withServer } from './token-service.js'

// SECURITY section 2: key servers that are away, broken, slow, huge, or lead elsewhere.

const one = signingKey('one')
const two = signingKey('two')

test('J54 no key server at the start: 503 and not ready; good within 5 s of its return, however often it is asked', async () => {
  const server = keyServer(failing(503))
  await withServer(server.listener, async (url) => {
    const { app, authenticate, pass, notices } = trusting(url)
    await authenticate.open?.()
    expect(await authenticate.isReady?.()).toBe(false)
    for (let second = 0; second < 10; second++) {
      for (let at = 0; at < 20; at++) expectUnavailable(await send(app, tokenOf(one)))
      expect(await authenticate.isReady?.()).toBe(false)
      pass(1)
    }
    // Once a second.
    expect(server.fetches).toBeLessThanOrEqual(11)
    expect(notices).toHaveLength(1)
    server.answer = publishing(one)
    expect((await send(app, tokenOf(one))).status).toBe(200)
    expect(await authenticate.isReady?.()).toBe(true)
    observed('J54', { 'fetches in 10 s': server.fetches - 1, 'good again after at most (s)': 1 })
    expect(notices).toHaveLength(2)
  })
})

test('J54 a key server that hangs at the start keeps nobody longer than three seconds, and is ready after', async () => {
  const server = keyServer(() => undefined)
  await withServer(server.listener, async (url) => {
    const { app, authenticate, pass } = trusting(url)
    const start = performance.now()
    const [, ready] = await Promise.all([authenticate.open?.(), authenticate.isReady?.()])
    expect(ready).toBe(false)
    expect(performance.now() - start).toBeLessThan(5000)
    expect(server.fetches).toBe(1)
    server.answer = publishing(one)
    pass(1)
    expect(await authenticate.isReady?.()).toBe(true)
    expect((await send(app, tokenOf(one))).status).toBe(200)
  })
})

test('J54 of two issuers one is away: its callers get 503, the others notice nothing, and the service is ready', async () => {
  const [good, bad] = [keyServer(publishing(one)), keyServer(failing(503))]
  await withServer(good.listener, (goodUrl) =>
    withServer(bad.listener, async (badUrl) => {
      const other = 'https://other.example.com/'
      const authenticate = authenticator({
        issuers: [
          parseIssuer({ issuer, audience, jwksUrl: goodUrl, alias: '' }),
          parseIssuer({ issuer: other, audience, jwksUrl: badUrl, alias: 'other' }),
        ],
        notice: () => undefined,
      })
      await authenticate.open()
      const app = tokenService(authenticate)
      expect((await send(app, tokenOf(one))).status).toBe(200)
      expectUnavailable(await send(app, tokenOf(one, { iss: other })))
      expect(await authenticate.isReady()).toBe(true)
    }),
  )
})

test('a log that fails when it is told of a key server changes nothing', async () => {
  const server = keyServer(failing(503))
  await withServer(server.listener, async (url) => {
    let now = Date.now()
    const authenticate = authenticator({
      issuers: [parseIssuer({ issuer, audience, jwksUrl: url })],
      now: () => now,
      notice: () => {
        throw new Error('the disk is full')
      },
    })
    await authenticate.open()
    const app = tokenService(authenticate)
    expectUnavailable(await send(app, tokenOf(one)))
    server.answer = publishing(one)
    now += 1000
    expect((await send(app, tokenOf(one))).status).toBe(200)
    expect(authenticate.facts().issuers[0]?.keys?.fetches).toEqual({ status: 1, ok: 1 })
  })
})

describe('J55 the key server is away after a warm start', () => {
  const hour = 3600

  test('known keys are good for 24 hours, the metric rises, and nobody waits', async () => {
    const server = keyServer(publishing(one))
    await withServer(server.listener, async (url) => {
      const { app, pass, keys, notices, authenticate } = trusting(url)
      expect((await send(app, tokenOf(one))).status).toBe(200)
      expect(keys().staleSeconds).toBe(0)
      server.answer = (request) => request.socket.destroy()
      let longest = 0
      const stale: number[] = []
      const step = async (seconds: number, count: number) => {
        for (let at = 0; at < count; at++) {
          pass(seconds)
          const start = performance.now()
          expect((await send(app, tokenOf(one, { at: `${seconds}-${at}` }))).status).toBe(200)
          expect((await send(app, tokenOf(one))).status).toBe(200)
          longest = Math.max(longest, performance.now() - start)
          stale.push(keys().staleSeconds)
        }
      }
      await step(10, 180)
      const asked = server.fetches
      expect(stale.at(-1)).toBe(1800)
      expect(stale.filter((value, at) => at > 30 && value <= (stale[at - 1] ?? 0))).toEqual([])
      // 26 minutes, twice a minute.
      expect(asked).toBeLessThanOrEqual(55)
      await step(hour / 2, 45)
      expect(keys().staleSeconds).toBe(23 * hour)
      expect(await authenticate.isReady?.()).toBe(true)
      observed('J55', { 'failed requests': 0, 'fetches in 30 min': asked - 1, 'longest (ms)': longest })
      expect(notices.map(([message]) => message)).toEqual([
        'the keys of a token issuer cannot be had: its server was asked in vain',
      ])

      pass(2 * hour)
      expectUnavailable(await send(app, tokenOf(one)))
      expectUnavailable(await send(app, tokenOf(one, { sub: 'bo' })))
      expect(await authenticate.isReady?.()).toBe(false)
      expect(keys().keys).toBe(0)
      server.answer = publishing(one)
      pass(1)
      expect((await send(app, tokenOf(one))).status).toBe(200)
      expect([keys().staleSeconds, keys().keys]).toEqual([0, 1])
      expect(notices).toHaveLength(2)
    })
  })

  test('one that hangs makes nobody wait either, once that is known', async () => {
    const server = keyServer(publishing(one))
    await withServer(server.listener, async (url) => {
      const { app, pass, keys } = trusting(url)
      expect((await send(app, tokenOf(one))).status).toBe(200)
      server.answer = () => undefined
      pass(301)
      const start = performance.now()
      expect((await send(app, tokenOf(one))).status).toBe(200)
      const first = performance.now() - start
      expect(first).toBeLessThan(5000)
      expect(keys().fetches).toEqual({ ok: 1, late: 1 })
      let longest = 0
      for (let at = 0; at < 20; at++) {
        pass(31)
        const asked = performance.now()
        expect((await send(app, tokenOf(one))).status).toBe(200)
        longest = Math.max(longest, performance.now() - asked)
      }
      expect(longest).toBeLessThan(1500)
      observed('J55, hanging', { 'first answer (ms)': first, 'longest after it (ms)': longest })
    })
  })

  test('the same with jose alone: valid tokens fail once its cache is over', async () => {
    const server = keyServer(publishing(one))
    await withServer(server.listener, async (url) => {
      const stock = createRemoteJWKSet(new URL(url), { cacheMaxAge: 0, cooldownDuration: 0 })
      await stock({ alg: 'ES256', kid: 'one' })
      server.answer = failing(500)
      await expect(stock({ alg: 'ES256', kid: 'one' })).rejects.toThrow('Expected 200 OK')
    })
  })
})

const jwks = JSON.stringify({ keys: [one.jwk] })

const nonsense: readonly (readonly [string, RequestListener])[] = [
  ['500', failing(500)],
  ['500 with good keys in it', (request, response) => publishing(one)(request, withStatus(response, 500))],
  ['404', failing(404)],
  ['204', failing(204)],
  ['206', (request, response) => publishing(one)(request, withStatus(response, 206))],
  ['an empty answer', answering('')],
  ['HTML', answering('<html>')],
  ['truncated JSON', answering('{"keys":[')],
  ['a truncated answer', truncated],
  ['{}', answering({})],
  ['null', answering('null')],
  ['a list', answering([one.jwk])],
  ['keys null', answering({ keys: null })],
  ['keys an object', answering({ keys: { 0: one.jwk, length: 1 } })],
  ['no keys', answering({ keys: [] })],
  ['keys twice', answering(`{"keys":[],${jwks.slice(1)}`)],
  ['no key of use', answering({ keys: [{ ...one.jwk, use: 'enc' }, null, 1, [], {}] })],
  ['not UTF-8', (_, response) => void response.end(Buffer.from([0x7b, 0xff, 0x7d]))],
  ['nested 100,000 deep', answering('['.repeat(100_000) + ']'.repeat(100_000))],
  ['a reset connection', (request) => request.socket.destroy()],
]

function withStatus(response: ServerResponse, status: number): ServerResponse {
  response.statusCode = status
  return response
}

function truncated(_: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200, { 'Content-Length': jwks.length })
  response.write(jwks.slice(0, 40), () => response.destroy())
}

describe.each(nonsense)('J56 %s', (_name, answer) => {
  test('after a good set: that one stays, nobody notices', async () => {
    const server = keyServer(publishing(one))
    await withServer(server.listener, async (url) => {
      const { app, pass, keys } = trusting(url)
      expect((await send(app, tokenOf(one))).status).toBe(200)
      server.answer = answer
      pass(301)
      for (let at = 0; at < 5; at++) expect((await send(app, tokenOf(one, { at }))).status).toBe(200)
      expect(server.fetches).toBe(2)
      expect(keys()).toMatchObject({ keys: 1, staleSeconds: 301, fetches: { ok: 1 } })
      server.answer = publishing(two)
      pass(30)
      expect((await send(app, tokenOf(one))).status).toBe(200)
      while (keys().fetches['ok'] !== 2) await new Promise(setImmediate)
      await expectAnswer(app, tokenOf(one), 'C1')
      expect((await send(app, tokenOf(two))).status).toBe(200)
    })
  })

  test('without one: 503, never 401', async () => {
    const server = keyServer(answer)
    await withServer(server.listener, async (url) => {
      const { app, keys } = trusting(url)
      for (let at = 0; at < 3; at++) expectUnavailable(await send(app, tokenOf(one, { at })))
      expect([server.fetches, keys().keys]).toEqual([1, 0])
    })
  })
})

describe('J57 key servers that take time or memory', () => {
  const slowOnes = ['hang', 'drip', 'drip of headers'] as const
  const hugeOnes = [
    '300 MB',
    '300 MB, said before',
    'endless chunks',
    'gzip bomb',
    '1 MiB and a byte',
  ] as const

  // What the first answers of a process cost in memory is not the key server's doing.
  beforeAll(async () => {
    for (const length of [1_048_576, 1_048_576, 3_000_000])
      await withServer(answering(jwks + ' '.repeat(length - jwks.length)), (url) =>
        send(trusting(url).app, tokenOf(one)),
      )
  })

  test.each([...slowOnes, ...hugeOnes])('%s: 503 in time, little read, no memory', async (kind) => {
    const evil = await startEvil(kind)
    try {
      const { app, keys } = trusting(evil.url)
      await send(app, 'not.a.token')
      const before = await settled()
      let most = before
      const watch = setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), 5)
      const start = performance.now()
      expectUnavailable(await send(app, tokenOf(one)))
      const took = performance.now() - start
      clearInterval(watch)
      const grown = (Math.max(most, process.memoryUsage.rss()) - before) / 1e6
      const sent = await evil.sent()
      observed(`J57 ${kind}`, { 'answer (ms)': took, 'RSS + (MB)': grown, 'sent to us (MB)': sent / 1e6 })
      expect(took).toBeLessThan(5000)
      expect(grown).toBeLessThan(5)
      const [outcome] = Object.keys(keys().fetches).filter((each) => each !== 'ok')
      expect(outcome).toBe(expected[kind])
    } finally {
      evil.process.kill('SIGKILL')
    }
  })

  const expected: Record<(typeof slowOnes)[number] | (typeof hugeOnes)[number], string> = {
    hang: 'late',
    drip: 'late',
    'drip of headers': 'late',
    '300 MB': 'too_large',
    '300 MB, said before': 'too_large',
    'endless chunks': 'too_large',
    'gzip bomb': 'encoded',
    '1 MiB and a byte': 'too_large',
  }

  test.each(['hang', '300 MB', 'gzip bomb'])('%s after a good set: valid tokens stay good', async (kind) => {
    const server = keyServer(publishing(one))
    await withServer(server.listener, async (url) => {
      const { app, pass, keys } = trusting(url)
      expect((await send(app, tokenOf(one))).status).toBe(200)
      const bomb = gzipSync(Buffer.alloc(50_000_000))
      server.answer = (_, response) => {
        if (kind === 'hang') return
        if (kind === 'gzip bomb') response.setHeader('Content-Encoding', 'gzip').end(bomb)
        else pour(response)
      }
      pass(301)
      expect((await send(app, tokenOf(one))).status).toBe(200)
      expect(keys().keys).toBe(1)
    })
  })

  test('a set of exactly 1 MiB is taken', async () => {
    const padding = ' '.repeat(1_048_576 - jwks.length)
    await withServer(answering(jwks + padding), async (url) =>
      expect((await send(trusting(url).app, tokenOf(one))).status).toBe(200),
    )
  })

  test('a compressed answer is refused, however small; it was asked for none', async () => {
    let asked: string | undefined
    const zipped: RequestListener = (request, response) => {
      asked = request.headers['accept-encoding']
      response.setHeader('Content-Encoding', 'gzip').end(gzipSync(jwks))
    }
    await withServer(zipped, async (url) => expectUnavailable(await send(trusting(url).app, tokenOf(one))))
    expect(asked).toBe('identity')
  })

  test('the attack works on jose: it reads a bomb to its end', async () => {
    const bomb = gzipSync(
      Buffer.concat([Buffer.from('{"keys":[]'), Buffer.alloc(20_000_000, ' '), Buffer.from('}')]),
    )
    const zipped: RequestListener = (_, response) =>
      void response.setHeader('Content-Encoding', 'gzip').end(bomb)
    await withServer(zipped, async (url) => {
      const stock = createRemoteJWKSet(new URL(url))
      await expect(stock({ alg: 'ES256', kid: 'one' })).rejects.toThrow('no applicable key')
    })
  })
})

/** Writes as fast as it is read, up to 300 MB. */
function pour(response: ServerResponse): void {
  const chunk = Buffer.alloc(65_536, ' ')
  let left = 300_000_000
  const more = () => {
    while (left > 0 && !response.destroyed) {
      left -= chunk.length
      if (!response.write(chunk)) return void response.once('drain', more)
    }
    response.end()
  }
  more()
}

/** A bad key server in a process of its own, so that its memory is not taken for ours. */
async function startEvil(
  kind: string,
): Promise<{ readonly url: string; readonly process: ChildProcess; readonly sent: () => Promise<number> }> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'test/security/evil-key-server.ts', kind], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const line = async () => String(((await once(child.stdout, 'data')) as [Buffer])[0]).trim()
  const url = await line()
  return {
    url,
    process: child,
    async sent() {
      const answer = line()
      child.stdin.write('sent?\n')
      return Number(await answer)
    },
  }
}

/** Memory at rest. */
async function settled(): Promise<number> {
  for (let at = 0; at < 5; at++) await new Promise((done) => setTimeout(done, 20))
  return process.memoryUsage.rss()
}

describe('J58 a redirect is not followed', () => {
  const places = {
    'to the same host': (url: string) => `${url}/elsewhere`,
    'to another host': (_: string, other: string) => other,
    'to http': (_: string, other: string) => other.replace('127.0.0.1', 'localhost'),
    'to a link-local address': () => 'http://169.254.169.254/latest/meta-data',
    'to a file': () => 'file:///etc/passwd',
  }
  const cases = Object.entries(places).flatMap(([name, place]) =>
    [301, 302, 303, 307, 308].map((status) => [status, name, place] as const),
  )

  test.each(cases)('%i %s', async (status, _name, place) => {
    const other = keyServer(publishing(one))
    const server = keyServer(failing(500))
    await withServer(other.listener, (otherUrl) =>
      withServer(server.listener, async (url) => {
        server.answer = (request, response) => {
          if (request.url === '/elsewhere') publishing(one)(request, response)
          else
            publishing(one)(request, withStatus(response, status).setHeader('Location', place(url, otherUrl)))
        }
        const { app, keys } = trusting(url)
        const start = performance.now()
        expectUnavailable(await send(app, tokenOf(one)))
        expect(performance.now() - start).toBeLessThan(3000)
        expect([server.fetches, other.fetches]).toEqual([1, 0])
        expect(keys().fetches).toEqual({ ok: 0, redirect: 1 })
      }),
    )
  })

  test('the attack works on fetch as it comes', async () => {
    const other = keyServer(publishing(one))
    await withServer(other.listener, (otherUrl) =>
      withServer(
        (_, response) => void response.writeHead(302, { Location: otherUrl }).end(),
        async (url) => {
          expect((await fetch(url)).status).toBe(200)
          expect(other.fetches).toBe(1)
        },
      ),
    )
  })
})

test('J77 with a remembered token the key server may go', async () => {
  const app = await withServer(publishing(one), async (url) => {
    const trusted = trusting(url).app
    expect((await send(trusted, tokenOf(one))).status).toBe(200)
    return trusted
  })
  expect((await send(app, tokenOf(one))).status).toBe(200)
})

test('J54 503, not 401: nothing listens where the keys should be', async () => {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((done) => server.close(done))
  const { app, notices } = trusting(`http://127.0.0.1:${port}/jwks`)
  expectUnavailable(await send(app, tokenOf(one)))
  expect(notices).toEqual([
    [
      'the keys of a token issuer cannot be had: its server was asked in vain',
      { issuer: 'https://id.example.com/', reason: 'it cannot be reached' },
    ],
  ])
})
