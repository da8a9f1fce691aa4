import { createHash } from 'node:crypto'
import type { Pool } from 'pg'
import { createPool } from '../../src/connections/create-pool.js'
import { apiKeys, type ApiKeyStore } from '../../src/index.js'
import { createDatabase, type TestDatabase } from '../support/database.js'

const day = 86_400_000
const usual = 90 * day

let database: TestDatabase
let pool: Pool
let keys: ApiKeyStore
beforeAll(async () => {
  database = await createDatabase()
  pool = createPool({ url: database.url, onError: () => undefined })
  keys = apiKeys(pool)
})
beforeEach(() => database.truncate())
afterAll(async () => {
  await pool.end()
  await database.drop()
})

/** The store on the same database, which notes each statement that is sent to it. */
function watched(): { keys: ApiKeyStore; sent: string[] } {
  const sent: string[] = []
  const query = (...args: unknown[]) => {
    sent.push(String(args[0]))
    return (pool.query as (...given: unknown[]) => Promise<unknown>).apply(pool, args)
  }
  return { keys: apiKeys({ query: query as Pool['query'] }), sent }
}

/** The other value of a hexadecimal digit. */
const other = (digit: string) => (digit === '0' ? '1' : '0')

async function dump(): Promise<string> {
  const { rows } = await pool.query<{ row: string }>('SELECT k::text AS row FROM claimstake.api_keys k')
  return rows.map(({ row }) => row).join('\n')
}

test('a new key is found by its text, and by nothing else', async () => {
  const { key, id, expiresAt } = await keys.create({ name: 'billing' })
  expect(key).toMatch(/^claimstake_[0-9a-f]{16}_[0-9a-f]{64}$/u)
  expect(await keys.find(key)).toEqual({ id, expiresAt: expiresAt.getTime() })
  const last = key.at(-1) ?? ''
  for (const wrong of [key.slice(0, -1) + other(last), key.replace(id, 'f'.repeat(16)), id, ''])
    expect(await keys.find(wrong)).toBeUndefined()
})

test('no two keys share a part', async () => {
  const made = await Promise.all(Array.from({ length: 50 }, () => keys.create({ name: 'many' })))
  expect(new Set(made.map(({ id }) => id)).size).toBe(50)
  expect(new Set(made.map(({ key }) => key.split('_')[2])).size).toBe(50)
})

test('of the secret only its SHA-256 is kept, and that opens nothing', async () => {
  const { key, id } = await keys.create({ name: 'billing' })
  const secret = key.split('_')[2] ?? ''
  const hash = createHash('sha256').update(secret).digest('hex')
  const leaked = await dump()
  expect(leaked).not.toContain(secret)
  expect(leaked).toContain(hash)
  for (const guess of [hash, `claimstake_${id}_${hash}`]) expect(await keys.find(guess)).toBeUndefined()
})

test('had the secret been kept as it is, what leaks would open the door', async () => {
  const { key, id } = await keys.create({ name: 'billing' })
  const kept = key.split('_')[2] ?? ''
  expect(await keys.find(`claimstake_${id}_${kept}`)).toBeDefined()
})

test('a revoked key is found no more; the others are, and the time of the first revocation stays', async () => {
  const [one, two] = [await keys.create({ name: 'one' }), await keys.create({ name: 'two' })]
  expect(await keys.revoke(one.id)).toBe(true)
  expect(await keys.find(one.key)).toBeUndefined()
  expect(await keys.find(two.key)).toBeDefined()
  const first = (await keys.list())[0]?.revokedAt
  expect(first).toBeInstanceOf(Date)
  expect(await keys.revoke(one.id)).toBe(true)
  expect((await keys.list())[0]?.revokedAt).toEqual(first)
  expect(await keys.revoke(two.key)).toBe(true)
  expect(await keys.find(two.key)).toBeUndefined()
})

test.each(['0123456789abcdef', '', '%', "' OR true --", 'x'.repeat(10_000)])(
  'nothing is revoked for %j',
  async (id) => {
    const { key } = await keys.create({ name: 'billing' })
    expect(await keys.revoke(id)).toBe(false)
    expect(await keys.find(key)).toBeDefined()
  },
)

