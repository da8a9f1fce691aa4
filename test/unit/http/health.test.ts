import express from 'express'
import supertest from 'supertest'
import { health } from '../../../src/http/health.js'

const app = (isReady: () => Promise<boolean>) => express().use(health(isReady))

test('whoever asks for readiness at the same time shares one answer, and the next one is a new one', async () => {
  let asked = 0
  const server = app(async () => {
    asked++
    await new Promise((done) => setTimeout(done, 200))
    return true
  }).listen(0)
  const ask = () => supertest(server).get('/readyz')
  const answers = await Promise.all(Array.from({ length: 20 }, ask))
  const together = asked
  const next = await ask()
  server.close()
  expect([...answers, next].map(({ status }) => status)).toEqual(Array(21).fill(200))
  expect(together).toBeLessThan(5)
  expect(asked).toBe(together + 1)
})

test.each([
  ['does not come', () => new Promise<boolean>(() => undefined)],
  ['is a failure', () => Promise.reject(new Error('no database'))],
  [
    'throws',
    (): Promise<boolean> => {
      throw new Error('at once')
    },
  ],
])('F03 an answer that %s is 503 within a second or so; /livez needs none', async (_, isReady) => {
  const began = performance.now()
  const { status, headers } = await supertest(app(isReady)).get('/readyz')
  expect([status, headers['retry-after']]).toEqual([503, '1'])
  expect(performance.now() - began).toBeLessThan(2000)
  expect((await supertest(app(isReady)).get('/livez')).status).toBe(200)
})
