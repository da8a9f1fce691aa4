import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { freePort, freshClone, type Clone, type Started } from './clone.js'

let clone: Clone
beforeAll(async () => {
  clone = await freshClone()
})
afterAll(() => clone.remove())

const running: Started[] = []
afterEach(async () => {
  for (const started of running.splice(0)) {
    started.interrupt('SIGKILL')
    await started.exited
  }
  expect(await postgresIsGone()).toBe(true)
})

async function start(env: Readonly<Record<string, string>> = {}): Promise<Started> {
  const started = clone.start({ PORT: String(await freePort()), ...env })
  running.push(started)
  return started
}

/** Whether no Postgres on the clone's data is left, within five seconds. */
async function postgresIsGone(): Promise<boolean> {
  for (let tries = 0; tries < 50; tries++) {
    const processes = execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })
    if (!processes.includes(clone.folder)) return true
    await after(100)
  }
  return false
}

const api = (url: string) => `${url}/v1`
const token = async (...claims: string[]) =>
  (await clone.command('npm', 'run', '--silent', 'token', '--', ...claims)).stdout.trim()
const call = (url: string, bearer: string, init: RequestInit = {}) =>
  fetch(url, { ...init, headers: { Authorization: `Bearer ${bearer}`, 'Content-Type': 'application/json' } })

describe('npm ci && npm start', () => {
  test('is ready within 60 s and prints the docs, a token and a curl that works', async () => {
    const started = await start()
    const { seconds } = await started.ready
    process.stdout.write(`npm start: ready after ${seconds.toFixed(1)} s\n`)
    expect(seconds).toBeLessThan(60)
    expect((await fetch(/Docs {3}(\S+)/u.exec(started.output())?.[1] ?? '')).status).toBe(200)
    const pasted = /^ {2}(TOKEN=\S+)\n {2}(curl .*)$/mu.exec(started.output())
    const answer = execFileSync('sh', ['-c', `${pasted?.[1] ?? 'false'}\n${pasted?.[2] ?? ''}`], {
      encoding: 'utf8',
    })
    expect(JSON.parse(answer)).toMatchObject({ items: [{ owner: 'ana' }, { owner: 'ana' }] })

    started.interrupt()
    await started.exited
    expect(started.output()).not.toMatch(/error|warn(?!.*Unknown)/iu)
  })

  test("the README's two curls show one caller his row and the other nothing", async () => {
    const started = await start()
    const { url } = await started.ready
    const readme = readFileSync(join(clone.folder, 'README.md'), 'utf8')
    const script =
      /# in a second terminal\n([\s\S]*?)```/u.exec(readme)?.[1]?.replace('http://localhost:3000', url) ??
      'exit 1'
    const { stdout } = await clone.command('sh', '-c', script)
    expect(stdout).toMatch(
      /^HTTP\/1\.1 200 OK[\s\S]*"owner":"ana"[\s\S]*HTTP\/1\.1 404 Not Found[\s\S]*"NOT_FOUND"/u,
    )
  })

  test('a second start finds its data, also after both were killed', async () => {
    const first = await start()
    const { url } = await first.ready
    const ana = await token('user_id=ana')
    const created = await call(`${api(url)}/posts`, ana, { method: 'POST', body: '{"postname":"kept"}' })
    const { id } = (await created.json()) as { id: string }
    first.interrupt('SIGKILL')
    await first.exited
    expect(await postgresIsGone()).toBe(true)
    const second = await start()
    const answer = await call(`${api((await second.ready).url)}/posts/${id}`, ana)
    expect(await answer.json()).toMatchObject({ postname: 'kept', owner: 'ana' })
  })

  test('SIGTERM to npm alone stops service and database', async () => {
    const started = await start()
    await started.ready
    started.process.kill('SIGTERM')
    await started.exited
    expect(await postgresIsGone()).toBe(true)
  })

  test('F13 a request in flight is answered before it stops', async () => {
    const started = await start()
    const { url } = await started.ready
    const ana = await token('user_id=ana')
    const answers = Array.from({ length: 20 }, () => call(`${api(url)}/posts`, ana))
    await after(5)
    started.interrupt('SIGTERM')
    for (const answer of await Promise.all(answers)) expect(answer.status).toBe(200)
    await started.exited
  })

  test('a port in use says so and how to change it', async () => {
    const port = await freePort()
    const other = createServer().listen(port, '127.0.0.1')
    const started = await start({ PORT: String(port) })
    expect(await started.exited).toBe(1)
    expect(started.output()).toContain(`Port ${port} is in use. Choose another: PORT=${port + 1} npm start`)
    await new Promise((done) => other.close(done))
  })
})

describe('production', () => {
  const complete = {
    NODE_ENV: 'production',
    DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/none',
    SECRET: 'x'.repeat(32),
    ISSUER: 'https://id.example.com',
    AUDIENCE: 'api',
    JWT_SECRET: 'y'.repeat(32),
  }

  test.each(['DATABASE_URL', 'SECRET', 'ISSUER', 'AUDIENCE', 'JWT_SECRET'])(
    'T5 refuses to start without %s, or with it blank',
    async (name) => {
      const rest = Object.fromEntries(Object.entries(complete).filter(([key]) => key !== name))
      for (const env of [rest, { ...rest, [name]: ' ' }]) {
        const started = await start(env)
        expect(await started.exited).not.toBe(0)
        expect(started.output()).toContain(name)
      }
    },
  )
})

describe('a change of the schema', () => {
  test('a model with a rule is migrated and served with no other edit', async () => {
    await clone.edit(
      'prisma/schema.prisma',
      (text) =>
        `${text}\nmodel Recipe {\n  id String @id @default(uuid(7)) @db.Uuid\n  owner String\n  title String\n}\n`,
    )
    await clone.edit('src/data/resource.ts', (text) =>
      text.replace(
        '  Post: a.model()',
        "  Recipe: a.model().authorization((allow) => allow.owner().identityClaim('user_id')),\n\n  Post: a.model()",
      ),
    )
    const started = await start()
    const { url } = await started.ready
    expect(started.output()).toContain('CREATE TABLE "Recipe"')
    const created = await call(`${api(url)}/recipes`, await token('user_id=ana'), {
      method: 'POST',
      body: '{"title":"Soup"}',
    })
    expect([created.status, await created.json()]).toMatchObject([201, { owner: 'ana', title: 'Soup' }])
    expect((await clone.command('git', 'status', '--short')).stdout).toMatch(
      /\?\? prisma\/migrations\/\d+_\w+/u,
    )
  })

  test.each([
    ['Recipe: a.model()', 'Recipy: a.model()', 'Recipy'],
    [
      "allow.owner().identityClaim('user_id')),\n\n  Post",
      "allow.ownerDefinedIn('cook')),\n\n  Post",
      'cook',
    ],
  ])('a misspelt name fails tsc and the boot, naming it', async (right, wrong, name) => {
    await clone.edit('src/data/resource.ts', (text) => text.replace(right, wrong))
    const types = await clone
      .command('npx', 'tsc', '--noEmit')
      .catch((error: unknown) => error as { stdout: string })
    expect(types.stdout).toContain(name)
    const started = await start()
    expect(await started.exited).toBe(1)
    expect(started.output()).toMatch(new RegExp(`The rules do not fit the schema:[\\s\\S]*${name}`, 'u'))
    await clone.edit('src/data/resource.ts', (text) => text.replace(wrong, right))
  })
})
