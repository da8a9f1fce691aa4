import pg from 'pg'
import { createDatabase, type TestDatabase } from '../support/database.js'
import { idempotentAnswers, type IdempotentAnswers } from '../../src/store/idempotent-answers.js'
import { nowAndThen } from '../../src/store/now-and-then.js'

let database: TestDatabase
let clients: pg.Client[]
beforeAll(async () => {
  database = await createDatabase()
})
beforeEach(async () => {
  await database.truncate()
  clients = []
})
afterEach(() => Promise.all(clients.map((client) => client.end())))
afterAll(() => database.drop())

const key = 'k'.repeat(22)
const kept = { key, fingerprint: 'f'.repeat(22), answer: 'sealed' }

/** A call in a transaction of its own, step by step, with one row as what it does. */
async function call(isolation = 'READ COMMITTED') {
  const client = new pg.Client({ connectionString: database.url })
  clients.push(client)
  await client.connect()
  await client.query(`BEGIN ISOLATION LEVEL ${isolation}`)
  const answers: IdempotentAnswers = idempotentAnswers(
    async (text, values) => (await client.query<Record<string, unknown>>(text, [...values])).rows,
  )
  return {
    ...answers,
    write: () => client.query(`INSERT INTO "Todo" (owner, title) VALUES ('ana', 'x')`),
    end: (how: 'COMMIT' | 'ROLLBACK') => client.query(how),
  }
}

async function todos(): Promise<number | null> {
  const client = new pg.Client({ connectionString: database.url })
  clients.push(client)
  await client.connect()
  return (await client.query('SELECT FROM "Todo"')).rowCount
}

test('a key that is taken is told at once, and is free when its call has ended, however it ended', async () => {
  const first = await call()
  expect(await first.take([key])).toBe(true)
  const second = await call()
  expect(await second.take([key])).toBe(false)
  expect(await second.take(['o'.repeat(22)])).toBe(true)
  await first.end('ROLLBACK')
  expect(await second.take([key])).toBe(true)
})

describe('a call with a key under each of two secrets', () => {
  const other = 'n'.repeat(22)
  const both = [{ ...kept, answer: 'sealed anew', key: other }, kept]

  test('has both or none: whoever knows one of them alone stands in its way, and the other way round', async () => {
    const [one, two] = [await call(), await call()]
    expect(await one.take([key])).toBe(true)
    expect(await two.take([other, key])).toBe(false)
    await one.end('COMMIT')
    await two.end('ROLLBACK')
    const [three, four] = [await call(), await call()]
    expect(await three.take([other, key])).toBe(true)
    expect([await four.take([key]), await four.take([other])]).toEqual([false, false])
  })

  test('of two that have their keys in another order the first comer has them', async () => {
    const [one, two] = [await call(), await call()]
    const taken = await Promise.all([one.take([other, key]), two.take([key, other])])
    expect(taken.filter(Boolean)).toHaveLength(1)
  })

  test('is kept for whoever knows one of them, and found under the one that somebody else kept', async () => {
    const [first, second] = [await call(), await call()]
    await first.take([other, key])
    expect(await first.keep(both)).toBe(true)
    await first.end('COMMIT')
    expect(await second.find([key])).toEqual(kept)
    expect(await second.find(['x'.repeat(22), other])).toEqual(both[0])
  })

  test('is not kept where there is an answer under one of them', async () => {
    const [first, second] = [await call(), await call()]
    await first.keep([kept])
    await first.end('COMMIT')
    expect(await second.keep(both)).toBe(false)
  })
})

test('what was kept is found by whoever takes the key next, in a transaction that was open all along', async () => {
  const [first, second] = [await call(), await call()]
  await first.take([key])
  expect(await second.take([key])).toBe(false)
  expect(await first.find([key])).toBeUndefined()
  await first.write()
  expect(await first.keep([kept])).toBe(true)
  await first.end('COMMIT')
  expect(await second.take([key])).toBe(true)
  expect(await second.find([key])).toEqual(kept)
})

test('the control: two calls that take no key both find nothing and both write', async () => {
  const [first, second] = [await call(), await call()]
  for (const each of [first, second]) {
    expect(await each.find([key])).toBeUndefined()
    await each.write()
  }
  await first.end('COMMIT')
  await second.end('COMMIT')
  expect(await todos()).toBe(2)
})

test('without the lock the second would wait for the first, and then be told not to commit', async () => {
  const [first, second] = [await call(), await call()]
  for (const each of [first, second]) await each.write()
  await first.keep([kept])
  const keeping = second.keep([kept])
  const isWaiting = await Promise.race([keeping.then(() => false), waits()])
  await first.end('COMMIT')
  expect([isWaiting, await keeping]).toEqual([true, false])
  await second.end('ROLLBACK')
  expect(await todos()).toBe(1)
})

test('a stricter isolation, under which the first write is not seen, does not commit a second one', async () => {
  const [first, second] = [await call(), await call('REPEATABLE READ')]
  expect(await second.find(['o'.repeat(22)])).toBeUndefined() // its view of the database begins here
  await first.take([key])
  await first.write()
  await first.keep([kept])
  await first.end('COMMIT')
  expect(await second.take([key])).toBe(true)
  expect(await second.find([key])).toBeUndefined()
  await second.write()
  const outcome = await second.keep([kept]).catch((error: unknown) => (error as { code?: string }).code)
  expect([false, '40001']).toContain(outcome)
  await second.end('ROLLBACK')
  expect(await todos()).toBe(1)
})

test('what fails for another reason than a missing table stays what it is', async () => {
  const cause = new Error('other')
  const answers = idempotentAnswers(() => Promise.reject(cause))
  await expect(answers.find([key])).rejects.toBe(cause)
})

describe('now and then', () => {
  test('is the first time, and not again before the pause is over', () => {
    let runs = 0
    const tidy = nowAndThen(3_600_000, () => {
      runs++
      return Promise.resolve()
    })
    tidy(() => undefined)
    tidy(() => undefined)
    expect(runs).toBe(1)
  })

  test('is again after the pause, also when it failed; the failure is told', async () => {
    const told: unknown[] = []
    const tidy = nowAndThen(0, () => Promise.reject(new Error(`run ${told.length}`)))
    const run = () =>
      new Promise<void>((done) => {
        tidy((error) => {
          told.push(error)
          done()
        })
      })
    await run()
    await run()
    expect(told).toEqual([new Error('run 0'), new Error('run 1')])
  })
})

/** Ends when a statement waits for another transaction. */
async function waits(): Promise<true> {
  const client = new pg.Client({ connectionString: database.url })
  clients.push(client)
  await client.connect()
  for (;;) {
    const { rowCount } = await client.query(
      "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
    )
    if (rowCount) return true
    await new Promise((done) => setTimeout(done, 5))
  }
}
