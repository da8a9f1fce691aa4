import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/database/embedded-postgres.js'
import { isAlive } from '../../src/database/running-postmaster.js'

// Who a process is, is read from /proc.
const onLinux = process.platform === 'linux' ? test : test.skip
const asRoot = process.getuid?.() === 0 ? test : test.skip

let folder: string
let running: EmbeddedPostgres[] = []
let children: ChildProcess[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'claimstake embedded '))
})
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL')
  await Promise.all(running.map(({ stop }) => stop()))
  children = []
  running = []
})
afterAll(() => rm(folder, { recursive: true }))

async function start(
  options: { port?: number; in?: string; log?: string[] } = {},
): Promise<EmbeddedPostgres> {
  const database = await startEmbeddedPostgres({
    folder: options.in ?? folder,
    port: options.port,
    durable: false,
    log: (line) => options.log?.push(line),
  })
  running.push(database)
  return database
}

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => undefined)
  await client.connect()
  const { rows } = await client.query<Record<string, unknown>>(sql)
  await client.end()
  return rows
}

const postmaster = async () =>
  Number((await readFile(join(folder, 'postgres/postmaster.pid'), 'utf8')).split('\n')[0])

/** Not counting an ended process that nobody has collected yet. */
async function runs(pid: number): Promise<boolean> {
  if (process.platform !== 'linux') return isAlive(pid)
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  return /^State:\t[^ZX]/m.test(status)
}

async function gone(pid: number): Promise<void> {
  while (await runs(pid)) await sleep(20)
}

/** Another process with a database in the folder, in a process group of its own like a job of a terminal. */
async function startElsewhere(): Promise<{ child: ChildProcess; url: string; output: () => string }> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'test/support/own-database.ts', folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  })
  children.push(child)
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  await once(child.stdout, 'data')
  return { child, url: output.trim(), output: () => output }
}

test('starts a server for this machine only, behind a password, and stops it', async () => {
  const { url, stop } = await start()
  expect(await query(url, 'SHOW listen_addresses')).toEqual([{ listen_addresses: '127.0.0.1' }])
  await query(url, 'CREATE TABLE kept AS SELECT 1 AS id')
  const wrong = new URL(url)
  wrong.password = 'guess'
  await expect(query(wrong.href, 'SELECT 1')).rejects.toThrow(/password authentication failed/)
  expect((await stat(join(folder, 'password'))).mode & 0o777).toBe(0o600)

  const pid = await postmaster()
  await Promise.all([stop(), stop()])
  await stop()
  expect(await runs(pid)).toBe(false)
})

test('finds its data, its port and its password again', async () => {
  const first = await start()
  await first.stop()
  const second = await start()
  expect(second.url).toBe(first.url)
  expect(await query(second.url, 'SELECT * FROM kept')).toEqual([{ id: 1 }])
})

onLinux('never runs as root', async () => {
  await start()
  expect((await stat(`/proc/${await postmaster()}`)).uid).not.toBe(0)
})

test('dies with its process, even when that is killed', async () => {
  const { child, url } = await startElsewhere()
  const pid = await postmaster()
  await query(url, 'CREATE TABLE survives AS SELECT 1 AS id')
  child.kill('SIGKILL')
  await gone(pid)
  const { url: again } = await start()
  expect(await query(again, 'SELECT * FROM survives')).toEqual([{ id: 1 }])
})

test('outlives Ctrl-C until the drain has ended', async () => {
  const { child, output } = await startElsewhere()
  const pid = await postmaster()
  process.kill(-(child.pid ?? 0), 'SIGINT')
  expect(await once(child, 'exit')).toEqual([0, null])
  expect(output()).toMatch(/drained\n$/)
  expect(await runs(pid)).toBe(false)
})

onLinux('ends a server that was orphaned because its guard was killed as well', async () => {
  const { child } = await startElsewhere()
  const orphan = await postmaster()
  const status = await readFile(`/proc/${orphan}/status`, 'utf8')
  const guard = Number(/^PPid:\t(\d+)$/m.exec(status)?.[1])
  // The guard's watcher too, once it is there: it would still stop the server when our process ends.
  const watchers = async () => {
    const text = await readFile(`/proc/${guard}/task/${guard}/children`, 'utf8')
    return text
      .trim()
      .split(' ')
      .map(Number)
      .filter((pid) => pid !== orphan)
  }
  while ((await watchers()).length === 0) await sleep(10)
  for (const pid of [...(await watchers()), guard]) {
    process.kill(pid, 'SIGKILL')
    await gone(pid)
  }
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(await runs(orphan)).toBe(true)
  await start()
  expect(await runs(orphan)).toBe(false)
})

test('leaves a database alone that another process uses', async () => {
  const { child } = await startElsewhere()
  await expect(start()).rejects.toThrow(new RegExp(`in use by process ${child.pid}: stop that one first`))
  expect(await runs(await postmaster())).toBe(true)
  child.kill('SIGKILL')
  await gone(await postmaster().catch(() => 0))
})

test('is not misled by a pid file that names a stranger', async () => {
  const stranger = spawn('sleep', ['60'])
  children.push(stranger)
  await writeFile(join(folder, 'postgres/postmaster.pid'), `${stranger.pid}\n`)
  const { url } = await start()
  expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  expect(await runs(stranger.pid ?? 0)).toBe(true)
})

test('recovers from a first start that was cut short', async () => {
  const cut = join(folder, 'cut short')
  await mkdir(join(cut, 'initialising-999999999'), { recursive: true })
  await mkdir(join(cut, 'postgres/base'), { recursive: true })
  const { url } = await start({ in: cut })
  expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  await expect(stat(join(cut, 'initialising-999999999'))).rejects.toThrow(/ENOENT/)
})

test('takes another port when its own is taken, unless told which', async () => {
  const { url, stop } = await start()
  await stop()
  const port = Number(new URL(url).port)
  const server = createServer().listen(port, '127.0.0.1')
  await once(server, 'listening')
  try {
    const moved = await start()
    expect(new URL(moved.url).port).not.toBe(String(port))
    await moved.stop()
    await expect(start({ port })).rejects.toThrow(`Port ${port} for the embedded database is in use`)
  } finally {
    server.close()
  }
})

asRoot('moves where its account may enter when root starts it in a private folder', async () => {
  const hidden = await mkdtemp(join(tmpdir(), 'claimstake-private-'))
  const log: string[] = []
  const { url, stop } = await start({ in: join(hidden, 'data'), log })
  expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  await stop()
  const place = /using (.+)\.$/m.exec(log.join('\n'))?.[1] ?? ''
  expect(place).toMatch(/claimstake\/data-[0-9a-f]{12}$/)
  await rm(place, { recursive: true })
  await rm(hidden, { recursive: true })
})
