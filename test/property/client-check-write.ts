import { isDeepStrictEqual } from 'node:util'
import { leaks, type Finding } from './client-check-read.js'
import type { Args, Fixture, LooseClient } from './client-fixture.js'
import { keyOf, type Oracle } from './client-oracle.js'
import { uniqueOf } from './client-paging.js'
import { outcomeOf, redacted, reference, rightsOf, type Outcome } from './client-reference.js'
import { anyOfThem, Refused } from './client-refused.js'
import type { Call } from './client-scene.js'
import { Simulation } from './client-simulation.js'
import { simulateCall } from './client-simulate-call.js'
import type { Row, Tables } from './client-tables.js'
import { keyColumns } from './client-written.js'
import { literally } from './literally.js'
import { Verdict } from './client-verdict.js'
import { differences, storedAs, World } from './client-world.js'

/** What the rules say comes of a write. */
interface Expectation {
  readonly refused?: readonly string[]
  readonly mayRefuse: boolean
  readonly world: World
  /** The rows that are written, as they are then; of a delete, as they were. */
  readonly rows: readonly Row[]
}

/** Makes a writing call as the caller, and holds what comes of it and what is stored against the rules. */
export async function checkWrite(
  fixture: Fixture,
  scoped: LooseClient,
  oracle: Oracle,
  before: Tables,
  call: Call,
): Promise<Finding & { readonly after: Tables }> {
  const expected = await expectationOf(fixture, oracle, before, call)
  const outcome = await outcomeOf(scoped, call)
  const after = await fixture.dump()
  const found = (isRight: boolean, wanted: unknown) => ({
    outcome,
    after,
    exact: expected.refused !== undefined || !expected.mayRefuse,
    ...(isRight ? {} : { expected: wanted }),
  })

  const hidden = leaks(oracle, merged(before, after), outcome, call)
  if (hidden.length > 0) return found(false, { hidden })
  if ('refused' in outcome) {
    if (!isDeepStrictEqual(before, after)) return found(false, 'nothing changed by a refused call')
    const codes =
      expected.refused ?? (expected.mayRefuse ? [...anyOfThem, 'UNSUPPORTED_ARGUMENT'] : undefined)
    return found(codes?.includes(outcome.refused) ?? false, codes ? { refused: codes } : 'success')
  }
  if (expected.refused) return found(false, { refused: expected.refused, instead: changes(before, after) })
  const wrong = differences(expected.world, before, after)
  if (wrong.length > 0) return found(false, { stored: wrong })
  const answer = await answerTo(fixture, oracle, before, after, call, expected)
  return found(answer === undefined || isDeepStrictEqual(sorted(call, outcome), sorted(call, answer)), answer)
}

async function expectationOf(
  fixture: Fixture,
  oracle: Oracle,
  before: Tables,
  call: Call,
): Promise<Expectation> {
  const world = new World(fixture.models, fixture.links, before)
  const sim = new Simulation(oracle, world)
  const verdict = verdictOf(oracle, call)
  const isMass = ['updateMany', 'updateManyAndReturn', 'deleteMany'].includes(call.method)
  const matching =
    isMass && verdict.refusals.size === 0 ? await matchingRows(fixture, oracle, before, call) : undefined
  try {
    // A `where` and a selection are judged as those of a read are.
    const rows = simulateCall(sim, call, matching)
    if (verdict.refusals.size > 0) return { refused: [...verdict.refusals], mayRefuse: false, world, rows }
    return { mayRefuse: sim.mayRefuse || verdict.mayRefuse, world, rows }
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    const codes = sim.isTree || hasKeys(oracle, call) ? [...anyOfThem, ...error.codes] : error.codes
    // To count on from a value is to read it: where it is hidden the argument itself is refused.
    const isArgument = hasIncrement(call.args) || verdict.mayRefuse
    const asArgument = isArgument ? ['UNSUPPORTED_ARGUMENT'] : []
    return { refused: [...codes, ...verdict.refusals, ...asArgument], mayRefuse: false, world, rows: [] }
  }
}

function verdictOf(oracle: Oracle, { model, method, args }: Call): Verdict {
  const verdict = new Verdict(oracle)
  if (method.includes('Many') && args['where'] !== undefined) verdict.where(model, 'list', args['where'])
  if (!method.includes('Many')) verdict.selection(model, args)
  return verdict
}