test('an expired key is found no more', async () => {
  const { key, id } = await keys.create({ name: 'short' })
  await pool.query("UPDATE claimstake.api_keys SET expires_at = now() - interval '1 ms' WHERE id = $1", [id])
  expect(await keys.find(key)).toBeUndefined()
})

test('what cannot be a key does not get as far as the database', async () => {
  const { key, id } = await keys.create({ name: 'billing' })
  const store = watched()
  const secret = key.split('_')[2] ?? ''
  const odd = [
    '',
    'x',
    key.toUpperCase(),
    `${key} `,
    `${key}\n`,
    `${key}0`,
    key.slice(1),
    key.slice(0, -1),
    `claimstake_${id}_${secret.slice(0, 62)}é`,
    `claimstake_' OR true --_${secret}`,
    `claimstake_%_${secret}`,
    '\0',
    'x'.repeat(1_000_000),
  ]
  for (const text of odd) expect(await store.keys.find(text)).toBeUndefined()
  expect(store.sent).toEqual([])
  await store.keys.find(key)
  expect(store.sent).toHaveLength(1)
})

test('SQL in a key would find a row if it were pasted into the statement', async () => {
  await keys.create({ name: 'billing' })
  const id = "' OR true --"
  const { rowCount } = await pool.query(`SELECT FROM claimstake.api_keys WHERE id = '${id}'`)
  expect(rowCount).toBe(1)
  const { key } = await keys.create({ name: 'billing' })
  expect(await keys.find(key.replace(/_[0-9a-f]{16}_/u, `_${id}_`))).toBeUndefined()
})

test('lists every key with what is kept of it, the oldest first, and no secret', async () => {
  const one = await keys.create({ name: 'one', expiresInDays: 1 })
  await keys.create({ name: "two'; DROP TABLE claimstake.api_keys; --" })
  const list = await keys.list()
  expect(list.map(({ name }) => name)).toEqual(['one', "two'; DROP TABLE claimstake.api_keys; --"])
  const { key, ...kept } = one
  expect(list[0]).toEqual({ ...kept, revokedAt: null })
  expect(JSON.stringify(list)).not.toContain(key.split('_')[2])
})

describe('a key ends', () => {
  const lifetime = async (until: object) => {
    const { createdAt, expiresAt } = await keys.create({ name: 'x', ...until })
    return expiresAt.getTime() - createdAt.getTime()
  }

  test.each([
    ['after 90 days', {}, usual],
    ['after so many days', { expiresInDays: 0.5 }, day / 2],
    ['after three years at most', { expiresInDays: 1095 }, 1095 * day],
  ])('%s', async (_, until, expected) => {
    expect(Math.abs((await lifetime(until)) - expected)).toBeLessThan(5000)
  })

  test('at a time', async () => {
    const expiresAt = new Date(Date.now() + day)
    expect(await keys.create({ name: 'x', expiresAt })).toMatchObject({ expiresAt })
  })

  test.each([
    [{ expiresInDays: 0 }, 'in the future'],
    [{ expiresInDays: -1 }, 'in the future'],
    [{ expiresInDays: NaN }, 'in the future'],
    [{ expiresAt: new Date(NaN) }, 'in the future'],
    [{ expiresAt: new Date(0) }, 'in the future'],
    [{ expiresInDays: 1096 }, 'within three years'],
    [{ expiresInDays: Infinity }, 'within three years'],
    [{ expiresInDays: 1, expiresAt: new Date() }, 'not both'],
  ])('not with %j', async (until, message) => {
    await expect(keys.create({ name: 'x', ...until })).rejects.toThrow(message)
    expect(await keys.list()).toEqual([])
  })
})

test.each(['', ' ', 'a\nb', 'a\u001b[2J', 'x'.repeat(201), '\ud800', 'a\0'])(
  'the name %j is refused',
  async (name) => {
    await expect(keys.create({ name })).rejects.toThrow(TypeError)
  },
)
