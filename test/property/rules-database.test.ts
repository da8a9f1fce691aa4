import fc from 'fast-check'
import express, { type Express } from 'express'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pino } from 'pino'
import { createApp } from '../../src/app.js'
import { principal, type Principal } from '../../src/claims/principal.js'
import { ClaimstakeError } from '../../src/errors.js'
import { startRulesService, type RulesService } from '../support/rules/rules-service.js'
import {
  createAnswer,
  deleteAnswer,
  getAnswer,
  listAnswer,
  restValue,
  toJson,
  updateAnswer,
  type Expected,
} from './answers.js'
import { dataOf } from './compiled.js'
import { columns, everyRule, lists, type Row, type Rules } from './evaluator.js'
import { ownedSent, rowArbitrary, sentArbitrary, tightSent } from './random-rows.js'
import { writings, type Writing } from './random-writings.js'
import { announce, Count, holdsAsync, patience } from './runs.js'

// Random rules, callers and rows on Postgres: what the scoped client and what HTTP answer, and what is stored
// afterwards, held against RULES.md read row by row.

announce('rules-database')
const checked = new Count('rules-database: # cases checked on Postgres', 2_000)
const statuses: Record<string, number> = {}

interface Things {
  findMany(args?: object): Promise<Row[]>
  findUnique(args: object): Promise<Row | null>
  create(args: object): Promise<Row>
  createMany(args: object): Promise<unknown>
  update(args: object): Promise<Row>
  delete(args: object): Promise<Row>
  deleteMany(args?: object): Promise<unknown>
}

