import { existsSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { chromium, type Browser } from 'playwright-core'
import { freePort, freshClone, type Clone, type Started } from './clone.js'

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  existsSync,
)

let clone: Clone
let started: Started
let browser: Browser
let site: Server
let origin: string
beforeAll(async () => {
  if (!executablePath) throw new Error('This test needs Chromium: apt-get install chromium')
  clone = await freshClone()
  // A page of another origin; `localhost` and `127.0.0.1` are two.
  const port = await freePort()
  origin = `http://127.0.0.1:${port}`
  site = createServer((_, response) => response.setHeader('Content-Type', 'text/html').end('<!doctype html>'))
  site.listen(port, '127.0.0.1')
  started = clone.start({ PORT: String(await freePort()), CORS_ORIGINS: origin })
  browser = await chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  })
})
afterAll(async () => {
  await browser.close()
  site.closeAllConnections()
  site.close()
  started.interrupt()
  await started.exited
  await clone.remove()
})

test('/docs lists the routes, takes a token and tries a call, and asks nobody but us', async () => {
  const { url } = await started.ready
  const page = await browser.newPage({ viewport: { width: 1200, height: 1000 } })
  const elsewhere: string[] = []
  const complaints: string[] = []
  page.on(
    'request',
    (request) =>
      request.url().startsWith(url) || request.url().startsWith('data:') || elsewhere.push(request.url()),
  )
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
  await page.goto(`${url}/docs`)
  await page.locator('#operations-tag-Post').waitFor()
  expect(await page.locator('.opblock').count()).toBe(0)

  const token = (await clone.command('npm', 'run', '--silent', 'token', '--', 'user_id=ana')).stdout.trim()
  await page.getByRole('button', { name: 'Authorize' }).first().click()
  await page.locator('.modal-ux input').fill(token)
  await page.locator('.modal-ux button[type=submit]').click()
  await page.locator('.modal-ux .close-modal').click()

  await page.locator('#operations-tag-Post').click()
  await page.locator('#operations-Post-listPosts .opblock-summary').click()
  await page.getByRole('button', { name: 'Execute' }).click()
  await page.locator('.live-responses-table .response-col_status', { hasText: '200' }).waitFor()
  expect(await page.locator('.live-responses-table').innerText()).toContain('"owner": "ana"')
  if (process.env['SCREENSHOT']) await page.screenshot({ path: process.env['SCREENSHOT'] })
  expect(elsewhere).toEqual([])
  expect(complaints).toEqual([])
})

interface PageCall {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

interface Seen {
  readonly status: number
  readonly etag: string | null
  readonly requestId: string | null
  readonly code: unknown
}

test('a page of a listed origin can call, write and read problems; of another origin it cannot', async () => {
  const { url } = await started.ready
  const token = (await clone.command('npm', 'run', '--silent', 'token', '--', 'user_id=ana')).stdout.trim()
  const page = await browser.newPage()

  /** What a script of the page sees of a call, or the kind of error it gets. */
  const seen = (path: string, init: PageCall = {}) =>
    page.evaluate(
      async ([target, options]): Promise<Seen | string> => {
        try {
          const answer = await fetch(target, options)
          const body = (await answer.json().catch(() => ({}))) as { code?: unknown }
          const { headers } = answer
          return {
            status: answer.status,
            etag: headers.get('ETag'),
            requestId: headers.get('X-Request-Id'),
            code: body.code,
          }
        } catch (error) {
          return (error as Error).name
        }
      },
      [url + path, init] as const,
    )
  const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' }
  const body = JSON.stringify({ postname: 'from a page' })

  await page.goto(origin)
  const created = await seen('/v1/posts', { method: 'POST', headers, body })
  expect(created).toMatchObject({ status: 201, etag: expect.stringMatching(/^"/u) as unknown })
  expect(await seen('/v1/posts', { headers })).toMatchObject({ status: 200 })
  expect(await seen('/v1/posts')).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' })
  expect(await seen('/v1/nothing', { headers })).toMatchObject({
    status: 404,
    code: 'NOT_FOUND',
    requestId: expect.any(String) as unknown,
  })
  const id = '0190a001-0000-7000-8000-000000000001'
  const patch = { method: 'PATCH', headers: { ...headers, 'If-Match': '"999-x"' }, body: '{}' }
  expect(await seen(`/v1/posts/${id}`, patch)).toMatchObject({ status: 412, code: 'PRECONDITION_FAILED' })
  expect(await seen('/metrics')).toBe('TypeError')

  await page.goto(origin.replace('127.0.0.1', 'localhost'))
  expect(await seen('/v1/posts', { headers })).toBe('TypeError')
  expect(await seen('/v1/posts', { method: 'POST', headers, body })).toBe('TypeError')
})
