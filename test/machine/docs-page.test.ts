import { existsSync } from 'node:fs'
import { chromium, type Browser } from 'playwright-core'
import { freePort, freshClone, type Clone, type Started } from './clone.js'

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  existsSync,
)

let clone: Clone
let started: Started
let browser: Browser
beforeAll(async () => {
  if (!executablePath) throw new Error('This test needs Chromium: apt-get install chromium')
  clone = await freshClone()
  started = clone.start({ PORT: String(await freePort()) })
  browser = await chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  })
})
afterAll(async () => {
  await browser.close()
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
  await page.locator('#operations-Post-listPosts').waitFor()

  const token = (await clone.command('npm', 'run', '--silent', 'token', '--', 'user_id=ana')).stdout.trim()
  await page.getByRole('button', { name: 'Authorize' }).first().click()
  await page.locator('.modal-ux input').fill(token)
  await page.locator('.modal-ux button[type=submit]').click()
  await page.locator('.modal-ux .close-modal').click()

  await page.locator('#operations-Post-listPosts').click()
  await page.getByRole('button', { name: 'Try it out' }).click()
  await page.getByRole('button', { name: 'Execute' }).click()
  await page.locator('.live-responses-table .response-col_status', { hasText: '200' }).waitFor()
  expect(await page.locator('.live-responses-table').innerText()).toContain('"owner": "ana"')
  if (process.env['SCREENSHOT']) await page.screenshot({ path: process.env['SCREENSHOT'] })
  expect(elsewhere).toEqual([])
  expect(complaints).toEqual([])
})
