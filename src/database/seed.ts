import type { Prisma, PrismaClient } from '../generated/prisma/client.js'

/** Ids are fixed so that documentation and curls may name them. */
const id = (kind: number, number: number) =>
  `0190a0${kind.toString(16).padStart(2, '0')}-0000-7000-8000-${String(number).padStart(12, '0')}`

const posts = [
  { id: id(1, 1), owner: 'ana', postname: 'Hello', content: 'The first post of Ana.' },
  { id: id(1, 2), owner: 'ana', postname: 'A draft' },
  { id: id(1, 3), owner: 'bo', postname: 'Hello from Bo', content: 'Ana cannot see this.' },
]

const comments = [
  { id: id(2, 1), postId: id(1, 1), owner: 'ana', body: 'A note to myself.' },
  { id: id(2, 2), postId: id(1, 3), owner: 'bo', body: 'More to come.' },
]

/** Without ids: writing those of a sequence would not advance it. */
const todos = [
  { owner: 'ana', title: 'Water the plants' },
  { owner: 'ana', title: 'Read the rules', done: true },
  { owner: 'bo', title: 'Call Ana' },
]

const projects = [
  { id: id(3, 1), name: 'Website', owners: ['ana', 'bo'], teams: ['design'] },
  { id: id(3, 2), name: 'Garden', owners: ['bo'], teams: [] },
]

const memberships = [
  { teamId: 'design', userId: 'ana', role: 'lead' },
  { teamId: 'design', userId: 'cy' },
]

const employees = [
  {
    id: id(4, 1),
    owner: 'ana',
    name: 'Ana',
    bio: 'Likes plants.',
    salary: '4200.00',
    notes: 'Starts in May.',
  },
]

const products: Prisma.ProductCreateManyInput[] = [
  {
    id: id(5, 1),
    owner: 'ana',
    name: 'Lamp',
    sku: 'LAMP-1',
    status: 'active',
    price: '39.90',
    tags: ['home'],
  },
  { id: id(5, 2), owner: 'bo', name: 'Chair', sku: 'CHAIR-1', price: '120.00', scores: [4, 5] },
]

/**
 * Puts a little demo data of Ana, Bo and the group `design` into a database that has no row at all, so that
 * nothing a user has changed or deleted comes back. Safe on every start, also of several instances at once.
 * It belongs to the demo models: change or empty it along with them.
 *
 * @param unscoped a client that no rule restricts
 */
export async function seed(unscoped: PrismaClient): Promise<void> {
  if (!(await isEmpty(unscoped))) return
  await unscoped.$transaction(async (tx) => {
    const { count } = await tx.post.createMany({ data: posts, skipDuplicates: true })
    if (count === 0) return // another instance was faster
    await tx.comment.createMany({ data: comments })
    await tx.todo.createMany({ data: todos })
    await tx.project.createMany({ data: projects })
    await tx.membership.createMany({ data: memberships })
    await tx.employee.createMany({ data: employees })
    await tx.product.createMany({ data: products })
  })
}

async function isEmpty(unscoped: PrismaClient): Promise<boolean> {
  const counts = await Promise.all([
    unscoped.post.count({ take: 1 }),
    unscoped.comment.count({ take: 1 }),
    unscoped.todo.count({ take: 1 }),
    unscoped.project.count({ take: 1 }),
    unscoped.membership.count({ take: 1 }),
    unscoped.employee.count({ take: 1 }),
    unscoped.product.count({ take: 1 }),
  ])
  return counts.every((count) => count === 0)
}
