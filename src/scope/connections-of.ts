/** What is kept of a pool's size where nobody says it: that of `pg`. */
const standard = 10

/** How many connections a Prisma client has: what its driver adapter was given, as Prisma keeps it. */
export function connectionsOf(prisma: object): number {
  // Prisma has no public way from a client to its adapter; where this one is gone the size has to be said.
  const { _engineConfig: config } = prisma as { _engineConfig?: { adapter?: { config?: { max?: unknown } } } }
  const max = config?.adapter?.config?.max
  return typeof max === 'number' && max >= 1 ? max : standard
}
