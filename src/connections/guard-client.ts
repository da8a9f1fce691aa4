import type { Pool } from 'pg'
import { adapterOf } from './adapter-of.js'
import { guardPool } from './guard-pool.js'

/**
 * Guards the connections of a Prisma client, whoever made its pool; see {@link guardPool}. A pool that the adapter makes
 * for itself is met when it is made: a client that has connected before has to be given one, by `createPool()`.
 */
export function guardClient(prisma: object): void {
  const factory = adapterOf(prisma)
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
