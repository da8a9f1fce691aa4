import { createRemoteJWKSet } from 'jose'
import {
  expectUnavailable,
  failing,
  keyServer,
  observed,
  publishing,
  sendMany,
  signingKey,
  tokenOf,
  trusting,
} from './published.js'
import { expectAnswer, send, withServer } from './token-service.js'

// SECURITY section 2: keys that come, go, are replaced, and are asked for by whoever likes.

const one = signingKey('one')
const two = signingKey('two')

test('J49 the first token of a new key is good, after exactly one fetch', async () => {
  const server = keyServer(publishing(one))
  await withServer(server.listener, async (url) => {
    const { app } = trusting(url)
    expect((await send(app, tokenOf(one))).status).toBe(200)
    expect(server.fetches).toBe(1)
    server.answer = publishing(one, two)
    const start = performance.now()
    expect((await send(app, tokenOf(two))).status).toBe(200)
    const longest = performance.now() - start
    expect(server.fetches).toBe(2)
    expect((await send(app, tokenOf(two, { sub: 'bo' }))).status).toBe(200)
    expect(server.fetches).toBe(2)
    observed('J49', { fetches: 1, 'longest answer (ms)': longest })
  })
})

test('J50 a thousand first tokens of a new key at once: all good, after one fetch', async () => {
  const server = keyServer(publishing(one))
  await withServer(server.listener, async (url) => {
    const { app } = trusting(url)
    expect((await send(app, tokenOf(one))).status).toBe(200)
    server.answer = publishing(one, two)
    const tokens = Array.from({ length: 1000 }, (_, at) => tokenOf(two, { sub: `u${at}` }))
    const { statuses, longest } = await withServer(app, (service) => sendMany(service, tokens))
    expect(new Set(statuses)).toEqual(new Set([200]))
    expect(statuses).toHaveLength(1000)
    expect(server.fetches).toBe(2)
    observed('J50', { fetches: server.fetches - 1, 'longest of 1,000 (ms)': longest })
  })
})

test('J50 a thousand first tokens of a service that has just started: one fetch', async () => {
  const server = keyServer(publishing(one))
  await withServer(server.listener, async (url) => {
    const tokens = Array.from({ length: 1000 }, (_, at) => tokenOf(one, { sub: `u${at}` }))
    const { statuses } = await withServer(trusting(url).app, (service) => sendMany(service, tokens))
    expect(new Set(statuses)).toEqual(new Set([200]))
    expect(server.fetches).toBe(1)
  })
})

test('J51 a key that was taken back beside another stops working within five minutes, for remembered tokens too', async () => {
  const server = keyServer(publishing(one, two))
  await withServer(server.listener, async (url) => {
    const { app, pass, authenticate } = trusting(url)
    const [withdrawn, kept] = [tokenOf(one), tokenOf(two)]
    for (const token of [withdrawn, kept]) expect((await send(app, token)).status).toBe(200)
    server.answer = publishing(two)
    pass(230)
    expect((await send(app, withdrawn)).status).toBe(200)
    expect(server.fetches).toBe(1)
    pass(71)
    await expectAnswer(app, withdrawn, 'C1')
    expect((await send(app, kept)).status).toBe(200)
    for (const later of [1, 299, 3600, 80_000]) {
      pass(later)
      await expectAnswer(app, withdrawn, 'C1')
      expect((await send(app, kept)).status).toBe(200)
    }
    expect(authenticate.facts?.().issuers[0]?.keys?.keys).toBe(1)
    observed('J51', { 'refused after at most (s)': 301 })
  })
})

test('J51 with traffic it is refused after four minutes, and nobody waits for that', async () => {
  const server = keyServer(publishing(one, two))
  await withServer(server.listener, async (url) => {
    const { app, pass, keys } = trusting(url)
    const [withdrawn, kept] = [tokenOf(one), tokenOf(two)]
    for (const token of [withdrawn, kept]) expect((await send(app, token)).status).toBe(200)
    let release = () => {}
    server.answer = (request, response) => {
      release = () => publishing(two)(request, response)
    }
    pass(241)
    // The key server holds its answer back, and the caller has his.
    expect((await send(app, kept)).status).toBe(200)
    expect((await send(app, withdrawn)).status).toBe(200)
    while (server.fetches < 2) await new Promise(setImmediate)
    server.answer = publishing(two)
    release()
    while (keys().keys !== 1) await new Promise(setImmediate)
    await expectAnswer(app, withdrawn, 'C1')
    expect((await send(app, kept)).status).toBe(200)
    // One for the age, and one for the key id that nobody knows any more.
    expect(server.fetches).toBe(3)
  })
})

