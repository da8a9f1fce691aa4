import type { Pool, QueryResult } from 'pg'
import { createPool } from '../../src/connections/create-pool.js'
import { migrate, revocations, type RevocationStore } from '../../src/index.js'
import { revocationKey } from '../../src/store/revocation-key.js'
import { revocationNews } from '../../src/store/revocation-news.js'
import { createDatabase, type TestDatabase } from '../support/database.js'
import { runAt } from '../support/test-run.js'

const issuer = 'https://id.example.com/'
const day = 86_400_000
const second = 1000

let database: TestDatabase
let pool: Pool
const opened: { close: () => Promise<void> }[] = []
const pools: Pool[] = []
beforeAll(async () => {
  database = await createDatabase()
  pool = poolOf()
})
beforeEach(() => database.truncate())
afterEach(() => Promise.all(opened.splice(0).map((store) => store.close())))
afterAll(async () => {
  for (const each of pools) if (!each.ended) await each.end()
  await database.drop()
})

function poolOf(url = database.url): Pool {
  const made = createPool({ url, acquireTimeout: 10_000, statementTimeout: 15_000, onError: () => undefined })
  pools.push(made)
  return made
}

interface Watched {
  readonly store: RevocationStore
  /** How often a token was looked up. */
  readonly lookups: () => number
  /** Moves its clock. */
  readonly wait: (milliseconds: number) => void
  /** Holds back the answers to look-ups, until what it returns is called. */
  readonly holdLookups: () => () => void
  /** Every look fails until it is told otherwise. */
  readonly failLooks: (fails: boolean) => void
}

/** One instance on the database, with a clock that stands still unless it is moved; it does not listen. */
function instance(url?: string): Watched {
  const own = url === undefined ? pool : poolOf(url)
  let time = 0
  let held: Promise<void> | undefined
  let fails = false
  const query = async (text: string, values: unknown[]): Promise<QueryResult> => {
    if (fails && text.includes('AS news')) throw new Error('no news')
    const result = await own.query(text, values)
    if (text.includes('ANY')) await held
    return result
  }
  const store = revocations({ query: query as unknown as Pool['query'] }, { listen: false, now: () => time })
  opened.push(store)
  return {
    store,
    lookups: () => store.facts().lookups,
    wait: (milliseconds) => (time += milliseconds),
    holdLookups() {
      let release: () => void = () => undefined
      held = new Promise((resolve) => (release = resolve))
      return release
    },
    failLooks: (value) => (fails = value),
  }
}

const now = () => Math.floor(Date.now() / second)
const claimsOf = (claims: object = {}) =>
  Object.freeze({ iss: issuer, sub: 'ana', jti: 't-1', iat: now() - 10, ...claims })

/** Asks a new instance: what the database says now. */
const isRevoked = (claims: object) => Promise.resolve(instance().store.isRevoked(claims as never))

/** Rows as another program would write them. */
const insertMany = (count: number) =>
  pool.query(
    `INSERT INTO claimstake.revocations (key, issuer, jti)
     SELECT sha256(convert_to('many ' || n, 'UTF8')), 'x', 'many ' || n FROM generate_series(1, ${count}) n`,
  )

