import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { startLoad, type LoadGenerator } from '../../bench/start-load.js'
import { parseIssuer } from '../../src/config/issuer.js'
import { authenticator } from '../../src/identity/authenticator.js'
import { forge } from '../security/forge.js'
import { startService, type TestService } from '../support/service.js'
import { startServer, type TestServer } from '../support/test-server.js'

// SECURITY J79 and J80: what bad tokens cost the others, and what the time of an answer tells. The load comes from
// processes of its own.

const issuer = 'https://id.example.com/'
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const other = generateKeyPairSync('rsa', { modulusLength: 2048 })
const now = Math.floor(Date.now() / 1000)
const claims = { iss: issuer, aud: 'claimstake', sub: 's-ana', user_id: 'ana', exp: now + 36_000 }
const keys = [{ ...rsa.publicKey.export({ format: 'jwk' }), kid: 'one', alg: 'RS256', use: 'sig' }]
const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
const header = { alg: 'RS256', kid: 'one' }
const good = forge(header, claims, rsa.privateKey)

let service: TestService
let server: TestServer
let keyServer: Awaited<ReturnType<typeof startKeyServer>>
let attackers: LoadGenerator
let users: LoadGenerator
let port: number
beforeAll(async () => {
  service = await startService()
  keyServer = await startKeyServer()
  const settings = parseIssuer({ issuer, audience: 'claimstake', jwksUrl: keyServer.url })
  server = await startServer({
    db: service.db,
    authenticate: authenticator({ issuers: [settings] }),
    denialLog: false,
  })
  port = (server.address as AddressInfo).port
  attackers = startLoad()
  users = startLoad()
})
afterAll(async () => {
  attackers.stop()
  users.stop()
  await server.stop()
  await keyServer.stop()
  await service.stop()
})

test('J79 5,000 bad signatures a second: the loop stays quick, and at least 95 % of the valid callers are served', async () => {
  const row = await service.unscoped.post.create({ data: { owner: 'ana', postname: 'x' } })
  // Different tokens, or a verification that is remembered could answer for the next.
  const storm = Array.from({ length: 1000 }, (_, at) =>
    bearer(forge(header, { ...claims, sub: `u${at}` }, other.privateKey)),
  )
  const mine = [bearer(good)]
  const path = `/v1/posts/${row.id}`
  await users.run({ port, path, headers: mine, connections: 4, milliseconds: 1000 })

  const delay = monitorEventLoopDelay({ resolution: 10 })
  delay.enable()
  const [attack, served] = await Promise.all([
    attackers.run({ port, path, headers: storm, connections: 32, milliseconds: 10_000, rate: 5000 }),
    users.run({ port, path, headers: mine, connections: 4, milliseconds: 10_000, rate: 100 }),
  ])
  delay.disable()
  const total = Object.values(served.statuses).reduce((sum, each) => sum + each, 0)
  const share = (served.statuses[200] ?? 0) / total
  const p99 = delay.percentile(99) / 1e6 - 10
  process.stdout.write(
    `J79 ${attack.perSecond.toFixed(0)} bad signatures/s (asked for 5,000): event loop p99 ${p99.toFixed(1)} ms; ` +
      `valid callers served ${(share * 100).toFixed(2)} % of ${total}, p50 ${served.p50.toFixed(1)} ms, p99 ${served.p99.toFixed(1)} ms\n`,
  )
  expect(Object.keys(attack.statuses)).toEqual(['401'])
  expect(share).toBeGreaterThanOrEqual(0.95)
  expect(p99).toBeLessThan(100)
})

