import type { Claims } from '../../src/claims/principal.js'
import { principal } from '../../src/claims/principal.js'
import { authenticator } from '../../src/identity/authenticator.js'
import { ClaimstakeError } from '../../src/errors.js'
import type { Data } from '../../src/policy/builder.js'
import { createTestIssuer } from '../../src/testing.js'
import { catalog } from '../support/rules/generated/catalog.js'
import { a } from '../support/rules/generated/claimstake.js'
import { startRulesService, type RulesService } from '../support/rules/rules-service.js'
import { rowId, type Row } from './case.js'
import type { Table } from './stored-rows.js'

// RULES sections 2 to 4 for every type an owner or group column can have, over HTTP and through the scoped client:
// what is stamped, and that one's own row is found and changed by every operation and the other's by none.

type Column = 'text' | 'texts' | 'int' | 'ints' | 'big' | 'bigs' | 'uuid' | 'uuids'
type Value = string | number | bigint

const holder = {
  owner: {
    text: a.schema({ Holder: a.model().authorization((allow) => allow.ownerDefinedIn('text')) }),
    texts: a.schema({ Holder: a.model().authorization((allow) => allow.ownersDefinedIn('texts')) }),
    int: a.schema({ Holder: a.model().authorization((allow) => allow.ownerDefinedIn('int')) }),
    ints: a.schema({ Holder: a.model().authorization((allow) => allow.ownersDefinedIn('ints')) }),
    big: a.schema({ Holder: a.model().authorization((allow) => allow.ownerDefinedIn('big')) }),
    bigs: a.schema({ Holder: a.model().authorization((allow) => allow.ownersDefinedIn('bigs')) }),
    uuid: a.schema({ Holder: a.model().authorization((allow) => allow.ownerDefinedIn('uuid')) }),
    uuids: a.schema({ Holder: a.model().authorization((allow) => allow.ownersDefinedIn('uuids')) }),
  },
  group: {
    text: a.schema({ Holder: a.model().authorization((allow) => allow.groupDefinedIn('text')) }),
    texts: a.schema({ Holder: a.model().authorization((allow) => allow.groupsDefinedIn('texts')) }),
    int: a.schema({ Holder: a.model().authorization((allow) => allow.groupDefinedIn('int')) }),
    ints: a.schema({ Holder: a.model().authorization((allow) => allow.groupsDefinedIn('ints')) }),
    big: a.schema({ Holder: a.model().authorization((allow) => allow.groupDefinedIn('big')) }),
    bigs: a.schema({ Holder: a.model().authorization((allow) => allow.groupsDefinedIn('bigs')) }),
    uuid: a.schema({ Holder: a.model().authorization((allow) => allow.groupDefinedIn('uuid')) }),
    uuids: a.schema({ Holder: a.model().authorization((allow) => allow.groupsDefinedIn('uuids')) }),
  },
}

const [ana, bo] = ['0199aaaa-0000-7000-8000-00000000000a', '0199aaaa-0000-7000-8000-00000000000b'] as const

/** By the first letters of the columns: what a claim says, what a column holds, and what is somebody else's. */
const names: Readonly<
  Record<string, { claim: string; mine: Value; others: Value; foreign: readonly string[] }>
> = {
  text: { claim: 'ana', mine: 'ana', others: 'bo', foreign: ['Ana', 'an', 'ana '] },
  int: { claim: '7', mine: 7, others: 8, foreign: ['07', '+7', '7.0', ' 7', '0x7', '4294967303', 'seven'] },
  big: {
    ...{ claim: '9007199254740993', mine: 9007199254740993n, others: 9007199254740992n },
    foreign: ['09007199254740993', '9007199254740993.0', '18455751272964294593'],
  },
  uuid: {
    claim: ana,
    mine: ana,
    others: bo,
    foreign: [ana.toUpperCase(), `{${ana}}`, ana.replaceAll('-', '')],
  },
}

interface Kind {
  readonly kind: 'owner' | 'group'
  readonly column: Column
  readonly data: Data
  readonly list: boolean
  readonly mine: Value
  readonly others: Value
  readonly who: Claims
  readonly foreigners: readonly Claims[]
}

