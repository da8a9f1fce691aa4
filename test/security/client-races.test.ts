import { startRelationsService, type RelationsService } from '../support/relations/relations-service.js'
import { announce, patience } from '../property/runs.js'
import { a } from '../support/relations/generated/claimstake.js'
import { clientOf, rules, type Rules } from './relations-attack.js'

// A row changes hands while its former owner writes it, or writes something that hangs on it (SECURITY R57). Every
// attempt starts with a row of Ana's; the operator gives it to Bo in one statement while Ana writes. What she wrote
// must have been hers when it was written: the database itself notes the owner at that moment.
//
// RACES says how often each way is tried, PROPERTY_RUNS multiplies it.

announce('client-races')

const times = Number(process.env['RACES'] ?? 40) * Number(process.env['PROPERTY_RUNS'] ?? 1)
const lanes = 4

let service: RelationsService
beforeAll(async () => {
  service = await startRelationsService()
  const run = (text: string) => service.unscoped.$executeRawUnsafe(text)
  // Bo's row is marked by the statement that gives it to him: a mark of Ana's on it, or a link to it, came later.
  await run(`CREATE TABLE late (what text, id int)`)
  await run(`CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF OLD.owner = 'bo' AND NEW.owner IS NOT DISTINCT FROM OLD.owner THEN INSERT INTO late VALUES (TG_TABLE_NAME, OLD.id); END IF;
    RETURN NEW; END $$`)
  await run(`CREATE FUNCTION note_gone() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF OLD.owner = 'bo' THEN INSERT INTO late VALUES (TG_TABLE_NAME, OLD.id); END IF; RETURN OLD; END $$`)
  await run(`CREATE FUNCTION note_child() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF (SELECT owner FROM members WHERE id = NEW."authorId") = 'bo' THEN INSERT INTO late VALUES ('child', NEW.id); END IF;
    RETURN NEW; END $$`)
  await run(`CREATE FUNCTION note_link() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF (SELECT owner FROM "Tag" WHERE id = NEW."B") = 'bo' OR (SELECT owner FROM "Article" WHERE id = NEW."A") = 'bo'
    THEN INSERT INTO late VALUES ('link', NEW."B"); END IF; RETURN NEW; END $$`)
  await run(`CREATE FUNCTION note_unlink() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF (SELECT owner FROM "Tag" WHERE id = OLD."B") = 'bo' OR (SELECT owner FROM "Article" WHERE id = OLD."A") = 'bo'
    THEN INSERT INTO late VALUES ('unlink', OLD."B"); END IF; RETURN OLD; END $$`)
  for (const table of ['members', '"Article"', '"Tag"']) {
    await run(`CREATE TRIGGER noted BEFORE UPDATE ON ${table} FOR EACH ROW EXECUTE FUNCTION note()`)
    await run(`CREATE TRIGGER gone BEFORE DELETE ON ${table} FOR EACH ROW EXECUTE FUNCTION note_gone()`)
  }
  await run(
    `CREATE TRIGGER child AFTER INSERT OR UPDATE OF "authorId" ON "Article" FOR EACH ROW EXECUTE FUNCTION note_child()`,
  )
  await run(`CREATE TRIGGER link AFTER INSERT ON "_ArticleToTag" FOR EACH ROW EXECUTE FUNCTION note_link()`)
  await run(
    `CREATE TRIGGER unlink AFTER DELETE ON "_ArticleToTag" FOR EACH ROW EXECUTE FUNCTION note_unlink()`,
  )
})
afterAll(() => service.stop())

type Work = (id: number) => Promise<unknown>
interface Race {
  readonly title: string
  /** Whose row changes hands. */
  readonly prize: '"Article"' | 'members' | '"Tag"'
  readonly attack: (client: ReturnType<typeof clientOf>) => Work
  /** Where they are not the owner's alone. */
  readonly data?: Rules
  /** Whether article and tag of one id are linked when it begins. */
  readonly linked?: boolean
}

/** What changes hands can still be seen: only the right to update it is lost. */
const readable = () => a.model().authorization((allow) => [allow.owner(), allow.authenticated().to(['read'])])
const seen = rules({ Article: readable(), Tag: readable() })
/** Sight is all that is asked of a tag, and what is lost. */
const opened = rules({
  Article: a
    .model()
    .authorization((allow) => allow.owner())
    .link('tags', 'get'),
})

