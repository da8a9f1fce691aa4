import { rm, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort, freshClone, type Clone, type Started } from './clone.js'

// README, "Make it yours": its three steps as somebody does them who has tried the demo before, with a shop.
const models = `
enum OrderState {
  open
  paid
  shipped
}

/// Categories are within categories.
model Category {
  id       Int        @id @default(autoincrement())
  name     String     @unique
  parentId Int?
  parent   Category?  @relation("tree", fields: [parentId], references: [id])
  children Category[] @relation("tree")
  products Product[]
}

/// The demo has a model of this name, too.
model Product {
  id         String      @id @default(uuid(7)) @db.Uuid
  seller     String
  title      String
  price      Decimal     @db.Decimal(10, 2)
  details    Json?
  categories Category[]
  lines      OrderLine[]
  version    Int         @default(1)
}

model Order {
  id       String      @id @default(uuid(7)) @db.Uuid
  customer String
  state    OrderState  @default(open)
  placedAt DateTime    @default(now())
  lines    OrderLine[]
}

model OrderLine {
  orderId   String  @db.Uuid
  number    Int
  productId String  @db.Uuid
  quantity  Int     @default(1)
  order     Order   @relation(fields: [orderId], references: [id])
  product   Product @relation(fields: [productId], references: [id])

  @@id([orderId, number])
}
`

const rules = `import { a, defineData } from '../generated/claimstake.js'
import type { ClientSchema } from '../index.js'

const schema = a.schema({
  Category: a.model().authorization((allow) => [
    allow.group('Staff').withClaimIn('user_groups'),
    allow.authenticated().to(['read']),
  ]),
  Product: a.model().authorization((allow) => [
    allow.ownerDefinedIn('seller').identityClaim('user_id'),
    allow.authenticated().to(['read']),
  ]),
  Order: a.model().authorization((allow) => allow.ownerDefinedIn('customer').identityClaim('user_id')),
  OrderLine: a.model().authorization((allow) => allow.authenticated().to(['create', 'read'])),
})

export type Schema = ClientSchema<typeof schema>
export const data = defineData({ schema })
`

let clone: Clone
beforeAll(async () => {
  clone = await freshClone()
})
afterAll(() => clone.remove())

let running: Started | undefined
afterEach(() => stop())

/** Ctrl-C, and the end of it. */
async function stop(): Promise<void> {
  running?.interrupt()
  await running?.exited
  running = undefined
}

async function start(env: Readonly<Record<string, string>> = {}): Promise<Started> {
  await stop()
  running = clone.start({ PORT: String(await freePort()), ...env })
  return running
}

interface Answer {
  readonly status: number
  readonly body: Record<string, unknown>
}

/** A running service as Ana and others call it. */
async function ready(
  started: Started,
): Promise<(who: string, path: string, body?: object) => Promise<Answer>> {
  const { url } = await started.ready
  return async (who, path, body) => {
    const claims = [`user_id=${who}`, ...(who === 'staff' ? ['user_groups=["Staff"]'] : [])]
    const { stdout } = await clone.command('npm', 'run', '--silent', 'token', '--', ...claims)
    const answer = await fetch(`${url}/v1${path}`, {
      method: body ? 'POST' : 'GET',
      ...(body && { body: JSON.stringify(body) }),
      headers: { Authorization: `Bearer ${stdout.trim()}`, 'Content-Type': 'application/json' },
    })
    return { status: answer.status, body: (await answer.json()) as Answer['body'] }
  }
}

const schemaFile = 'prisma/schema.prisma'
const change = (from: string, to: string) => clone.edit(schemaFile, (text) => text.replace(from, to))
const migrations = async () =>
  (await readdir(join(clone.folder, 'prisma/migrations'))).filter((name) => !name.endsWith('.toml'))

/** Waits for a start that holds a migration back, and edits that migration. */
async function heldBack(statement: string, edit: (sql: string) => string): Promise<void> {
  const started = await start()
  expect(await started.exited).toBe(1)
  const written = /not applied:\n {2}(\S+)\n([^]*)Read it/u.exec(started.output())
  expect(written?.[2]).toContain(statement)
  await clone.edit(written?.[1] ?? '', edit)
}
const accept = (sql: string) => sql.slice(sql.indexOf('\n') + 1)

test('1, 2: models and rules of a shop, after the demo was tried', async () => {
  const call = await ready(await start())
  const created = await call('ana', '/posts', { postname: 'Hello', content: 'Mine alone.' })
  expect(created.status).toBe(201)
  await stop()

  await clone.edit(schemaFile, (text) => text.slice(0, text.indexOf('/// A post')) + models)
  await writeFile(join(clone.folder, 'src/data/resource.ts'), rules)
})