describe('what is revoked', () => {
  test('a jti: that token of that issuer, and no other', async () => {
    const { store } = instance()
    await store.revoke({ issuer, jti: 't-1' })
    expect(await isRevoked(claimsOf())).toBe(true)
    for (const other of [{ jti: 't-2' }, { jti: 'T-1' }, { jti: 't-1 ' }, { iss: 'https://id.example.com' }])
      expect(await isRevoked(claimsOf(other))).toBe(false)
    // A subject of that name is somebody else.
    expect(await isRevoked(claimsOf({ jti: undefined, sub: 't-1' }))).toBe(false)
  })

  test('a subject: what was issued until then, the same second too, and what does not say when', async () => {
    const { store } = instance()
    const at = now()
    await store.revoke({ issuer, subject: 'ana', issuedBefore: new Date(at * second + 400) })
    for (const iat of [at - 3600, at - 1, at, at + 0.9, undefined, 'soon'])
      expect([iat, await isRevoked(claimsOf({ iat }))]).toEqual([iat, true])
    expect(await isRevoked(claimsOf({ iat: at + 1 }))).toBe(false)
    expect(await isRevoked(claimsOf({ sub: 'bo' }))).toBe(false)
    expect(await isRevoked(claimsOf({ sub: 'ana', iss: 'https://other.example.com/' }))).toBe(false)
  })

  test('until now, by default', async () => {
    const { issuedBefore } = await instance().store.revoke({ issuer, subject: 'ana' })
    expect(Math.abs((issuedBefore?.getTime() ?? 0) - Date.now())).toBeLessThan(5000)
    expect(await isRevoked(claimsOf())).toBe(true)
    expect(await isRevoked(claimsOf({ iat: now() + 5 }))).toBe(false)
  })

  test('a subject that the issuer writes as a number is its text', async () => {
    await instance().store.revoke({ issuer, subject: '7' })
    expect(await isRevoked(claimsOf({ sub: 7 }))).toBe(true)
  })

  test('a token that names neither itself nor a subject is not looked up', () => {
    const { store, lookups } = instance()
    expect(store.isRevoked({ iss: issuer })).toBe(false)
    expect(store.isRevoked({ sub: 'ana' })).toBe(false)
    expect(lookups()).toBe(0)
  })

  test('what has expired counts no more, and is not listed', async () => {
    const { store } = instance()
    await store.revoke({ issuer, jti: 't-1' }, { until: new Date(Date.now() + day) })
    expect(await isRevoked(claimsOf())).toBe(true)
    await pool.query("UPDATE claimstake.revocations SET expires_at = now() - interval '1 ms'")
    expect(await isRevoked(claimsOf())).toBe(false)
    expect(await store.list()).toEqual([])
    expect(await store.restore({ issuer, jti: 't-1' })).toBe(false)
  })

  test('keys of different claims are never the same text', () => {
    const lists: [string, 'jti' | 'sub', string][] = [
      ['a', 'jti', 'b'],
      ['a', 'sub', 'b'],
      ['ajti', 'jti', 'b'],
      ['a","jti","b', 'jti', ''],
      ['a', 'jti', '","jti","b'],
      ['a', 'jti', '\ud800'],
      ['a', 'jti', '\ufffd'],
    ]
    expect(new Set(lists.map((list) => revocationKey(...list))).size).toBe(lists.length)
  })
})