/** The keys of the rows that a mass write's `where` finds: it sees what a list sees. */
async function matchingRows(
  fixture: Fixture,
  oracle: Oracle,
  before: Tables,
  { model, args }: Call,
): Promise<ReadonlySet<string>> {
  const select = Object.fromEntries(oracle.model(model).id.map(({ name }) => [name, true]))
  const known = redacted(oracle, before, fixture.links, () => 'list')
  const where = (args['where'] ?? {}) as Args
  const found = await fixture.imagine(args['where'] === undefined ? before : known, (tx) =>
    outcomeOf(tx, { model, method: 'findMany', args: literally({ where, select }) }),
  )
  if (!('answer' in found)) throw new Error(`a where that Prisma does not take: ${found.text}`)
  return new Set((found.answer as Row[]).map((row) => keyOf(oracle.model(model), row)))
}

/** What the caller is told of the rows he wrote; nothing where no one database stands for it. */
async function answerTo(
  fixture: Fixture,
  oracle: Oracle,
  before: Tables,
  after: Tables,
  call: Call,
  { world, rows }: Expectation,
): Promise<Outcome | undefined> {
  const { model, method, args } = call
  if (method.endsWith('Many')) return { answer: { count: rows.length } }
  const tables = method === 'delete' ? before : after
  const verdict = verdictOf(oracle, call)
  verdict.call(model, 'get')
  const right = rightsOf(oracle, tables, verdict.uses)
  if (!right) return undefined
  const { where: _where, data: _data, create: _create, update: _update, ...selection } = args
  const told: unknown[] = []
  // New rows first: an id that the database gave may be any.
  const known = new Set((before[model] ?? []).map((row) => keyOf(oracle.model(model), row)))
  const isFresh = (row: Row) => !known.has(keyOf(oracle.model(model), row))
  const stored = [...(tables[model] ?? [])].sort(
    (left, right) => Number(isFresh(right)) - Number(isFresh(left)),
  )
  for (const row of rows) {
    const is = storedAs(method === 'delete' ? row : (current(world, model, row) ?? row), stored)
    if (!is) return undefined
    stored.splice(stored.indexOf(is), 1)
    if (!oracle.holds(model, 'get', is)) {
      told.push(Object.fromEntries(oracle.model(model).id.map(({ name }) => [name, is[name]])))
      continue
    }
    const read = { model, method: 'findUnique', args: { where: uniqueOf(oracle, model, is), ...selection } }
    const answered = await reference(fixture, oracle, tables, right, read)
    if (!('answer' in answered)) throw new Error(`a selection that Prisma does not take: ${answered.text}`)
    told.push(answered.answer)
  }
  return { answer: method.endsWith('AndReturn') ? told : told[0] }
}

function current(world: World, model: string, row: Row): Row | undefined {
  const id = world.models.get(model)?.id ?? []
  return world.find(model, Object.fromEntries(id.map(({ name }) => [name, row[name]])))
}

/** Mass writes promise no order. */
function sorted({ method }: Call, outcome: Outcome): unknown {
  if (!('answer' in outcome) || !method.endsWith('AndReturn')) return outcome
  return (outcome.answer as unknown[]).map((row) => JSON.stringify(Object.entries(row as Row).sort())).sort()
}

/** Whether foreign keys are sent as they are: then rows beside the one that is written are judged too. */
function hasKeys(oracle: Oracle, { model, args }: Call): boolean {
  const keys = keyColumns(oracle.model(model))
  const sent = [args['data'] ?? {}, args['create'] ?? {}, args['update'] ?? {}].flat() as Args[]
  return sent.some((data) => Object.keys(data).some((field) => keys.has(field)))
}

function hasIncrement(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  return 'increment' in value || Object.values(value).some(hasIncrement)
}

/** Rows of both: what was hidden before and what is hidden after. */
function merged(before: Tables, after: Tables): Tables {
  return Object.fromEntries(
    Object.keys(before).map((name) => [name, [...(before[name] ?? []), ...(after[name] ?? [])]]),
  )
}

/** The rows that are not the same, for the report. */
export function changes(before: Tables, after: Tables): readonly string[] {
  return Object.keys(after).flatMap((name) => {
    const texts = (tables: Tables) => (tables[name] ?? []).map((row) => JSON.stringify(row))
    const [old, now] = [texts(before), texts(after)]
    return [
      ...old.filter((text) => !now.includes(text)).map((text) => `${name} had ${text}`),
      ...now.filter((text) => !old.includes(text)).map((text) => `${name} has ${text}`),
    ]
  })
}
