import { adapterOf } from './adapter-of.js'

/** What is kept of a pool's size where nobody says it: that of `pg`. */
const standard = 10

/** How many connections a Prisma client has: what its driver adapter was given. */
export function connectionsOf(prisma: object): number {
  const max = adapterOf(prisma)?.config?.max
  return typeof max === 'number' && max >= 1 ? max : standard
}