describe('writing', () => {
  test('twice keeps the later time and the later end, in either order', async () => {
    const { store } = instance()
    const [early, late] = [new Date(Date.now() - day), new Date(Date.now() - second)]
    const [soon, far] = [new Date(Date.now() + day), new Date(Date.now() + 2 * day)]
    for (const [subject, order] of Object.entries({ a: [0, 1], b: [1, 0] })) {
      for (const at of order) {
        const options = { until: [soon, far][at] }
        await store.revoke({ issuer, subject, issuedBefore: [early, late][at] }, options)
      }
      const kept = (await store.list()).filter((each) => each.subject === subject)
      expect(kept).toMatchObject([{ issuedBefore: late, expiresAt: far }])
      await store.revoke({ issuer, subject, issuedBefore: early })
      const again = await store.revoke({ issuer, subject, issuedBefore: early }, { until: soon })
      expect(again).toMatchObject({ issuedBefore: late, expiresAt: null })
    }
  })

  test('again after it had expired begins anew', async () => {
    const { store } = instance()
    const [ahead, until] = [new Date(Date.now() + day), new Date(Date.now() + day)]
    await store.revoke({ issuer, subject: 'ana', issuedBefore: ahead }, { until })
    await pool.query("UPDATE claimstake.revocations SET expires_at = now() - interval '1 s'")
    const again = await store.revoke({ issuer, subject: 'ana' })
    expect(again.expiresAt).toBeNull()
    expect(again.issuedBefore?.getTime()).toBeLessThan(ahead.getTime() - day / 2)
  })

  test('list has what names each, the oldest first; restore takes one back', async () => {
    const { store } = instance()
    await store.revoke({ issuer, jti: "'; DROP TABLE claimstake.revocations; --" })
    await store.revoke({ issuer, subject: 'élan 漢字' })
    expect(await store.list()).toMatchObject([
      { issuer, jti: "'; DROP TABLE claimstake.revocations; --", subject: null, issuedBefore: null },
      { issuer, jti: null, subject: 'élan 漢字', expiresAt: null },
    ])
    expect(await store.restore({ issuer, subject: 'élan 漢字' })).toBe(true)
    expect(await store.restore({ issuer, subject: 'élan 漢字' })).toBe(false)
    expect(await isRevoked(claimsOf({ sub: 'élan 漢字' }))).toBe(false)
    expect(await store.list()).toHaveLength(1)
  })

  test.each([
    [{ issuer, jti: '' }, 'jti must be a text of 1 to 1024 characters'],
    [{ issuer, jti: 'x'.repeat(1025) }, 'jti must be'],
    [{ issuer, jti: 'a\0' }, 'without NUL'],
    [{ issuer, subject: '\ud800' }, 'subject must be'],
    [{ issuer, subject: 7 }, 'subject must be'],
    [{ issuer: '', jti: 'x' }, 'issuer must be'],
    [{ issuer, subject: 'x', issuedBefore: new Date(NaN) }, 'issuedBefore must be a time'],
  ])('not %j', async (tokens, message) => {
    const { store } = instance()
    const failure = await store.revoke(tokens as never).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(TypeError)
    expect((failure as Error).message).toContain(message)
    expect(await store.list()).toEqual([])
  })

  test('1,024 characters are not too many', async () => {
    const jti = '漢'.repeat(1024)
    await instance().store.revoke({ issuer, jti })
    expect(await isRevoked(claimsOf({ jti }))).toBe(true)
  })

  test.each([new Date(Date.now() - 1), new Date(NaN)])('not until %s', async (until) => {
    await expect(instance().store.revoke({ issuer, jti: 'x' }, { until })).rejects.toThrow(TypeError)
  })

  test('without our tables it says what to do', async () => {
    const bare = await createDatabase({ tables: 'none' })
    const own = poolOf(bare.url)
    const store = revocations(own, { listen: false })
    await expect(store.revoke({ issuer, jti: 'x' })).rejects.toThrow('call await migrate(pool) first')
    await expect(store.isRevoked(claimsOf())).rejects.toThrow('call await migrate(pool) first')
    await migrate(own)
    await store.revoke({ issuer, jti: 'x' })
    await store.close()
    await own.end()
    await bare.drop()
  })

  test('expired rows are deleted on use, the others stay', async () => {
    await insertMany(2500)
    await pool.query(
      "UPDATE claimstake.revocations SET expires_at = now() - interval '1 s' WHERE jti <> 'many 7'",
    )
    const { store } = instance()
    await store.isRevoked(claimsOf())
    const count = async () => (await pool.query('SELECT FROM claimstake.revocations')).rowCount
    await eventually(async () => (await count()) === 1)
    expect(await store.list()).toMatchObject([{ jti: 'many 7' }])
  })
})

