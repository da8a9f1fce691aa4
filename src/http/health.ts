import express, { type Router } from 'express'

/** Whether the service can do its work; rejects or answers false where it cannot. */
export type Readiness = () => Promise<boolean>

/**
 * `/livez`: the process runs. `/readyz`: it can serve, so a load balancer may send requests. They say nothing else.
 */
export function health(isReady: Readiness): Router {
  return express
    .Router()
    .get('/livez', (_, response) => void response.json({ status: 'ok' }))
    .get('/readyz', async (_, response) => {
      const ready = await isReady().catch(() => false)
      if (!ready) response.set('Retry-After', '1')
      response.status(ready ? 200 : 503).json({ status: ready ? 'ready' : 'not ready' })
    })
}