test('J52 other key material under the same id: new tokens are good at once, old ones refused', async () => {
  const again = signingKey('one')
  const server = keyServer(publishing(one))
  await withServer(server.listener, async (url) => {
    const { app, pass } = trusting(url)
    const old = tokenOf(one)
    expect((await send(app, old)).status).toBe(200)
    server.answer = publishing(again)
    const start = performance.now()
    expect((await send(app, tokenOf(again))).status).toBe(200)
    observed('J52', { fetches: server.fetches - 1, 'longest answer (ms)': performance.now() - start })
    expect(server.fetches).toBe(2)
    // Remembered, and refused: the key under which it was good is gone.
    await expectAnswer(app, old, 'C1')
    expect(server.fetches).toBe(2)
    // Once more within the cooldown: known after it, at the latest.
    server.answer = publishing(one)
    await expectAnswer(app, old, 'C1')
    pass(30)
    expect((await send(app, old)).status).toBe(200)
    await expectAnswer(app, tokenOf(again), 'C1')
    expect(server.fetches).toBe(3)
  })
})

test('J52 bad signatures under a known id cost one fetch in 30 seconds, and move nobody', async () => {
  const server = keyServer(publishing(one))
  await withServer(server.listener, async (url) => {
    const { app, pass, authenticate } = trusting(url)
    expect((await send(app, tokenOf(one))).status).toBe(200)
    const forged = { ...signingKey('one'), kid: 'one' }
    for (let at = 0; at < 60; at++) {
      await expectAnswer(app, tokenOf(forged, { sub: `f${at}` }), 'C1')
      pass(1)
    }
    expect(server.fetches).toBeLessThanOrEqual(3)
    const before = authenticate.facts?.().tokenCache.hits ?? 0
    expect((await send(app, tokenOf(one, { exp: 4e9 }))).status).toBe(200)
    expect((await send(app, tokenOf(one, { exp: 4e9 }))).status).toBe(200)
    expect(authenticate.facts?.().tokenCache.hits).toBe(before)
  })
})

describe('J53 ten thousand random key ids in 60 seconds', () => {
  const flood = 10_000
  const rounds = 60

  test('cost three fetches at most; valid users notice nothing', async () => {
    const server = keyServer(publishing(one))
    await withServer(server.listener, async (url) => {
      const { app, pass } = trusting(url)
      await withServer(app, async (service) => {
        await sendMany(service, [tokenOf(one)])
        const refused = new Set<number>()
        let [bad, errors, slowest, sent] = [0, 0, 0, 0]
        for (let round = 0; round < rounds; round++) {
          const size = Math.ceil(flood / rounds)
          const random = Array.from({ length: size }, (_, at) =>
            tokenOf({ ...one, kid: `r${round}-${at}` }, { sub: `m${at}` }),
          )
          const valid = Array.from({ length: 10 }, (_, at) => tokenOf(one, { sub: `v${round}-${at}` }))
          const [attack, users] = await Promise.all([sendMany(service, random), sendMany(service, valid)])
          for (const status of attack.statuses) refused.add(status)
          bad += attack.statuses.length
          sent += users.statuses.length
          errors += users.statuses.filter((status) => status !== 200).length
          slowest = Math.max(slowest, users.longest)
          pass(1)
        }
        observed('J53', {
          'random key ids': bad,
          fetches: server.fetches,
          'valid requests': sent,
          'of them failed': errors,
          'longest valid answer (ms)': slowest,
        })
        expect(bad).toBeGreaterThanOrEqual(flood)
        expect(refused).toEqual(new Set([401]))
        expect(errors).toBe(0)
        expect(server.fetches).toBeLessThanOrEqual(3)
      })
    })
  }, 120_000)

  test('the attack works on jose with its cooldown off: a fetch for each; with it on, a new key is unknown for 30 s', async () => {
    const server = keyServer(publishing(one))
    await withServer(server.listener, async (url) => {
      const open = createRemoteJWKSet(new URL(url), { cooldownDuration: 0 })
      for (let at = 0; at < 200; at++) await open({ alg: 'ES256', kid: `r${at}` }).catch(() => undefined)
      expect(server.fetches).toBeGreaterThanOrEqual(200)
      observed('J53, jose without cooldown', { 'random key ids': 200, fetches: server.fetches })

      const stock = createRemoteJWKSet(new URL(url))
      await stock({ alg: 'ES256', kid: 'one' })
      server.answer = publishing(one, two)
      await expect(stock({ alg: 'ES256', kid: 'two' })).rejects.toThrow('no applicable key')
    })
  })
})

test('an unknown key id while the key server is away is 503, because nobody can tell; a known one is 200', async () => {
  const server = keyServer(publishing(one))
  await withServer(server.listener, async (url) => {
    const { app } = trusting(url)
    expect((await send(app, tokenOf(one))).status).toBe(200)
    await expectAnswer(app, tokenOf(two), 'C1')
    server.answer = failing(500)
    const { app: other, pass } = trusting(url)
    expectUnavailable(await send(other, tokenOf(one)))
    server.answer = publishing(one)
    pass(2)
    expect((await send(other, tokenOf(one))).status).toBe(200)
    server.answer = failing(500)
    pass(30)
    expectUnavailable(await send(other, tokenOf(two)))
    expect((await send(other, tokenOf(one, { sub: 'bo' }))).status).toBe(200)
    const asked = server.fetches
    // The failure counts for the cooldown.
    for (let at = 0; at < 50; at++) expectUnavailable(await send(other, tokenOf({ ...two, kid: `r${at}` })))
    expect(server.fetches).toBe(asked)
  })
})
