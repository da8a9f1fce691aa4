/** A promise whose work starts when it is first awaited, as Prisma's do. */
export interface Deferred extends Promise<unknown> {
  readonly [Symbol.toStringTag]: 'PrismaPromise'
}

/** Makes a promise that starts its work when it is first awaited, and once only. */
export function deferred(work: () => Promise<unknown>): Deferred {
  let running: Promise<unknown> | undefined
  const run = () => (running ??= work())
  return Object.freeze({
    // The name Prisma gives its own promises: what code that tells them apart looks at.
    [Symbol.toStringTag]: 'PrismaPromise' as const,
    then: ((done, failed) => run().then(done, failed)) as Promise<unknown>['then'],
    catch: ((failed) => run().catch(failed)) as Promise<unknown>['catch'],
    finally: (done?: (() => void) | null) => run().finally(done),
  })
}
