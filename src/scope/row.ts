/** A row, or arguments of a call: an object of whatever Prisma gives and takes. */
export type Row = Readonly<Record<string, unknown>>
