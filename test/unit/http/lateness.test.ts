import { setTimeout as after } from 'node:timers/promises'
import { lateness } from '../../../src/http/lateness.js'

const block = (milliseconds: number) => {
  const end = performance.now() + milliseconds
  while (performance.now() < end);
}
/** Asks, as calls do, until the event loop has come round a few times. */
async function asked(isLate: () => boolean, meanwhile: () => void = () => undefined): Promise<boolean[]> {
  const answers: boolean[] = []
  for (let at = 0; at < 8; at++) {
    answers.push(isLate())
    meanwhile()
    await after(5)
  }
  return answers
}

test('F21 an event loop that stays late is told of, and no longer than it is', async () => {
  const isLate = lateness({ limit: 100, turns: 2, pause: 50 })
  const blocked = await asked(isLate, () => block(150))
  expect(blocked.slice(0, 2)).toEqual([false, false])
  expect(blocked.at(-1)).toBe(true)
  await after(300)
  expect(isLate()).toBe(false)
})

test('once is no overload', async () => {
  const isLate = lateness({ limit: 100, turns: 2, pause: 50 })
  isLate()
  block(300)
  await after(60)
  expect(await asked(isLate)).not.toContain(true)
})