test('check:rules finds what is misspelt, and nothing that is not theirs', async () => {
  const check = () =>
    clone.command('npm', 'run', '--silent', 'check:rules').then(
      ({ stdout, stderr }) => ({ passed: true, text: stdout + stderr }),
      (error: unknown) => ({ passed: false, text: (error as { stderr: string }).stderr }),
    )
  expect(await check()).toMatchObject({ passed: true })

  await clone.edit('src/data/resource.ts', (text) =>
    text.replace("ownerDefinedIn('seller')", "ownerDefinedIn('sellr')"),
  )
  const { passed, text } = await check()
  expect(passed).toBe(false)
  expect(text).toMatch(/^src\/data\/resource\.ts\(\d+,\d+\): error .*Product has no field sellr/mu)
  expect(text).toMatch(/^ {2}- Product: ownerDefinedIn\('sellr'\).*it has id, seller/mu)
  expect(text).not.toMatch(/test\/|bench\/|src\/(?!data\/)/u)
  await clone.edit('src/data/resource.ts', (text) => text.replace('sellr', 'seller'))
})

test('3: npm start serves them', async () => {
  const started = await start()
  const call = await ready(started)
  expect(started.output()).toContain('CREATE TABLE "OrderLine"')
  expect(await migrations()).toEqual([expect.stringMatching(/^\d{14}_init$/u)])

  const lamps = await call('staff', '/categories', { name: 'Lamps' })
  expect(lamps).toMatchObject({ status: 201 })
  expect(
    await call('staff', '/categories', { name: 'Desk lamps', parentId: lamps.body['id'] }),
  ).toMatchObject({
    status: 201,
    body: { parentId: lamps.body['id'] },
  })
  const lamp = await call('ana', '/products', { title: 'Lamp', price: '39.90', details: { watts: 7 } })
  expect(lamp).toMatchObject({ status: 201, body: { seller: 'ana', price: '39.9', details: { watts: 7 } } })
  const productId = String(lamp.body['id'])
  expect(await call('bo', `/products/${productId}?include=categories`)).toMatchObject({
    status: 200,
    body: { categories: [] },
  })
  const order = await call('bo', '/orders', { state: 'paid' })
  const orderId = String(order.body['id'])
  expect(order).toMatchObject({ status: 201, body: { customer: 'bo', state: 'paid' } })
  expect(await call('bo', '/order-lines', { orderId, number: 1, productId })).toMatchObject({ status: 201 })
  expect(await call('bo', `/order-lines/${orderId}/1`)).toMatchObject({ status: 200, body: { quantity: 1 } })
  expect(await call('ana', `/orders/${orderId}`)).toMatchObject({ status: 404 })
  expect(await call('ana', '/posts')).toMatchObject({ status: 404 })
  await stop()
  expect(started.output()).not.toMatch(/error|TypeError/u)
})

test('a field more, another name for one, one less: each as README and the messages say', async () => {
  await change('  details    Json?', '  details    Json?\n  note       String?')
  const more = await ready(await start())
  const { body } = await more('ana', '/products', { title: 'Chair', price: '120', note: 'three legs' })
  expect(body).toMatchObject({ note: 'three legs' })
  const chair = `/products/${String(body['id'])}`

  await change('  title      String', '  name       String')
  await heldBack('DROP COLUMN "title"', () => 'ALTER TABLE "Product" RENAME COLUMN "title" TO "name";\n')
  const renamed = await ready(await start())
  expect(await renamed('ana', chair)).toMatchObject({ status: 200, body: { name: 'Chair' } })

  await change('  note       String?\n', '')
  await heldBack('DROP COLUMN "note"', accept)
  const less = await ready(await start())
  expect(await less('ana', chair)).toMatchObject({ status: 200, body: { name: 'Chair' } })
  expect((await less('ana', chair)).body).not.toHaveProperty('note')

  const again = await start()
  expect(await (await ready(again))('ana', chair)).toMatchObject({ status: 200 })
  expect(again.output()).not.toContain('migration')
  expect(await migrations()).toHaveLength(4)
})

test('on a machine where the demo never ran, its migration is not there either', async () => {
  await stop()
  await rm(join(clone.folder, 'prisma/migrations'), { recursive: true })
  await clone.command('git', 'checkout', 'prisma/migrations')
  const started = await start({ DATA_FOLDER: join(clone.folder, '.data-of-another') })
  await started.ready
  expect(await migrations()).toEqual([expect.stringMatching(/^\d{14}_init$/u)])
  const [name = ''] = await migrations()
  const sql = await readFile(join(clone.folder, 'prisma/migrations', name, 'migration.sql'), 'utf8')
  expect(sql).not.toMatch(/DROP|"Post"/u)
})
