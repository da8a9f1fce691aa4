import { setTimeout as after } from 'node:timers/promises'
import fc from 'fast-check'
import { shares, type Shares, type SharesOptions } from '../../../src/scope/shares.js'

const open = (options: Partial<SharesOptions> = {}) =>
  shares({ places: 8, ofOne: 5, waiting: 20, patience: 5000, ...options })

/** Works of callers that run until they are told to end. */
function works(gate: Shares) {
  const begun: string[] = []
  const ends = new Map<string, (failure?: Error) => void>()
  const run = (name: string) => {
    const [key = ''] = name.split(' ')
    return gate.run(
      key,
      () =>
        new Promise<string>((resolve, reject) => {
          begun.push(name)
          ends.set(name, (failure) => (failure ? reject(failure) : resolve(name)))
        }),
    )
  }
  const end = async (name: string, failure?: Error) => {
    ends.get(name)?.(failure)
    await after(0)
  }
  return { begun, run, end }
}
const several = (key: string, count: number) => Array.from({ length: count }, (_, at) => `${key} ${at + 1}`)
const refused = (detail: string) => ({
  code: 'OVERLOADED',
  status: 503,
  headers: { 'Retry-After': '1' },
  detail,
})

test('one caller has no more places than one may, and the last one is for somebody who has none', async () => {
  const { begun, run, end } = works(open())
  const all = several('ana', 7).map(run)
  expect(begun).toEqual(several('ana', 5))
  all.push(...several('bo', 3).map(run))
  expect(begun.slice(5)).toEqual(several('bo', 2))
  all.push(run('cy 1'), run('dee 1'))
  expect(begun.slice(7)).toEqual(['cy 1'])
  await end('ana 1')
  // Dee has none; Ana, Bo and Cy are not given the last place.
  expect(begun.slice(8)).toEqual(['dee 1'])
  await end('ana 2')
  await end('ana 3')
  expect(begun.slice(9)).toEqual(['ana 6'])
  for (const name of [...begun, 'bo 3', 'ana 7']) await end(name)
  await end('ana 7')
  await expect(Promise.all(all)).resolves.toHaveLength(12)
})

test('whoever waits is served by turns, caller by caller, not call by call', async () => {
  const { begun, run, end } = works(open({ places: 2, ofOne: 2 }))
  const all = [...several('ana', 6), ...several('bo', 2), ...several('cy', 1)].map(run)
  for (let at = 0; at < 9; at++) await end(begun[at] ?? '')
  await Promise.all(all)
  // Ana began with one place, the other being kept for somebody who has none.
  expect(begun.slice(0, 5)).toEqual(['ana 1', 'bo 1', 'ana 2', 'bo 2', 'cy 1'])
})

test('half of the places to wait in are for one caller, and all have no more than all: at once, not later', async () => {
  const gate = open({ places: 1, ofOne: 1, waiting: 4 })
  const { run, end, begun } = works(gate)
  const all = several('ana', 3).map(run)
  await expect(run('ana 4')).rejects.toMatchObject(
    refused('You have as many calls waiting as one caller may.'),
  )
  all.push(run('bo 1'), run('cy 1'))
  await expect(run('dee 1')).rejects.toMatchObject(refused('Too many calls are waiting.'))
  expect(gate.facts()).toEqual({ running: 1, waiting: 4, refused: { share: 1, room: 1, patience: 0 } })
  for (let at = 0; at < 5; at++) await end(begun[at] ?? '')
  await Promise.all(all)
  expect(gate.facts()).toMatchObject({ running: 0, waiting: 0 })
})

test('nobody waits longer than the patience, and who has gone takes no place', async () => {
  const gate = open({ places: 1, ofOne: 1, patience: 50 })
  const { run, end, begun } = works(gate)
  const first = run('ana 1')
  await expect(run('bo 1')).rejects.toMatchObject(refused('Too many calls came before this one.'))
  await end('ana 1')
  await first
  const next = run('cy 1')
  expect(begun).toEqual(['ana 1', 'cy 1'])
  await end('cy 1')
  await next
  expect(gate.facts()).toEqual({ running: 0, waiting: 0, refused: { share: 0, room: 0, patience: 1 } })
})

