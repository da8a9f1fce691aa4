import { PrismaPg } from '@prisma/adapter-pg'
import express from 'express'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import pg from 'pg'
import {
  apiKeys,
  authenticator,
  claimstake,
  ClaimstakeError,
  migrate,
  migrationSql,
  principal,
  type ClientSchema,
} from 'claimstake'
import { createTestIssuer } from 'claimstake/testing'
import { a, defineData } from './generated/claimstake.js'
import { PrismaClient } from './generated/prisma/client.js'

const schema = a.schema({
  CookBook: a
    .model({ level: a.field().authorization((allow) => allow.group('Editors')) })
    .authorization((allow) => [
      allow.ownerDefinedIn('curator').identityClaim('employee_no'),
      allow.group('Editors'),
    ])
    .path('books')
    .version('rev')
    .clientIds(),
  Recipe: a
    .model()
    .authorization((allow) => [allow.ownersDefinedIn('cooks').identityClaim('$.kitchen.name')]),
})
type Schema = ClientSchema<typeof schema>
const book: Schema['CookBook']['type'] = { isbn: '1', curator: '7', title: 'Soup', rev: 1 }

const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: process.env['URL'] ?? '' }) })
const db = claimstake({ prisma, data: defineData({ schema }), secret: 'one secret of the second project.' })
const issuer = createTestIssuer()
const pool = new pg.Pool({ connectionString: process.env['URL'] })
await migrate(pool)
await pool.query(migrationSql())
const keys = apiKeys(pool)
const authenticate = authenticator({ issuers: [issuer.settings], apiKeys: keys })
const app = express().use('/api', db.router({ authenticate }))
const server = app.listen(0, '127.0.0.1')
await once(server, 'listening')
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api`

const seen: unknown[] = []
async function call(
  claims: Record<string, unknown>,
  method: string,
  path: string,
  body?: object,
): Promise<void> {
  const answer = await fetch(`${url}${path}`, {
    method,
    headers: { Authorization: `Bearer ${await issuer.token(claims)}`, 'Content-Type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  const json = (text ? JSON.parse(text) : null) as { code?: string } | null
  seen.push([method, path, answer.status, json?.code ?? json])
}

const seven = { employee_no: 7, kitchen: { name: 'ana' } }
const eight = { employee_no: '8', kitchen: { name: 'bo' } }
await call(seven, 'POST', '/books', { isbn: book.isbn, title: book.title })
await call(eight, 'GET', '/books/1')
await call(seven, 'POST', '/recipes', { book: '1', number: 1, note: 'hot' })
await call(eight, 'POST', '/recipes', { book: '1', number: 2 })
await call(seven, 'GET', '/recipes/1/1')
await call(eight, 'GET', '/recipes')
await call({ groups: ['Editors'] }, 'GET', '/books')
await call(seven, 'PATCH', '/books/1', { title: 'x'.repeat(41) })
await call(seven, 'GET', '/secrets')

const mine = db.as(principal({ provider: 'oidc', issuer: 'any', claims: seven }))
const titles: string[] = (await mine.cookBook.findMany()).map(({ title }) => title)
seen.push(titles)
const refused: unknown = await mine.secret.findMany().catch((error: unknown) => error)
seen.push(refused instanceof ClaimstakeError ? refused.code : refused)
// @ts-expect-error the scoped client has no way to the bare one
const raw = (): unknown => mine.$queryRaw
try {
  raw()
} catch (error) {
  seen.push(error instanceof ClaimstakeError ? error.code : error)
}

const { key } = await keys.create({ name: 'consumer' })
for (const sent of [key, 'nonsense']) {
  const answer = await fetch(`${url}/books`, { headers: { 'X-Api-Key': sent } })
  seen.push(((await answer.json()) as { code?: string }).code)
}

process.stdout.write(JSON.stringify(seen))
server.close()
await prisma.$disconnect()
await pool.end()