/** Waits for what another connection brings about. */
async function eventually(holds: () => Promise<boolean> | boolean): Promise<void> {
  const end = performance.now() + 10_000
  while (!(await holds())) {
    if (performance.now() > end) throw new Error('it did not come')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

describe('how often the database is asked', () => {
  test('once for a token, however often and by however many at once it is used', async () => {
    const { store, lookups, wait } = instance()
    const claims = claimsOf()
    const answers = await Promise.all(Array.from({ length: 100 }, async () => store.isRevoked(claims)))
    expect([new Set(answers), lookups()]).toEqual([new Set([false]), 1])
    for (let round = 0; round < 20; round++) {
      wait(2000)
      expect(await store.isRevoked(claims)).toBe(false)
    }
    expect(lookups()).toBe(1)
    // At once, without a promise, while the last look is young enough.
    expect(store.isRevoked(claims)).toBe(false)
  })

  test('other claims of the same content are another sight of it: nothing is remembered by their text', async () => {
    const { store, lookups } = instance()
    await store.isRevoked(claimsOf())
    await store.isRevoked(claimsOf())
    expect(lookups()).toBe(2)
  })

  test('once in 2.5 seconds for what is new, whatever the number of tokens', async () => {
    const { store, wait } = instance()
    const tokens = Array.from({ length: 200 }, (_, at) => claimsOf({ jti: `t-${at}`, sub: `s-${at}` }))
    const useAll = () => Promise.all(tokens.map(async (claims) => store.isRevoked(claims)))
    await useAll()
    expect(store.facts()).toMatchObject({ lookups: 200, looks: 1 })
    for (let round = 2; round < 6; round++) {
      wait(2499)
      await useAll()
      expect(store.facts().looks).toBe(round - 1)
      wait(1)
      await useAll()
      await store.close()
      expect(store.facts()).toMatchObject({ lookups: 200, looks: round })
    }
  })

  test('one revocation makes nobody else look up: of 10,000 tokens one does', async () => {
    const { store, lookups, wait } = instance()
    const tokens = Array.from({ length: 10_000 }, (_, at) => claimsOf({ jti: `t-${at}`, sub: `s-${at}` }))
    for (const claims of tokens) await store.isRevoked(claims)
    await instance().store.revoke({ issuer, jti: 't-4711' })
    wait(5000)
    const refused = []
    for (const claims of tokens) if (await store.isRevoked(claims)) refused.push(claims.jti)
    expect([refused, lookups()]).toEqual([['t-4711'], 10_001])
  }, 60_000)

  test('10,000 revocations at once make nobody else look up either; of more, each token does', async () => {
    const { store, lookups, wait } = instance()
    const [mine, other] = [claimsOf({ jti: 'many 9999', iss: 'x' }), claimsOf({ jti: 'free', sub: 'bo' })]
    const useBoth = async () => [await store.isRevoked(mine), await store.isRevoked(other)]
    expect(await useBoth()).toEqual([false, false])
    await insertMany(9_999)
    // Its own row has the key that revoke() makes.
    await instance().store.revoke({ issuer: 'x', jti: 'many 9999' })
    wait(5000)
    const started = performance.now()
    expect(await useBoth()).toEqual([true, false])
    const took = performance.now() - started
    expect(lookups()).toBe(3)
    expect(store.facts().remembered).toBe(10_000)
    process.stdout.write(`10,000 revocations were read and held against a token in ${took.toFixed(0)} ms\n`)

    await pool.query(
      "INSERT INTO claimstake.revocations (key, issuer, jti) VALUES (sha256('x'), 'x', 'one more')",
    )
    wait(5000)
    expect(await useBoth()).toEqual([true, false])
    expect(lookups()).toBe(5)
    expect(store.facts().remembered).toBe(0)
  }, 60_000)

  test('what is read again while it is recent is no news', async () => {
    const { store, lookups, wait } = instance()
    const claims = claimsOf()
    await store.isRevoked(claims)
    await store.revoke({ issuer, subject: 'ana', issuedBefore: new Date(Date.now() - day) })
    for (let round = 0; round < 5; round++) {
      wait(5000)
      expect(await store.isRevoked(claims)).toBe(false)
    }
    // Once for the token, once for the news of its subject.
    expect(lookups()).toBe(2)
  })

  test('a revoked token is looked up again after five seconds, so that it can be restored', async () => {
    const { store, lookups, wait } = instance()
    const claims = claimsOf()
    await store.revoke({ issuer, jti: 't-1' })
    expect(await store.isRevoked(claims)).toBe(true)
    await store.restore({ issuer, jti: 't-1' })
    wait(4999)
    expect(store.isRevoked(claims)).toBe(true)
    expect(lookups()).toBe(1)
    wait(1)
    expect(await store.isRevoked(claims)).toBe(false)
    expect(lookups()).toBe(2)
  })
})

describe('how soon a revocation is known', () => {
  test('after five seconds at the latest, by looking alone', async () => {
    const { store, wait } = instance()
    const claims = claimsOf()
    expect(await store.isRevoked(claims)).toBe(false)
    await instance().store.revoke({ issuer, jti: 't-1' })
    expect(store.isRevoked(claims)).toBe(false)
    wait(4999)
    // Begins a look, for which nobody waits.
    expect(store.isRevoked(claims)).toBe(false)
    wait(1)
    expect(await store.isRevoked(claims)).toBe(true)
  })

  test('at once where it is heard, though the clock stands still', async () => {
    const store = revocations(pool, { now: () => 0 })
    opened.push(store)
    const claims = claimsOf()
    expect(await store.isRevoked(claims)).toBe(false)
    await eventually(() => store.facts().isListening)
    await instance().store.revoke({ issuer, jti: 't-1' })
    await eventually(async () => store.isRevoked(claims))
  })

  test('also when psql writes, and in a transaction only when it is committed', async () => {
    const client = await pool.connect()
    const store = revocations(pool)
    opened.push(store)
    const claims = claimsOf()
    await store.isRevoked(claims)
    const key = revocationKey(issuer, 'jti', 't-1')
    await client.query('BEGIN')
    await client.query(
      `INSERT INTO claimstake.revocations (key, issuer, jti) VALUES ('\\x${key}', '${issuer}', 't-1')`,
    )
    expect(await store.isRevoked(claims)).toBe(false)
    await client.query('COMMIT')
    client.release()
    await eventually(async () => store.isRevoked(claims))
  })

  test('a transaction that was open for 50 seconds is found by looking: looks overlap', async () => {
    const { store, wait } = instance()
    const claims = claimsOf()
    await store.isRevoked(claims)
    await store.revoke({ issuer, jti: 't-1' })
    await pool.query("UPDATE claimstake.revocations SET revoked_at = now() - interval '50 s'")
    wait(5000)
    expect(await store.isRevoked(claims)).toBe(true)
  })

  test('one that was open for longer, after five minutes', async () => {
    const { store, wait } = instance()
    const claims = claimsOf()
    await store.isRevoked(claims)
    await store.revoke({ issuer, jti: 't-1' })
    await pool.query("UPDATE claimstake.revocations SET revoked_at = now() - interval '90 s'")
    wait(5000)
    expect(await store.isRevoked(claims)).toBe(false)
    wait(295_000)
    expect(await store.isRevoked(claims)).toBe(true)
  })

  test('a server whose clock is an hour behind may take over', async () => {
    let isOther = true
    let time = 0
    const query = async (text: string, values: unknown[]) => {
      const result = await pool.query<{ at?: string }>(text, values)
      const [row] = result.rows
      if (isOther && row?.at !== undefined) row.at = String(Number(row.at) + 3600)
      return result
    }
    const store = revocations(
      { query: query as unknown as Pool['query'] },
      { listen: false, now: () => time },
    )
    const claims = claimsOf()
    await store.isRevoked(claims)
    isOther = false
    await store.revoke({ issuer, jti: 't-1' })
    time += 5000
    expect(await store.isRevoked(claims)).toBe(true)
    await store.close()
  })

  test('looked up before it was committed, and remembered after the news of it had been read', async () => {
    const { store, holdLookups, wait } = instance()
    const [claims, other] = [claimsOf(), claimsOf({ jti: 'other', sub: 'bo' })]
    await store.isRevoked(other)
    const release = holdLookups()
    const early = store.isRevoked(claims)
    await eventually(() => store.facts().lookups === 2)
    await statementsEnded()
    await instance().store.revoke({ issuer, jti: 't-1' })
    wait(4000)
    // Another token's use begins the look that reads the news.
    await store.isRevoked(other)
    await eventually(() => store.facts().remembered === 1)
    release()
    expect(await early).toBe(false)
    expect(await store.isRevoked(claims)).toBe(true)
  })

  test('would be let in if it were remembered as of the answer, not as of the question', () => {
    const news = revocationNews(10)
    const asked = news.version()
    news.hear([{ key: 'a', at: '1' }])
    const answered = news.version()
    expect([news.concern(['a'], asked), news.concern(['a'], answered)]).toEqual([true, false])
  })

  test('news that are remembered no more: tokens from before are looked up, later ones are not', () => {
    const news = revocationNews(2)
    const before = news.version()
    news.hear(['a', 'b', 'c'].map((key) => ({ key, at: '1' })))
    const after = news.version()
    expect([news.concern(['x'], before), news.concern(['x'], after)]).toEqual([true, false])
    news.hear(['a', 'b', 'c'].map((key) => ({ key, at: '1' })))
    expect(news.version()).toBe(after)
    news.hear([{ key: 'c', at: '2' }])
    expect([news.concern(['c'], after), news.concern(['x'], after)]).toEqual([true, true])
  })
})

/** What was sent on the pool has been answered by the server. */
async function statementsEnded(): Promise<void> {
  const busy =
    "SELECT FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%key = ANY%' AND pid <> pg_backend_pid() AND datname = current_database()"
  await eventually(async () => (await pool.query(busy)).rowCount === 0)
}

describe('when the database is away', () => {
  test('tokens are looked up again while there is no news, and nobody is let in when that fails too', async () => {
    const { store, lookups, wait, failLooks } = instance()
    const claims = claimsOf()
    expect(await store.isRevoked(claims)).toBe(false)
    failLooks(true)
    wait(4999)
    expect(store.isRevoked(claims)).toBe(false)
    wait(1)
    expect(await store.isRevoked(claims)).toBe(false)
    expect(lookups()).toBe(2)
    await store.revoke({ issuer, jti: 't-1' })
    wait(5000)
    expect(await store.isRevoked(claims)).toBe(true)
    expect(store.facts().failures).toBeGreaterThan(1)
  })

  test('it rejects, and says so within a second each time', async () => {
    const { store } = instance('postgresql://x@127.0.0.1:1/x')
    for (let round = 0; round < 3; round++)
      await expect(store.isRevoked(claimsOf())).rejects.toThrow('ECONNREFUSED')
    // Not each of them asks for news too.
    expect(store.facts()).toMatchObject({ lookups: 3, looks: 1, failures: 1 })
  })

  test('a connection that listens and is lost is made again, is told of once, and ends with close', async () => {
    const told: string[] = []
    const store = revocations(pool, { notice: (message) => told.push(message) })
    const claims = claimsOf()
    await store.isRevoked(claims)
    await eventually(() => store.facts().isListening)
    const kill =
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()"
    expect((await pool.query(kill)).rowCount).toBe(1)
    await eventually(() => !store.facts().isListening)
    await eventually(() => store.facts().isListening)
    expect(told).toHaveLength(1)
    await store.revoke({ issuer, jti: 't-1' })
    await eventually(async () => store.isRevoked(claims))
    await store.close()
    await eventually(async () => (await pool.query(kill)).rowCount === 0)
  })

  test('it need not listen: told once, and right all the same', async () => {
    const told: string[] = []
    const { options } = poolOf('postgresql://x@127.0.0.1:1/x')
    const query: Pool['query'] = pool.query.bind(pool)
    const store = revocations({ query, options }, { notice: (message) => told.push(message) })
    await store.isRevoked(claimsOf())
    await eventually(() => told.length === 1)
    await store.revoke({ issuer, jti: 't-1' })
    expect(await store.isRevoked(claimsOf())).toBe(true)
    expect(store.facts().isListening).toBe(false)
    await store.close()
  })

  test('a connection that cannot even be begun, for want of a certificate say, does not end the process', async () => {
    const unhandled: unknown[] = []
    const note = (reason: unknown) => void unhandled.push(reason)
    process.on('unhandledRejection', note)
    try {
      const told: unknown[] = []
      const connectionString = `${database.url}?sslmode=verify-full&sslrootcert=/there/is/none.pem`
      const query: Pool['query'] = pool.query.bind(pool)
      const options = { ...pool.options, connectionString }
      const store = revocations({ query, options }, { notice: (_, { err }) => told.push(err) })
      expect(await store.isRevoked(claimsOf())).toBe(false)
      await eventually(() => told.length === 1 || unhandled.length === 1)
      await new Promise(setImmediate)
      expect(unhandled).toEqual([])
      expect(told).toMatchObject([{ code: 'ENOENT' }])
      await store.close()
    } finally {
      process.off('unhandledRejection', note)
    }
  })
})

test('a role that may only read what is revoked is enough to ask', async () => {
  const role = `asker_${process.pid}`
  await runAt(
    database.url,
    `DROP ROLE IF EXISTS ${role}`,
    `CREATE ROLE ${role} LOGIN PASSWORD 'asker'`,
    `GRANT USAGE ON SCHEMA claimstake TO ${role}`,
    `GRANT SELECT ON claimstake.revocations TO ${role}`,
  )
  const url = new URL(database.url)
  ;[url.username, url.password] = [role, 'asker']
  const store = revocations(poolOf(url.href))
  await instance().store.revoke({ issuer, jti: 't-1' })
  expect(await store.isRevoked(claimsOf())).toBe(true)
  await eventually(() => store.facts().isListening)
  await store.close()
  await pools.pop()?.end()
  await runAt(database.url, `DROP OWNED BY ${role}`, `DROP ROLE ${role}`)
})