const kinds = (['owner', 'group'] as const).flatMap((kind) =>
  (Object.keys(holder[kind]) as Column[]).map((column): Kind => {
    const { claim = '', mine = '', others = '', foreign = [] } = names[column.replace(/s$/u, '')] ?? {}
    const caller = (name: string): Claims => (kind === 'owner' ? { sub: name } : { sub: 'x', groups: [name] })
    return {
      ...{ kind, column, list: column.endsWith('s'), mine, others },
      data: { catalog, schema: holder[kind][column].definition },
      who: caller(claim),
      foreigners: foreign.map(caller),
    }
  }),
)

/** What comes of a call: the answer's row or rows, in JSON's values, or the code of the refusal. */
interface Answer {
  readonly code?: string
  readonly named?: readonly (string | undefined)[]
  readonly row?: Row
  readonly rows?: readonly Row[]
}

/** One way to act as a caller. */
interface Way {
  create(data: Row): Promise<Answer>
  get(id: string): Promise<Answer>
  list(): Promise<Answer>
  update(id: string, data: Row): Promise<Answer>
  delete(id: string): Promise<Answer>
}

const issuer = createTestIssuer()
let service: RulesService
let table: Table
beforeAll(async () => {
  service = await startRulesService(authenticator({ issuers: [issuer.settings] }))
  table = service.unscoped.holder as unknown as Table
})
afterAll(() => service.stop())

const ways: Readonly<Record<string, (data: Data, who: Claims) => Promise<Way>>> = {
  'over HTTP': overHttp,
  'through the client': throughClient,
}
const both = kinds.flatMap((one) =>
  Object.entries(ways).map(([name, way]) => [one.kind, one.column, name, one, way] as const),
)

describe.each(both)('a rule on %s column %s, %s', (kind, column, _, one, way) => {
  const stored = (value: Value) => (one.list ? [value] : value)
  const refusedField = { code: 'FORBIDDEN_FIELD', named: [`/${column}`] }
  let act: Way
  let before: readonly Row[]
  beforeEach(async () => {
    act = await way(one.data, one.who)
    await table.deleteMany()
    await table.createMany({
      data: [
        { id: rowId(0), content: 'my content', [column]: stored(one.mine) },
        { id: rowId(1), content: 'content of another', [column]: stored(one.others) },
        { id: rowId(2), content: 'content of nobody' },
      ],
    })
    before = await rows()
  })
  const rows = () => table.findMany({ orderBy: { id: 'asc' } })
  const unchanged = async () => expect(await rows()).toEqual(before)

  test('create', async () => {
    const mine = { content: 'new', [column]: stored(one.mine) }
    if (kind === 'owner') {
      const { row } = await act.create({ content: 'new' })
      expect(row).toMatchObject(toJson(mine) as Row) // stamped
      expect(await table.findUnique({ where: { id: row?.['id'] } })).toMatchObject(mine)
    } else {
      expect(await act.create({ content: 'new' })).toEqual({ code: 'FORBIDDEN_OPERATION' })
    }
    const { row } = await act.create(mine)
    expect(row).toMatchObject(toJson(mine) as Row)
    expect(await table.findUnique({ where: { id: row?.['id'] } })).toMatchObject(mine)

    const count = (await rows()).length
    expect(await act.create({ content: 'new', [column]: stored(one.others) })).toEqual(refusedField)
    expect(await rows()).toHaveLength(count)
  })

  test('get and list', async () => {
    const own = { id: rowId(0), [column]: toJson(stored(one.mine)) }
    expect((await act.get(rowId(0))).row).toMatchObject(own)
    expect(await act.get(rowId(1))).toEqual({ code: 'NOT_FOUND' })
    expect(await act.get(rowId(2))).toEqual({ code: 'NOT_FOUND' })
    const { rows: found } = await act.list()
    expect(found).toHaveLength(1)
    expect(found?.[0]).toMatchObject(own)
    await unchanged()
  })

  test('update', async () => {
    for (const hidden of [rowId(1), rowId(2)]) {
      expect(await act.update(hidden, { content: 'mine' })).toEqual({ code: 'NOT_FOUND' })
      expect(await act.update(hidden, { [column]: stored(one.mine) })).toEqual({ code: 'NOT_FOUND' })
    }
    await unchanged()
    expect((await act.update(rowId(0), { content: 'changed' })).row).toMatchObject({ content: 'changed' })
    expect(await rows()).toEqual([{ ...before[0], content: 'changed' }, ...before.slice(1)])
  })

  test('update of the column itself', async () => {
    if (one.list) {
      const shared = { [column]: [one.mine, one.others] }
      expect((await act.update(rowId(0), shared)).row).toMatchObject(toJson(shared) as Row)
      expect(await rows()).toEqual([{ ...before[0], ...shared }, ...before.slice(1)])
      expect(await act.update(rowId(0), { [column]: [] })).toEqual(refusedField)
      expect((await rows())[0]).toMatchObject(shared)
    } else if (kind === 'owner') {
      expect(await act.update(rowId(0), { [column]: one.others })).toEqual(refusedField)
      expect(await act.update(rowId(0), { [column]: null })).toEqual(refusedField)
      await unchanged()
      expect((await act.update(rowId(0), { [column]: one.mine })).row).toMatchObject({ id: rowId(0) })
      await unchanged()
    } else {
      // He holds every operation of the group, and so may hand the row to another: he is told its id and no more.
      expect((await act.update(rowId(0), { [column]: one.others })).row ?? {}).not.toHaveProperty('content')
      expect(await rows()).toEqual([{ ...before[0], [column]: one.others }, ...before.slice(1)])
    }
  })

  test('delete', async () => {
    for (const hidden of [rowId(1), rowId(2)]) expect(await act.delete(hidden)).toEqual({ code: 'NOT_FOUND' })
    await unchanged()
    expect(await act.delete(rowId(0))).not.toHaveProperty('code')
    expect(await rows()).toEqual(before.slice(1))
  })

  test('a claim that only looks like the stored value is nobody', async () => {
    for (const foreigner of one.foreigners) {
      const other = await way(one.data, foreigner)
      // A name no such column can hold is no claim at all; any text is a name, of somebody else.
      const refused = column.startsWith('text') ? 'NOT_FOUND' : 'FORBIDDEN_OPERATION'
      expect({ foreigner, ...(await other.get(rowId(0))) }).toEqual({ foreigner, code: refused })
      expect((await other.list()).rows ?? []).toEqual([])
      expect((await other.update(rowId(0), { content: 'theirs' })).code).toBe(refused)
      expect((await other.delete(rowId(0))).code).toBe(refused)
    }
    await unchanged()
  })
})

