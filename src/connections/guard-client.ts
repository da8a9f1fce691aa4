import type { Pool } from 'pg'
import { guardPool } from './guard-pool.js'

/** What `@prisma/adapter-pg` makes connections with, as Prisma keeps it. */
interface AdapterFactory {
  readonly externalPool?: Pool | null
  connect?(): Promise<{ underlyingDriver?(): unknown }>
}

/**
 * Guards the connections of a Prisma client, whoever made its pool; see {@link guardPool}. A pool that the adapter makes
 * for itself is met when it is made: a client that has connected before has to be given one, by `createPool()`.
 */
export function guardClient(prisma: object): void {
  // Prisma has no public way from a client to its adapter; where this one is gone the pool stays as it is.
  const { _engineConfig: config } = prisma as { _engineConfig?: { adapter?: AdapterFactory } }
  const factory = config?.adapter
  if (isPool(factory?.externalPool)) guardPool(factory.externalPool)
  else if (factory?.connect) {
    const connect = factory.connect.bind(factory)
    factory.connect = async () => {
      const adapter = await connect()
      const driver = adapter.underlyingDriver?.()
      if (isPool(driver)) guardPool(driver)
      return adapter
    }
  }
}

/** By what it can do: an application may have a copy of `pg` of its own. */
function isPool(driver: unknown): driver is Pool {
  return typeof driver === 'object' && driver !== null && 'totalCount' in driver && 'connect' in driver
}