test('work that fails gives its place back, also where it throws at once', async () => {
  const gate = open({ places: 1, ofOne: 1 })
  const { run, end } = works(gate)
  const [one, other] = [run('ana 1'), run('ana 2')]
  await Promise.all([expect(one).rejects.toThrow('broken'), end('ana 1', new Error('broken'))])
  await end('ana 2')
  await other
  const thrown = gate.run('ana', () => {
    throw new Error('at once')
  })
  await expect(thrown).rejects.toThrow('at once')
  expect(gate.facts()).toMatchObject({ running: 0, waiting: 0 })
})

test('F04 work that had to wait is given up when the database does not answer in the rest of its time; its place stays taken', async () => {
  const gate = open({ places: 1, ofOne: 1, patience: 100 })
  const { run, end } = works(gate)
  const first = run('ana 1')
  const second = run('bo 1')
  await after(50)
  await end('ana 1')
  await first
  const began = performance.now()
  await expect(second).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  expect(performance.now() - began).toBeLessThan(1000)
  expect(gate.facts().running).toBe(1)
  await end('bo 1')
  expect(gate.facts().running).toBe(0)
})

test('work that was given up learns of it, whatever it has done since, and work that did not wait is not given up', async () => {
  const gate = open({ places: 1, ofOne: 1, patience: 100 })
  const { run, end } = works(gate)
  const first = run('ana 1')
  const told: unknown[] = []
  const late = gate.run('bo', async (mustBeInTime) => {
    mustBeInTime()
    await after(900)
    try {
      mustBeInTime()
    } catch (error) {
      told.push(error)
      throw error
    }
  })
  await end('ana 1')
  await first
  const began = performance.now()
  await expect(late).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  expect(performance.now() - began).toBeLessThan(900)
  // It has its place until its end.
  await expect(gate.run('cy', () => Promise.resolve())).rejects.toMatchObject({ code: 'OVERLOADED' })
  await after(400)
  expect(told).toMatchObject([{ code: 'UNAVAILABLE' }])
  const unhurried = gate.run('cy', async (mustBeInTime) => {
    await after(1000)
    mustBeInTime()
    return 'done'
  })
  await expect(unhurried).resolves.toBe('done')
})

test('whatever comes and ends: no bound is passed, nobody is forgotten, and nothing is left', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({ places: fc.integer({ min: 1, max: 8 }), ofOne: fc.integer({ min: 1, max: 4 }) }),
      fc.array(fc.record({ key: fc.constantFrom('a', 'b', 'c', 'd'), ends: fc.nat(5) }), { maxLength: 60 }),
      async (options, steps) => {
        const gate = open({ ...options, waiting: 1000 })
        const running = new Map<string, number>()
        const endings: (() => void)[] = []
        const all: Promise<void>[] = []
        const check = () => {
          const counts = [...running.values()]
          expect(Math.max(0, ...counts)).toBeLessThanOrEqual(options.ofOne)
          expect(counts.reduce((sum, each) => sum + each, 0)).toBeLessThanOrEqual(options.places)
        }
        for (const { key, ends } of steps) {
          all.push(
            gate.run(key, async () => {
              running.set(key, (running.get(key) ?? 0) + 1)
              check()
              await new Promise<void>((end) => endings.push(end))
              running.set(key, (running.get(key) ?? 0) - 1)
            }),
          )
          for (let at = 0; at < ends; at++) endings.shift()?.()
          if (ends > 0) await after(0)
        }
        while (gate.facts().running > 0) {
          endings.shift()?.()
          await Promise.resolve()
          await after(0)
        }
        await Promise.all(all)
        expect(gate.facts()).toEqual({ running: 0, waiting: 0, refused: { share: 0, room: 0, patience: 0 } })
      },
    ),
    { numRuns: 100 },
  )
})
