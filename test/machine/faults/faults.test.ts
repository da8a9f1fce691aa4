import { fork, type ChildProcess } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { compiledService, type CompiledService } from '../../support/compiled-service.js'
import { faultProxy } from '../../support/fault-proxy.js'
import { cluster } from './cluster.js'
import { faults, missingOnThisMachine, type Fault, type World } from './faults.js'
import { judge, type Entry } from './ledger.js'
import { serviceProcess, writersToken } from './service-process.js'
import type { Orders, Report } from './writer.js'

// Each fault, while a writer of its own process keeps a ledger of what it was answered: nothing acknowledged may be lost,
// nothing done twice, no call may wait long, and all must be well again soon.

const enough = 400
const longestAnswer = 3_000
const longestRecovery = 5_000

let compiled: CompiledService
let world: World
let token: string
const clockFile = () => join(world.postgres.folder, 'clock')
const head = [
  '| fault | acknowledged | unknown | lost | twice | half | longest answer | recovery | statuses |',
  '|---|---|---|---|---|---|---|---|---|',
]
const say = (line: string) => void process.stdout.write(`${line}\n`)

beforeAll(async () => {
  const missing = missingOnThisMachine()
  if (missing !== undefined) throw new Error(`The faults need ${missing}.`)
  head.forEach(say)
  compiled = compiledService()
  token = await writersToken()
  const postgres = await cluster({ size: 1024 })
  const proxy = await faultProxy(postgres.serviceUrl)
  const service = () => serviceProcess(compiled, () => proxy.through(postgres.serviceUrl))
  world = {
    ...{ proxy, postgres, services: [await service(), await service()] },
    clock: (offset) => writeFileSync(clockFile(), `${offset}\n`),
  }
}, 120_000)
afterAll(async () => {
  await world.proxy.close()
  await world.postgres.remove()
  compiled.remove()
})
let writer: ChildProcess | undefined
afterEach(async () => {
  writer?.kill('SIGKILL')
  world.proxy.onStatement = undefined
  for (const service of world.services) {
    service.signal('SIGKILL')
    await service.exited()
  }
  await world.postgres.start()
})

/** The writer, at work. */
function writing(orders: Orders) {
  const child = fork(join(import.meta.dirname, 'writer.ts'), [], {
    execArgv: ['--import', 'tsx'],
  })
  writer = child
  let acknowledged = 0
  let last = 'none'
  const ended = new Promise<readonly Entry[]>((done, fail) => {
    child.on('message', (report: Report) => {
      ;({ acknowledged, last } = report)
      if (report.ledger) done(report.ledger)
    })
    child.once('error', fail)
  })
  child.send(orders)
  const reaching = async (count: number) => {
    for (let waited = 0; acknowledged < count; waited += 20) {
      if (waited > 30_000)
        throw new Error(
          `only ${acknowledged} writes were acknowledged; last answer: ${last}\n${world.services[0].output()}`,
        )
      await after(20)
    }
  }
  return {
    reaching,
    more: (count: number) => reaching(acknowledged + count),
    stop: () => {
      child.send('stop')
      return ended
    },
  }
}

/** What the writer was answered, and when the fault was mended. */
async function under(fault: Fault) {
  const instances = world.services.slice(0, fault.instances ?? 1)
  world.clock('+0')
  for (const service of instances)
    await service.start({ ...fault.env?.(world), FAKETIME_TIMESTAMP_FILE: clockFile() })
  const load = writing({ urls: instances.map(({ url }) => url), token, connections: 12 })
  await load.reaching(100)
  await fault.happen(world)
  const mended = performance.timeOrigin + performance.now()
  await load.more(100)
  // All is well again only if it stays so.
  await after(1_500)
  await load.reaching(enough)
  return { mended, ledger: await load.stop() }
}

test.each(faults.map((fault) => [fault.name, fault] as const))('%s', async (name, fault) => {
  const { mended, ledger } = await under(fault)
  const verdict = await judge(world.postgres.url, ledger)
  const failures = ledger.filter(({ status }) => status === 0 || status >= 400)
  const longest = Math.max(...ledger.map(({ sent, answered }) => answered - sent))
  const recovery = Math.max(0, ...failures.map(({ answered }) => answered - mended))
  const statuses = [...new Set(ledger.map(({ status }) => status))].toSorted((one, other) => one - other)
  const counted = statuses.map((status) => {
    const count = ledger.filter((entry) => entry.status === status).length
    return `${status === 0 ? 'none' : status} × ${count}`
  })
  const { acknowledged, unknown, lost, duplicates, halves } = verdict
  const seconds = (milliseconds: number) => `${(milliseconds / 1000).toFixed(2)} s`
  say(
    `| ${[name, acknowledged, unknown, lost.length, duplicates.length, halves.length, seconds(longest), seconds(recovery), counted.join(', ')].join(' | ')} |`,
  )
  expect({ lost, duplicates, halves }).toEqual({ lost: [], duplicates: [], halves: [] })
  expect(acknowledged).toBeGreaterThanOrEqual(enough)
  expect(longest).toBeLessThanOrEqual(longestAnswer)
  expect(recovery).toBeLessThanOrEqual(longestRecovery)
  const expected = [200, 201, ...(fault.isHarmless ? [] : [409, 503]), ...(fault.cutsOff ? [0] : [])]
  expect(statuses.filter((status) => !expected.includes(status))).toEqual([])
})