async function overHttp(data: Data, who: Claims): Promise<Way> {
  const call = (await service.server(data)).caller(() => issuer.token(who))
  const ask = async (...args: Parameters<typeof call>): Promise<Answer> => {
    const { status, body, text } = await call(...args)
    if (status >= 400) {
      expect(text).not.toContain('content of')
      return refusalOf(body as { code: string; errors?: readonly { pointer?: string }[] })
    }
    const { items } = body as { items?: readonly Row[] }
    return items ? { rows: items } : { row: body as Row }
  }
  return {
    create: (row) => ask('POST', '/v1/holders', { body: toJson(row) }),
    get: (id) => ask('GET', `/v1/holders/${id}`),
    list: () => ask('GET', '/v1/holders'),
    update: (id, row) => ask('PATCH', `/v1/holders/${id}`, { body: toJson(row) }),
    delete: (id) => ask('DELETE', `/v1/holders/${id}`),
  }
}

function throughClient(data: Data, claims: Claims): Promise<Way> {
  const { issuer: url } = issuer.settings
  const mine = service.db(data).as(principal({ provider: 'oidc', issuer: url, claims }))
    .holder as unknown as Table
  const ask = async (call: Promise<Row | null>): Promise<Answer> => {
    const row = await call.catch(refused)
    return row === null ? { code: 'NOT_FOUND' } : 'code' in row ? row : { row: toJson(row) as Row }
  }
  return Promise.resolve({
    create: (row) => ask(mine.create({ data: row })),
    get: (id) => ask(mine.findUnique({ where: { id } })),
    list: () => mine.findMany().then((found) => ({ rows: found.map((row) => toJson(row) as Row) }), refused),
    update: (id, row) => ask(mine.update({ where: { id }, data: row })),
    delete: (id) => ask(mine.delete({ where: { id } })),
  })
}

function refused(error: unknown): Answer & Row {
  if (error instanceof ClaimstakeError) return refusalOf(error)
  if ((error as { code?: unknown }).code === 'P2025') return { code: 'NOT_FOUND' }
  throw error
}

function refusalOf({
  code,
  errors,
}: {
  readonly code: string
  readonly errors?: readonly { readonly pointer?: string }[] | undefined
}) {
  return { code, ...(errors && { named: errors.map(({ pointer }) => pointer) }) }
}

/** As REST writes it: a BigInt is text. */
function toJson(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? `${part}` : part)),
  )
}
