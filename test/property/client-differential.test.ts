import fc from 'fast-check'
import { claimstake } from '../../src/claimstake.js'
import { catalog as exampleCatalog } from '../../src/generated/catalog.js'
import { PrismaClient as ExampleClient } from '../../src/generated/prisma/client.js'
import type { Data } from '../../src/policy/builder.js'
import { catalog as relationCatalog } from '../support/relations/generated/catalog.js'
import { PrismaClient as RelationClient } from '../support/relations/generated/prisma/client.js'
import { drawCaller } from './client-callers.js'
import { changes, checkWrite } from './client-check-write.js'
import { checkRead } from './client-check-read.js'
import { Draw } from './client-draw.js'
import { startFixture, type Fixture, type LooseClient } from './client-fixture.js'
import { Oracle } from './client-oracle.js'
import { drawRead } from './client-reads.js'
import { drawTables } from './client-rows.js'
import { exampleRules, relationRules } from './client-rules.js'
import { drawWrite } from './client-writes.js'
import { Tally } from './client-tally.js'
import { announce, holdsAsync, patience, seed } from './runs.js'

// Random calls by random callers on random rows, of models with every kind of relation. A second reading of the
// rules says what each caller may see and change, and the bare client on a database without the rest what he is told.

announce('client-differential')
const tally = new Tally()
const fixtures: Record<string, Fixture> = {}
beforeAll(async () => {
  fixtures['relations'] = await startFixture(
    'relations',
    relationCatalog,
    (adapter) => new RelationClient({ adapter, errorFormat: 'minimal' }),
  )
  fixtures['service'] = await startFixture(
    'service',
    exampleCatalog,
    (adapter) => new ExampleClient({ adapter, errorFormat: 'minimal' }),
  )
})
afterAll(async () => {
  for (const fixture of Object.values(fixtures)) await fixture.stop()
})

const clients = new Map<Data, ReturnType<typeof claimstake>>()

/** The library over these rules, made once. */
function libraryOf({ unscoped }: Fixture, data: Data): ReturnType<typeof claimstake> {
  const known = clients.get(data) ?? claimstake({ prisma: unscoped, data, secret: 's'.repeat(32) })
  clients.set(data, known)
  return known
}

const readsEach = 10
const writesEach = 8

/** A random caller before random rows, under one of these sets of rules. */
async function sceneOf(name: string, rules: Readonly<Record<string, Data>>, next: fc.GeneratorValue) {
  const fixture = fixtures[name] as Fixture
  const draw = new Draw(next)
  const chosen = draw.one(Object.keys(rules))
  const data = rules[chosen] as Data
  const who = drawCaller(draw)
  const oracle = new Oracle(data, fixture.models, who)
  const tables = drawTables(draw, fixture.models, fixture.links)
  await fixture.fill(tables)
  const scoped = libraryOf(fixture, data).as(who) as unknown as LooseClient
  return { fixture, scoped, chosen, scene: { draw, oracle, tables, links: fixture.links } }
}

async function reads(
  name: string,
  rules: Readonly<Record<string, Data>>,
  next: fc.GeneratorValue,
): Promise<void> {
  const { fixture, scoped, chosen, scene } = await sceneOf(name, rules, next)
  const { oracle, tables } = scene
  for (let at = 0; at < readsEach; at++) {
    const call = drawRead(scene)
    const finding = await checkRead(fixture, scoped, oracle, tables, call)
    tally.read(finding)
    if ('expected' in finding) {
      const { outcome, expected } = finding
      const report = { rules: chosen, claims: oracle.who.claims, call, outcome, expected, tables }
      throw disagreement(report)
    }
  }
}

async function writes(
  name: string,
  rules: Readonly<Record<string, Data>>,
  next: fc.GeneratorValue,
): Promise<void> {
  const { fixture, scoped, chosen, scene } = await sceneOf(name, rules, next)
  const { oracle, tables } = scene
  const before = await fixture.dump()
  for (let at = 0; at < writesEach; at++) {
    const call = drawWrite(scene)
    const { after, ...finding } = await checkWrite(fixture, scoped, oracle, before, call)
    tally.write(finding)
    if ('answer' in finding.outcome || 'expected' in finding) await fixture.fill(tables)
    if ('expected' in finding) {
      const { outcome, expected } = finding
      const changed = changes(before, after)
      const report = {
        rules: chosen,
        claims: oracle.who.claims,
        call,
        outcome,
        expected,
        changed,
        tables,
      }
      throw disagreement(report)
    }
  }
}

function disagreement(report: object): Error {
  return new Error(
    JSON.stringify(report, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value)),
  )
}

/** Holds on so many random scenes. A failure names the one call that is wrong, so nothing is shrunk. */
function holds(check: typeof reads, name: string, rules: typeof exampleRules, runs: number): Promise<void> {
  const property = fc.asyncProperty(fc.gen(), (next) => check(name, rules, next))
  return holdsAsync(property, runs, { endOnFailure: true })
}

test(
  'a read answers as the bare client does where what is hidden does not exist',
  async () => {
    await holds(reads, 'relations', relationRules, 145)
    await holds(reads, 'service', exampleRules, 35)
  },
  patience,
)

test(
  'a write changes what the rules let it, and nothing else',
  async () => {
    await holds(writes, 'relations', relationRules, 135)
    await holds(writes, 'service', exampleRules, 30)
  },
  patience,
)

test('enough calls were made, and enough writes succeeded', () => tally.expectEnough(seed))