/** Row `id` of each model is Ana's; member 1 and article 1 stay hers. */
const races: readonly Race[] = [
  {
    title: 'a create with a foreign key',
    prize: 'members',
    attack: (client) => (id) => client.article.create({ data: { authorId: id } }),
  },
  {
    title: 'a nested create below the row',
    prize: 'members',
    attack: (client) => (id) => client.member.update({ where: { id }, data: { articles: { create: {} } } }),
  },
  {
    title: 'a foreign key changed by a nested connect of the parent',
    prize: 'members',
    attack: (client) => (id) =>
      client.article.update({ where: { id: 1 }, data: { author: { connect: { id } } } }),
  },
  {
    title: 'a nested update',
    prize: '"Article"',
    attack: (client) => (id) =>
      client.member.update({
        where: { id: 1 },
        data: { articles: { update: { where: { id }, data: { title: 'x' } } } },
      }),
  },
  {
    title: 'a nested updateMany',
    prize: '"Article"',
    attack: (client) => (id) =>
      client.member.update({
        where: { id: 1 },
        data: { articles: { updateMany: { where: { id }, data: { title: 'x' } } } },
      }),
  },
  {
    title: 'a nested connect',
    prize: '"Article"',
    attack: (client) => (id) =>
      client.member.update({ where: { id: 2 }, data: { articles: { connect: { id } } } }),
  },
  {
    title: 'a nested deleteMany',
    prize: '"Article"',
    attack: (client) => (id) =>
      client.member.update({ where: { id: 1 }, data: { articles: { deleteMany: { id } } } }),
  },
  {
    title: 'a nested upsert',
    prize: '"Article"',
    attack: (client) => (id) =>
      client.member.update({
        where: { id: 1 },
        data: { articles: { upsert: { where: { id }, create: {}, update: { title: 'x' } } } },
      }),
  },
  {
    title: 'a link over many-to-many',
    prize: '"Tag"',
    attack: (client) => (id) => client.article.update({ where: { id }, data: { tags: { connect: { id } } } }),
  },
  {
    title: 'R88 a link to a row of which only the update is lost',
    prize: '"Tag"',
    data: seen,
    attack: (client) => (id) => client.article.update({ where: { id }, data: { tags: { connect: { id } } } }),
  },
  {
    title: 'R88 a link from the other side',
    prize: '"Article"',
    data: seen,
    attack: (client) => (id) =>
      client.tag.update({
        where: { id },
        data: { articles: { connectOrCreate: { where: { id }, create: { authorId: 1 } } } },
      }),
  },
  {
    title: 'R88 a link of the row that is lost',
    prize: '"Article"',
    data: seen,
    attack: (client) => (id) => client.article.update({ where: { id }, data: { tags: { connect: { id } } } }),
  },
  {
    title: 'R88 a link where sight is enough',
    prize: '"Tag"',
    data: opened,
    attack: (client) => (id) => client.article.update({ where: { id }, data: { tags: { connect: { id } } } }),
  },
  {
    title: 'R88 an unlink',
    prize: '"Tag"',
    data: seen,
    linked: true,
    attack: (client) => (id) =>
      client.article.update({ where: { id }, data: { tags: { disconnect: { id } } } }),
  },
  {
    title: 'R88 an unlink from the other side',
    prize: '"Article"',
    data: seen,
    linked: true,
    attack: (client) => (id) =>
      client.tag.update({ where: { id }, data: { articles: { disconnect: { id } } } }),
  },
  {
    title: 'R88 a set that unlinks',
    prize: '"Tag"',
    data: seen,
    linked: true,
    attack: (client) => (id) => client.article.update({ where: { id }, data: { tags: { set: [] } } }),
  },
  {
    title: 'R88 a set that unlinks the row that is lost',
    prize: '"Article"',
    data: seen,
    linked: true,
    attack: (client) => (id) => client.article.update({ where: { id }, data: { tags: { set: [] } } }),
  },
  {
    title: 'a mass update that filters by a relation',
    prize: '"Article"',
    attack: (client) => (id) =>
      client.article.updateMany({ where: { id, author: { owner: 'ana' } }, data: { title: 'x' } }),
  },
]

