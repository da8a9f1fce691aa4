/** What `@prisma/adapter-pg` makes connections with, as Prisma keeps it. */
interface AdapterFactory {
  /** The pool it was given. */
  readonly externalPool?: unknown
  /** What that pool was made of, or what its own is to be made of. */
  readonly config?: { readonly max?: unknown }
  connect?(): Promise<{ underlyingDriver?(): unknown }>
}

/** The driver adapter of a Prisma client. Prisma has no public way to it; where this one is gone there is none. */
export function adapterOf(prisma: object): AdapterFactory | undefined {
  return (prisma as { _engineConfig?: { adapter?: AdapterFactory } })._engineConfig?.adapter
}
