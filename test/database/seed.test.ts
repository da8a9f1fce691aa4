import { PrismaPg } from '@prisma/adapter-pg'
import { seed } from '../../src/database/seed.js'
import { PrismaClient } from '../../src/generated/prisma/client.js'
import { createDatabase, type TestDatabase } from '../support/database.js'

let database: TestDatabase
let unscoped: PrismaClient

beforeAll(async () => {
  database = await createDatabase()
  unscoped = new PrismaClient({ adapter: new PrismaPg({ connectionString: database.url }) })
})
beforeEach(() => database.truncate())
afterAll(async () => {
  await unscoped.$disconnect()
  await database.drop()
})

test('fills an empty database with rows of several owners', async () => {
  await seed(unscoped)
  const posts = await unscoped.post.findMany({ orderBy: { id: 'asc' } })
  expect(posts.map(({ owner }) => owner)).toEqual(['ana', 'ana', 'bo'])
  expect(await unscoped.project.count({ where: { owners: { has: 'bo' }, teams: { has: 'design' } } })).toBe(1)
  expect(await unscoped.membership.count()).toBe(2)
  expect(await unscoped.product.count()).toBe(2)
})

test('brings back nothing that was changed or deleted', async () => {
  await seed(unscoped)
  await unscoped.post.updateMany({ data: { postname: 'mine now' } })
  await unscoped.comment.deleteMany()
  await seed(unscoped)
  expect(await unscoped.post.count({ where: { postname: 'mine now' } })).toBe(3)
  expect(await unscoped.comment.count()).toBe(0)
})

test('leaves a database alone that has a row of any model', async () => {
  await unscoped.todo.create({ data: { owner: 'dee', title: 'the only row' } })
  await seed(unscoped)
  expect(await unscoped.todo.count()).toBe(1)
  expect(await unscoped.post.count()).toBe(0)
})

test('seeds once when several instances start together', async () => {
  await Promise.all([seed(unscoped), seed(unscoped), seed(unscoped)])
  expect(await unscoped.todo.count()).toBe(3)
})

test('leaves sequences usable', async () => {
  await seed(unscoped)
  await expect(unscoped.todo.create({ data: { owner: 'ana', title: 'next' } })).resolves.toMatchObject({
    id: 4,
  })
})