/** Counts for all the races of this file. */
const totals = { attempts: 0, written: 0, refused: 0, late: 0 }

/**
 * Runs a race so often.
 *
 * @param pause the longest time between the two, in milliseconds: both orders and all between are to happen
 */
async function raced(prize: Race['prize'], attack: Work, attempts: number, isLinked = false) {
  const { unscoped } = service
  await unscoped.$executeRawUnsafe(`TRUNCATE late, members, "Article", "Tag" RESTART IDENTITY CASCADE`)
  const ids = Array.from({ length: attempts }, (_, at) => at + 10)
  const all = [1, 2, ...ids]
  await unscoped.member.createMany({ data: all.map((id) => ({ id, owner: 'ana' })) })
  await unscoped.article.createMany({ data: all.map((id) => ({ id, owner: 'ana', authorId: 1 })) })
  await unscoped.tag.createMany({ data: all.map((id) => ({ id, owner: 'ana' })) })
  if (isLinked) await unscoped.$executeRawUnsafe(`INSERT INTO "_ArticleToTag" SELECT id, id FROM "Tag"`)
  for (const table of ['members', 'Article', 'Tag'])
    await unscoped.$executeRawUnsafe(`SELECT setval('"${table}_id_seq"', 100000)`)
  let written = 0
  const lane = async (at: number) => {
    for (const id of ids.filter((_, index) => index % lanes === at)) {
      const give = async () => {
        await new Promise((resolve) => setTimeout(resolve, (id % 16) * 1.2))
        await unscoped.$executeRawUnsafe(`UPDATE ${prize} SET owner = 'bo' WHERE id = ${String(id)}`)
      }
      const tried = attack(id).then(
        () => true,
        () => false,
      )
      const [isWritten] = await Promise.all([tried, give()])
      if (isWritten) written += 1
    }
  }
  await Promise.all(Array.from({ length: lanes }, (_, at) => lane(at)))
  const [row] = await unscoped.$queryRawUnsafe<{ late: number }[]>(`SELECT count(*)::int AS late FROM late`)
  return { attempts, written, refused: attempts - written, late: row?.late ?? 0 }
}

describe('R57 the former owner writes nothing', () => {
  test.each(races)(
    '$title',
    async ({ prize, attack, data = rules(), linked }) => {
      const outcome = await raced(prize, attack(clientOf(service, data, 'ana')), times, linked)
      for (const key of Object.keys(totals) as (keyof typeof totals)[]) totals[key] += outcome[key]
      expect(outcome.late).toBe(0)
    },
    patience,
  )

  test(
    'the same count finds writes of his where the check comes first and the write later',
    async () => {
      const client = clientOf(service, rules(), 'ana')
      const late = async (prize: Race['prize'], attack: Work, isLinked = false) => {
        let found = 0
        for (let round = 0; round < 5 && found === 0; round++)
          found = (await raced(prize, attack, 80, isLinked)).late
        return found
      }
      const checked: Work = async (id) => {
        if (await client.article.findUnique({ where: { id } }))
          await service.unscoped.article.update({ where: { id }, data: { title: 'x' } })
      }
      expect(await late('"Article"', checked)).toBeGreaterThan(0)
      const child: Work = async (id) => {
        if (await client.member.findUnique({ where: { id } }))
          await service.unscoped.article.create({ data: { authorId: id, owner: 'ana' } })
      }
      expect(await late('members', child)).toBeGreaterThan(0)
      for (const way of ['connect', 'disconnect']) {
        const link: Work = async (id) => {
          if (await client.tag.findUnique({ where: { id } }))
            await service.unscoped.article.update({ where: { id }, data: { tags: { [way]: { id } } } })
        }
        expect(await late('"Tag"', link, way === 'disconnect')).toBeGreaterThan(0)
      }
    },
    patience,
  )

  test('both orders happened', () => {
    process.stdout.write(
      `client-races: ${String(totals.attempts)} attempts, ${String(totals.written)} written, ` +
        `${String(totals.refused)} refused, ${String(totals.late)} late\n`,
    )
    expect(totals.attempts).toBe(races.length * times)
    expect(totals.written).toBeGreaterThan(0)
    expect(totals.refused).toBeGreaterThan(0)
  })
})
