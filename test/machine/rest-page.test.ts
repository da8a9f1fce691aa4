import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expectAnswer, stepsOf } from '../support/page-examples.js'
import { parseAnswer, type HttpAnswer } from '../support/shown-answer.js'
import { freePort, freshClone, type Clone, type Started } from './clone.js'

let clone: Clone
let started: Started
beforeAll(async () => {
  clone = await freshClone()
  started = clone.start({ PORT: String(await freePort()) })
})
afterAll(async () => {
  started.interrupt()
  await started.exited
  await clone.remove()
})

test('every example of docs/rest.md answers in a terminal as the page says', async () => {
  const { url } = await started.ready
  const steps = stepsOf(readFileSync(join(clone.folder, 'docs/rest.md'), 'utf8'), 'docs/rest.md')
  const script = steps.map(({ source, name }) => {
    const set = name === undefined ? '' : `\n: "\${${name}:?is empty}"`
    return `printf '%s\\n' '${mark}'\n${source.replace('http://localhost:3000', url)}${set}\necho\n`
  })
  const { stdout } = await clone.command('bash', '-c', script.join(''))
  const [, ...outputs] = stdout.split(`${mark}\n`)
  expect(outputs).toHaveLength(steps.length)
  expect(steps.length).toBeGreaterThan(30)
  for (const [at, step] of steps.entries()) {
    if (step.name !== undefined) continue
    try {
      expectAnswer(step, answerOf(outputs[at] ?? ''))
    } catch (cause) {
      throw new Error(`${step.where} ${step.source}\n${outputs[at]?.slice(0, 1000) ?? ''}`, { cause })
    }
  }
})

const mark = '---- next ----'

/** What curl printed; without `-i` the status is that of the problem, if it is one. */
function answerOf(output: string): HttpAnswer {
  if (output.startsWith('HTTP/')) return parseAnswer(output)
  const [, status = '200'] = /^\{"type":"[^"]+","title":"[^"]+","status":(\d{3}),/u.exec(output) ?? []
  return { status: Number(status), headers: {}, text: output.trim() }
}
