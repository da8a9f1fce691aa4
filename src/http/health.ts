import express, { type Router } from 'express'

/** How long the question is waited for, in milliseconds. */
const patience = 1000

/** Whether the service can do its work; rejects or answers false where it cannot. */
export type Readiness = () => Promise<boolean>

/**
 * `/livez`: the process runs. `/readyz`: it can serve, so a load balancer may send requests. They say nothing else. All
 * who ask for readiness at the same time share one answer, within a second.
 */
export function health(isReady: Readiness): Router {
  let underway: Promise<boolean> | undefined
  const answer = () =>
    (underway ??= inTime(isReady).finally(() => {
      underway = undefined
    }))
  return express
    .Router()
    .get('/livez', (_, response) => void response.json({ status: 'ok' }))
    .get('/readyz', async (_, response) => {
      const ready = await answer()
      if (!ready) response.set('Retry-After', '1')
      response.status(ready ? 200 : 503).json({ status: ready ? 'ready' : 'not ready' })
    })
}

/** No answer is one too. */
async function inTime(isReady: Readiness): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), patience)
  })
  const ready = (async () => isReady())().catch(() => false)
  return Promise.race([ready, late]).finally(() => clearTimeout(timer))
}