test('J80, J21 the time of a 401 says which check failed, which is no secret, and nothing of the key', async () => {
  const samples = 5000
  const odd = ['../../../dev/null', "x' UNION SELECT '1'--", '`sleep 10`', '__proto__', 'constructor']
  const kinds: Readonly<Record<string, readonly Readonly<Record<string, string>>[]>> = {
    'bad kid': Array.from({ length: 50 }, (_, at) =>
      bearer(forge({ ...header, kid: `k${at}` }, claims, rsa.privateKey)),
    ),
    'odd kid': odd.map((kid) => bearer(forge({ ...header, kid }, claims, rsa.privateKey))),
    'bad signature': signaturesBy((bytes) => bytes.map((byte, at) => (at === 100 ? byte ^ 1 : byte))),
    'bad signature, first byte': signaturesBy((bytes) =>
      bytes.map((byte, at) => (at === 0 ? byte ^ 1 : byte)),
    ),
    'bad signature, last byte': signaturesBy((bytes) =>
      bytes.map((byte, at) => (at === 255 ? byte ^ 1 : byte)),
    ),
    'bad signature, all': signaturesBy((bytes) => bytes.map((byte) => byte ^ 0x55)),
    'wrong issuer': Array.from({ length: 50 }, (_, at) =>
      bearer(forge(header, { ...claims, iss: `https://other-${at}.example.com/` }, rsa.privateKey)),
    ),
  }
  const names = Object.keys(kinds)
  const times = new Map(names.map((name) => [name, [] as number[]]))
  // In turn, there and back, so that they share the machine's moods and none always follows the same other.
  for (let round = -1; round < samples / 100; round++)
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const load = {
        port,
        path: '/v1/posts',
        headers: kinds[name] ?? [],
        connections: 1,
        milliseconds: 60_000,
        count: 100,
      }
      const result = await attackers.run(load)
      expect(Object.keys(result.statuses)).toEqual(['401'])
      if (round >= 0) times.get(name)?.push(...result.times)
    }
  for (const [name, all] of times) {
    expect(all).toHaveLength(samples)
    process.stdout.write(
      `J80 ${name.padEnd(26)} ${all.length} samples: median ${quantile(all, 0.5).toFixed(3)} ms, p99 ${quantile(all, 0.99).toFixed(3)} ms\n`,
    )
  }
  for (const [left, right] of pairs(names))
    process.stdout.write(
      `J80 ${left} / ${right}: Mann-Whitney p ${mannWhitney(times.get(left), times.get(right)).toExponential(2)}\n`,
    )
  // Where in a signature it is wrong must not show: whoever could tell would guess it byte by byte.
  const wrong = names.filter((name) => name.startsWith('bad signature'))
  for (const [left, right] of pairs(wrong)) {
    const [one, two] = [quantile(times.get(left) ?? [], 0.5), quantile(times.get(right) ?? [], 0.5)]
    expect([left, right, Math.abs(one / two - 1) < 0.1]).toEqual([left, right, true])
  }
  const usual = quantile(times.get('bad signature') ?? [], 0.99)
  expect(quantile(times.get('odd kid') ?? [], 0.99)).toBeLessThan(usual * 3 + 5)
})

/** Tokens of several callers, each with its good signature changed. */
function signaturesBy(change: (bytes: Buffer) => Uint8Array) {
  return Array.from({ length: 50 }, (_, at) => {
    const [head, body, sign = ''] = forge(header, { ...claims, sub: `u${at}` }, rsa.privateKey).split('.')
    const changed = Buffer.from(change(Buffer.from(sign, 'base64url'))).toString('base64url')
    return bearer(`${head}.${body}.${changed}`)
  })
}

function pairs<Item>(items: readonly Item[]): (readonly [Item, Item])[] {
  return items.flatMap((left, at) => items.slice(at + 1).map((right) => [left, right] as const))
}

function quantile(all: readonly number[], share: number): number {
  return [...all].sort((left, right) => left - right)[Math.floor(all.length * share)] ?? NaN
}

/** The two-sided p of the rank-sum test, by its normal approximation. */
function mannWhitney(left: readonly number[] = [], right: readonly number[] = []): number {
  const all = [
    ...left.map((time) => ({ time, isLeft: true })),
    ...right.map((time) => ({ time, isLeft: false })),
  ]
  all.sort((one, two) => one.time - two.time)
  const ranks = all.reduce((sum, { isLeft }, at) => (isLeft ? sum + at + 1 : sum), 0)
  const [n, m] = [left.length, right.length]
  const u = ranks - (n * (n + 1)) / 2
  const z = Math.abs(u - (n * m) / 2) / Math.sqrt((n * m * (n + m + 1)) / 12)
  // Abramowitz and Stegun 7.1.26.
  const t = 1 / (1 + 0.3275911 * (z / Math.SQRT2))
  const poly =
    t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
  return poly * Math.exp((-z * z) / 2)
}

async function startKeyServer() {
  const keyService = createServer((_request, response) =>
    response.setHeader('Content-Type', 'application/json').end(JSON.stringify({ keys })),
  ).listen(0, '127.0.0.1')
  await once(keyService, 'listening')
  return {
    url: `http://127.0.0.1:${(keyService.address() as AddressInfo).port}/jwks`,
    async stop() {
      keyService.closeAllConnections()
      await new Promise((done) => keyService.close(done))
    },
  }
}
