/**
 * What to do about a statement that failed: where its table is missing, say how to make it; anything else stays what it is.
 *
 * @param subject what is missing, with its verb: `The table of revocations is`
 */
export function missingTable(subject: string): (cause: unknown) => never {
  return (cause) => {
    const code = sqlState(cause)
    if (code === '42P01' || code === '3F000')
      throw new Error(`${subject} missing: call await migrate(pool) first`, { cause })
    throw cause
  }
}

/** As `pg` has it, or as Prisma keeps it of a driver's error. */
function sqlState(cause: unknown): unknown {
  const { code, meta } = cause as {
    code?: unknown
    meta?: { driverAdapterError?: { cause?: { originalCode?: unknown } } }
  }
  return meta?.driverAdapterError?.cause?.originalCode ?? code
}