let service: RulesService
let things: Things
let server: Server
let app: Express = express()
let url: string
beforeAll(async () => {
  service = await startRulesService(() =>
    Promise.reject(new Error('each set of rules has an app of its own')),
  )
  things = service.unscoped.thing as unknown as Things
  server = createServer((request, response) => void app(request, response)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/things`
})
afterAll(async () => {
  server.closeAllConnections()
  server.close()
  await service.stop()
})

/** A caller at rules and rows. He gets, updates and deletes the first row, and creates one. */
interface World extends Writing {
  readonly others: readonly Row[]
  readonly made: Row
}

const worldArbitrary: fc.Arbitrary<World> = fc
  .record({
    writing: writings(3),
    others: fc.array(rowArbitrary, { minLength: 1, maxLength: 3 }),
    made: fc.oneof(sentArbitrary, tightSent, ownedSent, ownedSent),
  })
  .filter(({ writing: { rules, sent } }) => everyRule(rules).length > 0 && Object.keys(sent).length > 0)
  .map(({ writing, others, made }) => ({
    ...{ ...writing, row: stored(writing.row, 0), made },
    others: others.map((row, at) => stored(row, at + 1)),
  }))

/** A row with an id of its own, as the database has it: of a list Prisma makes no difference between NULL and empty. */
function stored(row: Row, at: number): Row {
  const filled = Object.fromEntries(lists.map((name) => [name, row[name] ?? []])) as Row
  return { ...row, ...filled, id: `0199aaaa-0000-7000-8000-${String(at).padStart(12, '0')}` }
}

const nothing: Row = Object.fromEntries(columns.map((name) => [name, null]))

/** One way to act as a caller; what comes of it is written as {@link Expected}, without what is stored. */
interface Way {
  get(id: unknown): Promise<Expected>
  list(): Promise<Expected>
  create(data: Row): Promise<Expected>
  update(id: unknown, data: Row): Promise<Expected>
  delete(id: unknown): Promise<Expected>
}

async function agrees(world: World, act: Way, read: (row: Row) => Row): Promise<void> {
  const { rules, who, row, others, sent, made } = world
  const rows = [row, ...others]
  await store(rows)

  const answers = async (expected: Expected, actual: Expected, after: readonly Row[]) => {
    const { stored: _, ...told } = expected
    const seen = {
      ...told,
      ...(told.row && { row: read(told.row) }),
      ...(told.rows && { rows: told.rows.map(read) }),
    }
    expect(actual).toEqual(seen)
    expect(await things.findMany({ orderBy: { id: 'asc' } })).toEqual(after)
    statuses[expected.status] = (statuses[expected.status] ?? 0) + 1
    checked.add()
  }
  await answers(getAnswer(rules, who, row), await act.get(row['id']), rows)
  await answers(listAnswer(rules, who, rows), await act.list(), rows)

  const creation = await act.create(made)
  const expected = createAnswer(rules, who, made, creation.row?.['id'])
  await answers(expected, creation, expected.stored ? [...rows, expected.stored] : rows)
  await things.deleteMany({ where: { id: { notIn: rows.map(({ id }) => id) } } })

  const update = updateAnswer(rules, who, row, sent)
  await answers(update, await act.update(row['id'], sent), [update.stored ?? row, ...others])
  const [now = row] = await things.findMany({ where: { id: row['id'] } })
  const removal = deleteAnswer(rules, who, now)
  await answers(removal, await act.delete(row['id']), 'stored' in removal ? others : [now, ...others])
}

test(
  'the scoped client answers and stores as the text of RULES sections 3 to 5 does',
  () =>
    holdsAsync(
      fc.asyncProperty(worldArbitrary, (world) =>
        agrees(world, throughClient(world.rules, world.who), (row) => row),
      ),
      260,
    ),
  patience,
)

test(
  'HTTP answers and stores as RULES sections 3 to 5 and REST section 4 do',
  () =>
    holdsAsync(
      fc.asyncProperty(worldArbitrary, async (world) => {
        const { rules, who } = world
        app = appOf(rules, who)
        await agrees(world, overHttp(), (row) => asRest(rules, who, row))
        // A hidden row answers as one that does not exist.
        const update = updateAnswer(rules, who, world.row, world.sent)
        if (getAnswer(rules, who, world.row).status === 200 || 'stored' in update) return
        const missing = '0199aaaa-0000-7000-8000-000000000404'
        expect(await overHttp().update(missing, world.sent)).toEqual(update)
      }),
      160,
    ),
  patience,
)

// What a run has found.

test('an owner that he could know on no row is refused by its name, whatever row is named', async () => {
  const bo = { sub: 'sub-1', username: 'bo' }
  const row = stored(nothing, 0)
  const world: World = {
    rules: {
      model: [
        { strategy: 'authenticated', operations: ['update'] },
        { strategy: 'owner', column: 'owner', list: false, provider: 'function' },
      ],
      fields: {},
    },
    who: principal({ provider: 'userPools', issuer: 'https://id', claims: bo }),
    ...{ row, others: [stored(nothing, 1)], sent: { owner: null }, made: { title: 'a' } },
  }
  expect(updateAnswer(world.rules, world.who, row, world.sent)).toEqual({ status: 403 })
  await agrees(world, throughClient(world.rules, world.who), (shown) => shown)
  app = appOf(world.rules, world.who)
  await agrees(world, overHttp(), (shown) => asRest(world.rules, world.who, shown))
})

test('enough cases were checked, of every kind of answer', () => {
  process.stdout.write(`rules-database: answers by status ${JSON.stringify(statuses)}\n`)
  for (const status of [200, 201, 204, 401, 403, 404]) expect(statuses[status] ?? 0).toBeGreaterThan(10)
  checked.expectEnough()
})

/** Makes these the only rows. Of every second one an empty list is NULL, as a table of older days may hold. */
async function store(rows: readonly Row[]): Promise<void> {
  const json = JSON.stringify(rows.map((row, at) => asJson(at % 2 ? row : withoutEmpty(row))))
  await service.unscoped.$transaction([
    service.unscoped.$executeRaw`DELETE FROM "Thing"`,
    service.unscoped
      .$executeRaw`INSERT INTO "Thing" SELECT * FROM jsonb_populate_recordset(NULL::"Thing", ${json}::jsonb)`,
  ])
}

// ---------------------------------------------------------------------------------------------------------------

function throughClient(rules: Rules, who: Principal): Way {
  const mine = service.db(dataOf(rules)).as(who).thing as unknown as Things
  const answer = async (status: 200 | 201 | 204, call: Promise<Row | null>): Promise<Expected> => {
    try {
      const row = await call
      if (row === null) return { status: 404 }
      const isUnseen = status === 200 && Object.keys(row).join() === 'id'
      return { status: isUnseen ? 204 : status, row }
    } catch (error) {
      return refused(error)
    }
  }
  return {
    get: (id) => answer(200, mine.findUnique({ where: { id } })),
    list: () =>
      mine.findMany({ orderBy: { id: 'asc' } }).then((rows): Expected => ({ status: 200, rows }), refused),
    create: (data) => answer(201, mine.create({ data })),
    update: (id, data) => answer(200, mine.update({ where: { id }, data })),
    // Of a deleted row HTTP says nothing; what the scoped client shows of it is held in test/authorization.
    delete: (id) => answer(204, mine.delete({ where: { id } })).then(({ status }) => ({ status })),
  }
}

function refused(error: unknown): Expected {
  if (error instanceof ClaimstakeError) return { status: error.status as Expected['status'] }
  if ((error as { code?: unknown }).code === 'P2025') return { status: 404 }
  throw error
}

function appOf(rules: Rules, who: Principal): Express {
  return createApp({
    db: service.db(dataOf(rules)),
    log: pino({ level: 'silent' }),
    isReady: () => Promise.resolve(true),
    authenticate: () => Promise.resolve(who),
  })
}

function overHttp(): Way {
  const ask = async (method: string, path: string, data?: Row): Promise<Expected> => {
    const answer = await fetch(`${url}${path}`, {
      method,
      ...(data && { body: JSON.stringify(asJson(data)), headers: { 'Content-Type': 'application/json' } }),
    })
    const text = await answer.text()
    const status = answer.status as Expected['status']
    if (status >= 400) {
      expect(JSON.parse(text)).toMatchObject({ status })
      return { status }
    }
    // The scoped client names the row that was written unseen; in a 204 the path does.
    if (status === 204) return method === 'PATCH' ? { status, row: { id: path.slice(1) } } : { status }
    const body = JSON.parse(text) as Row & { readonly items?: readonly Row[] }
    return body.items ? { status, rows: body.items } : { status, row: body }
  }
  return {
    get: (id) => ask('GET', `/${String(id)}`),
    list: () => ask('GET', '?limit=100'),
    create: (data) => ask('POST', '', data),
    update: (id, data) => ask('PATCH', `/${String(id)}`, data),
    delete: (id) => ask('DELETE', `/${String(id)}`),
  }
}

function asJson(row: Row): Row {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, toJson(value)]))
}

function asRest(rules: Rules, who: Principal, row: Row): Row {
  const shown = Object.entries(row).map(([name, value]) => [name, restValue(rules, who, name, value)])
  return Object.fromEntries(shown) as Row
}

function withoutEmpty(row: Row): Row {
  const kept = Object.entries(row).filter(([, value]) => !(Array.isArray(value) && value.length === 0))
  return Object.fromEntries(kept)
}
