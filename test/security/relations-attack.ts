import { principal } from '../../src/claims/principal.js'
import { ClaimstakeError } from '../../src/errors.js'
import type { ScopedClient } from '../../src/scope/scoped-client.js'
import { a, defineData } from '../support/relations/generated/claimstake.js'
import type { PrismaClient } from '../support/relations/generated/prisma/client.js'
import type { RelationsService } from '../support/relations/relations-service.js'

/** A client whose arguments are not held to any type: an attacker's are not either. */
export type Loose = Readonly<Record<string, Readonly<Record<string, (args?: unknown) => Promise<unknown>>>>>

/** Calls any method with any arguments. */
export const call = async (client: object, model: string, method: string, args?: unknown): Promise<unknown> =>
  (client as Loose)[model]?.[method]?.(args)

const owned = () => a.model().authorization((allow) => allow.owner())

/** Rules over these models. */
export type Rules = ReturnType<typeof rules>

/** Every model is its owner's, but for those given other rules. */
export function rules(others: object = {}) {
  const models = {
    ...{ Member: owned(), Article: owned(), Tag: owned(), Profile: owned(), Passport: owned() },
    ...{ Label: owned(), Labelling: owned(), Room: owned(), Badge: owned(), Slot: owned(), Booking: owned() },
    Team: owned(),
  }
  return defineData({ schema: a.schema({ ...models, ...(others as Partial<typeof models>) }) })
}

/** The scoped client of a caller with a token. */
export function clientOf(
  service: RelationsService,
  data: Rules,
  sub: string,
  groups: readonly string[] = [],
): ScopedClient<PrismaClient> {
  const caller = principal({ provider: 'oidc', issuer: 'x', claims: { sub, groups } })
  return service.db(data).as(caller)
}

/** All a caller is told by a call: its result, or the refusal, without what only names the method and the model. */
export async function told(work: () => Promise<unknown>): Promise<unknown> {
  try {
    return { result: await work() }
  } catch (error) {
    if (error instanceof ClaimstakeError)
      return { code: error.code, detail: error.message, errors: error.errors }
    // The database out of reach is no answer.
    if (!(error instanceof Error && /^PrismaClient(?:KnownRequest|Validation)Error$/u.test(error.name)))
      throw error
    const { code, message, meta } = error as { code?: unknown; message: string; meta?: unknown }
    return { code, message, meta: JSON.stringify(meta) }
  }
}

/** Every row of every table. */
export async function dump({ unscoped }: RelationsService): Promise<unknown> {
  const id = { orderBy: { id: 'asc' } } as const
  return {
    members: await unscoped.member.findMany({ ...id, include: { friends: id } }),
    articles: await unscoped.article.findMany({ ...id, include: { tags: id } }),
    tags: await unscoped.tag.findMany(id),
    teams: await unscoped.team.findMany({ ...id, include: { members: id } }),
    profiles: await unscoped.profile.findMany(id),
    passports: await unscoped.passport.findMany(id),
    labels: await unscoped.label.findMany(id),
    labellings: await unscoped.labelling.findMany({ orderBy: [{ articleId: 'asc' }, { labelId: 'asc' }] }),
    rooms: await unscoped.room.findMany({ orderBy: [{ building: 'asc' }, { number: 'asc' }] }),
    badges: await unscoped.badge.findMany(id),
  }
}

/** Makes the ids that the database gives start beyond those of the rows set here. */
export async function startIdsAt({ unscoped }: RelationsService, first: number): Promise<void> {
  const tables = ['members', 'Article', 'Tag', 'Profile', 'Passport', 'Label', 'Badge', 'Booking', 'Team']
  for (const table of tables)
    await unscoped.$executeRawUnsafe(`SELECT setval('"${table}_id_seq"', ${String(first)})`)
}
