import type { ClaimsEnrichment, EnrichmentContext } from '../../src/claims/claims-enrichment.js'
import { principal, type Claims } from '../../src/claims/principal.js'
import { data as exampleData } from '../../src/data/resource.js'
import { ClaimstakeError } from '../../src/errors.js'
import { a, defineData } from '../../src/generated/claimstake.js'
import type { PrismaClient } from '../../src/generated/prisma/client.js'
import { authenticator } from '../../src/identity/authenticator.js'
import { startService, type ServiceOptions, type TestAnswer, type TestService } from '../support/service.js'

// Claims that a function adds to those of a token, over HTTP with rows in Postgres.
const schema = a.schema({
  Post: a.model().authorization((allow) => allow.owner()),
  Todo: a.model().authorization((allow) => allow.owner().identityClaim('nick')),
  Project: a.model().authorization((allow) => allow.groupsDefinedIn('teams').withClaimIn('teams')),
  Membership: a.model().authorization((allow) => allow.group('Moderator').withClaimIn('user_groups')),
})

type Context = EnrichmentContext<PrismaClient>
type Enrich = (claims: Claims, context: Context) => unknown

/** The callers who were asked about, call by call. */
let asked: Claims[] = []
let answer: Enrich
let now: number
let notices: [string, Readonly<Record<string, unknown>>][] = []
/** How often the service took a connection of its pool. */
let acquired = 0
let service: TestService

/** Reads the teams from a table, as the example does. */
const teamsOf: Enrich = async ({ sub }, { unscoped }) => {
  const rows = await unscoped.membership.findMany({ where: { userId: String(sub) } })
  return { teams: rows.map(({ teamId }) => teamId) }
}

const shared = (): ServiceOptions => ({
  enrichment: true,
  now: () => now,
  notice: (...notice) => notices.push(notice),
  app: (pool) => {
    pool.on('acquire', () => acquired++)
    return {}
  },
})

async function start(
  options: Partial<ClaimsEnrichment<PrismaClient>> = {},
  more: ServiceOptions = {},
): Promise<void> {
  const enrichment: ClaimsEnrichment<PrismaClient> = {
    enrich: (claims, context) => {
      asked.push(claims)
      return answer(claims, context) as Claims
    },
    ...options,
  }
  service = await startService(defineData({ schema, enrichment }), {}, { ...shared(), ...more })
}

beforeEach(() => {
  asked = []
  notices = []
  acquired = 0
  answer = teamsOf
  now = Date.now()
})
afterEach(() => service.stop())

const tokenOf = (claims: Claims) => service.issuer.token(claims)

/** A call with this very token. */
function get(token: string, path = '/v1/projects'): Promise<TestAnswer> {
  return service.caller()('GET', path, { headers: { Authorization: `Bearer ${token}` } })
}

/** What stands in one field of the rows of a list. */
function listed({ status, body }: TestAnswer, field: string): unknown[] {
  expect([status, body]).toEqual([200, body])
  return (body as { items: Readonly<Record<string, unknown>>[] }).items.map((row) => row[field])
}

function expectUnavailable(response: TestAnswer): void {
  expect([response.status, (response.body as { code?: unknown }).code]).toEqual([503, 'UNAVAILABLE'])
  expect(response.headers['retry-after']).toBe('1')
  expect(response.headers['www-authenticate']).toBeUndefined()
}

const logged = () => service.log.join('\n')
const project = (name: string, teams: string[]) => service.unscoped.project.create({ data: { name, teams } })

/** A promise and what settles it. */
function settled<T>(): { promise: Promise<T>; resolve: (value: T) => void; reject: (reason: Error) => void } {
  let resolve: (value: T) => void = () => undefined
  let reject: (reason: Error) => void = () => undefined
  const promise = new Promise<T>((yes, no) => ([resolve, reject] = [yes, no]))
  return { promise, resolve, reject }
}

describe('the example', () => {
  const cy = { user_id: 'cy' }
  beforeEach(async () => {
    service = await startService(exampleData, {}, shared())
    await project('Website', ['design'])
  })

  test('a row in Membership opens the project to the same token, and taking it away closes it', async () => {
    const token = await tokenOf(cy)
    expect(listed(await get(token), 'name')).toEqual([])
    await service.unscoped.membership.create({ data: { teamId: 'design', userId: 'cy' } })
    now += 59_000
    expect(listed(await get(token), 'name')).toEqual([])
    now += 1000
    expect(listed(await get(token), 'name')).toEqual(['Website'])
    await service.unscoped.membership.deleteMany()
    now += 59_000
    expect(listed(await get(token), 'name')).toEqual(['Website'])
    now += 1000
    expect(listed(await get(token), 'name')).toEqual([])
  })

  test('nobody grants himself a team: Moderators write memberships, a member can only leave', async () => {
    const body = { teamId: 'design', userId: 'cy' }
    const call = service.caller(cy)
    const refused = await call('POST', '/v1/memberships', { body })
    expect([refused.status, (refused.body as { code: unknown }).code]).toEqual([403, 'FORBIDDEN_OPERATION'])
    const batch = await call('POST', '/v1/memberships/batchCreate', { body: { items: [body] } })
    expect(batch.status).toBe(403)
    expect(await service.unscoped.membership.count()).toBe(0)

    const moderator = service.caller({ user_id: 'mo', user_groups: ['Moderator'] })
    expect((await moderator('POST', '/v1/memberships', { body })).status).toBe(201)
    const other = await call('PATCH', '/v1/memberships/design/cy', { body: { role: 'lead' } })
    expect(other.status).toBe(403)
    expect((await call('DELETE', '/v1/memberships/design/cy')).status).toBe(204)
  })

  test('a token that names teams, or no usable caller, has those of the table and no others', async () => {
    await service.unscoped.membership.create({ data: { teamId: 'design', userId: 'undefined' } })
    const claims: Claims[] = [{ ...cy, teams: ['design'] }, {}, { user_id: null }, { user_id: ['undefined'] }]
    for (const each of claims) {
      const { status, text } = await get(await tokenOf({ ...each, teams: ['design'] }))
      expect([200, 403]).toContain(status)
      expect(text).not.toContain('Website')
    }
    // Without the enrichment the token's own claim would count.
    const bare = service.db.as(service.principal({ ...cy, teams: ['design'] }))
    expect(await bare.project.count()).toBe(1)
  })
})

describe('what is merged', () => {
  test('what it names takes the place of the claim of that name, undefined takes it away, the rest stays', async () => {
    await start()
    answer = () => ({ nick: 'bo', teams: undefined, other: [{ a: undefined }] })
    await project('Red', ['red'])
    await service.unscoped.todo.createMany({
      data: ['ana', 'bo'].map((owner) => ({ owner, title: `of ${owner}` })),
    })
    const token = await tokenOf({ sub: 'ana', nick: 'ana', teams: ['red'] })
    expect(listed(await get(token, '/v1/todos'), 'title')).toEqual(['of bo'])
    // Nothing is left for a rule to read: the model is closed to him.
    expect((await get(token)).status).toBe(403)
    expect((await get(token, '/v1/me')).body).toMatchObject({ identity: 'ana', groups: [] })
  })

  test('never iss, sub, aud, exp, nbf, iat, jti: whoever it says he is, the caller stays himself', async () => {
    await start()
    const lies = {
      ...{ iss: 'https://evil.example', sub: 'ana', aud: 'other', jti: 'x' },
      ...{ exp: 4_102_444_800, nbf: 4_102_444_800, iat: 0 },
    }
    await service.unscoped.post.createMany({
      data: ['ana', 'eve'].map((owner) => ({ owner, postname: `of ${owner}` })),
    })
    const own = { sub: 'eve', iss: service.issuer.settings.issuer }

    // The attack on a merge that is a spread: another's rows.
    const naive = principal({ provider: 'oidc', issuer: own.iss, claims: { ...own, ...lies } })
    expect(await service.db.as(naive).post.findMany({ select: { postname: true } })).toEqual([
      { postname: 'of ana' },
    ])

    const exp = Math.floor(now / 1000) + 120
    const token = await tokenOf({ sub: 'eve', exp })
    answer = () => lies
    expect(listed(await get(token, '/v1/posts'), 'postname')).toEqual(['of eve'])
    now += 60_000
    answer = () => Object.fromEntries(Object.keys(lies).map((name) => [name, undefined]))
    expect(listed(await get(token, '/v1/posts'), 'postname')).toEqual(['of eve'])
    now += 100_000
    expect((await get(token, '/v1/posts')).status).toBe(401)
    expect(asked).toHaveLength(2)
  })

  test('a token without sub does not get one', async () => {
    await start()
    answer = () => ({ sub: 'ana' })
    await service.unscoped.post.create({ data: { owner: 'ana', postname: 'of ana' } })
    expect((await get(await tokenOf({}), '/v1/posts')).status).toBe(403)
  })

  test('the answer is a copy, and the claims it is shown cannot be changed', async () => {
    await start()
    const teams = ['red']
    answer = (claims) => {
      expect(() => Object.assign(claims, { sub: 'ana' })).toThrow(TypeError)
      return { teams }
    }
    await project('Red', ['red'])
    await project('Blue', ['blue'])
    const token = await tokenOf({ sub: 'eve' })
    expect(listed(await get(token), 'name')).toEqual(['Red'])
    teams.push('blue')
    expect(listed(await get(token), 'name')).toEqual(['Red'])
  })

  test('members named like those of every object are claims and nothing else', async () => {
    await start()
    answer = () => JSON.parse('{"__proto__": {"teams": ["red"], "nick": "bo"}, "constructor": 1}') as unknown
    await project('Red', ['red'])
    expect((await get(await tokenOf({ sub: 'eve' }))).status).toBe(403)
    expect(({} as Record<string, unknown>)['teams']).toBeUndefined()
  })
})

/** An error that fails whoever looks at it. */
function unreadable(): Error {
  return Object.defineProperty(new Error('canary-of-eve'), 'name', {
    get() {
      throw new Error('canary-of-eve')
    },
  })
}

describe('without an answer', () => {
  class Teams {
    readonly teams = ['red']
  }
  const circle: Record<string, unknown> = {}
  circle['canary-of-eve'] = circle
  const behaviours: readonly (readonly [string, Enrich])[] = [
    [
      'it throws',
      ({ sub }) => {
        const cause = Object.assign(new Error(`canary-of-${String(sub)}`), { code: 'ECONNREFUSED' })
        throw new Error(`no row of canary-of-${String(sub)}\n    at canary-of-eve`, { cause })
      },
    ],
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- a function may
    ['it rejects with text', () => Promise.reject('canary-of-eve')],
    [
      'it throws one of our own failures',
      () => {
        throw new ClaimstakeError('NOT_FOUND', { detail: 'canary-of-eve' })
      },
    ],
    [
      'it throws what cannot be read',
      () => {
        throw unreadable()
      },
    ],
    ['it answers nothing', () => undefined],
    ['it answers null', () => null],
    ['it answers true', () => true],
    ['it answers text', () => '{"teams":["canary-of-eve"]}'],
    ['it answers a list', () => [{ teams: ['canary-of-eve'] }]],
    ['it answers a Map', () => new Map([['teams', ['red']]])],
    ['it answers an object of a class', () => new Teams()],
    ['it answers a function', () => () => ({ teams: ['red'] })],
    ['a claim is a function', () => ({ teams: () => ['red'] })],
    ['a claim is a promise', () => ({ teams: Promise.resolve(['red']) })],
    ['a claim is an object of a class', () => ({ teams: [new Teams()] })],
    ['a claim is a Date', () => ({ at: new Date() })],
    ['a claim is a bigint', () => ({ at: 1n })],
    ['a claim is NaN', () => ({ at: NaN })],
    ['a claim holds itself', () => circle],
    ['20 KiB', () => ({ teams: ['canary-of-eve'.repeat(1600)] })],
    ['17 levels', () => JSON.parse(`{"a":${'['.repeat(16)}${']'.repeat(16)}}`) as unknown],
    ['1,001 teams', () => ({ teams: Array(1001).fill('red') })],
    ['1,001 teams as text', () => ({ teams: JSON.stringify(Array(1001).fill('red')) })],
    [
      'a claim cannot be read',
      () => ({
        get teams() {
          throw new Error('canary-of-eve')
        },
      }),
    ],
  ]

  test('503 whatever is wrong with it; the log says what and holds no claim', async () => {
    await start()
    const token = await tokenOf({ sub: 'eve', 'canary-of-eve': 'canary-of-eve' })
    for (const [name, behaviour] of behaviours) {
      answer = behaviour
      const before = service.log.length
      const response = await get(token)
      expect([name, response.status]).toEqual([name, 503])
      expectUnavailable(response)
      expect(response.text).not.toContain('canary')
      expect(service.log.slice(before).join('')).toContain('the claims enrichment gave no answer')
    }
    expect(asked).toHaveLength(behaviours.length)
    expect(service.log.filter((line) => line.includes('canary'))).toEqual([])
    // What helps: the code, the place, and our own words.
    for (const told of ['enrichment.test', 'Error ECONNREFUSED', 'its claims are no plain object'])
      expect(service.log.some((line) => line.includes(told))).toBe(true)
    answer = teamsOf
    expect((await get(token)).status).toBe(403)
  })

  test('or, with ifUnavailable: continue, the claims of the token alone, and a notice now and then', async () => {
    await start({ ifUnavailable: 'continue', deadline: 100 })
    await project('Red', ['red'])
    for (const [at, [name, behaviour]] of [
      ...behaviours,
      ['it is late', () => settled().promise] as const,
    ].entries()) {
      answer = behaviour
      const token = await tokenOf({ sub: 'eve', jti: String(at), teams: ['red'] })
      expect([name, listed(await get(token), 'name')]).toEqual([name, ['Red']])
    }
    expect(asked).toHaveLength(behaviours.length + 1)
    expect(notices).toHaveLength(1)
    const [text, facts] = notices[0] ?? []
    expect(text).toContain('the claims enrichment gave no answer')
    expect(facts).toEqual({ failures: 1, reason: 'Error: Error ECONNREFUSED' })
    now += 10_000
    expect((await get(await tokenOf({ sub: 'eve', jti: 'later', teams: ['red'] }))).status).toBe(200)
    expect(notices[1]?.[1]).toEqual({ failures: behaviours.length + 1, reason: 'it took longer than 100 ms' })
    expect(JSON.stringify(notices) + logged()).not.toContain('canary')
  })

  test('to go on without is remembered for a second at most', async () => {
    await start({ ifUnavailable: 'continue', timeToLive: 3600 })
    await project('Red', ['red'])
    await project('Blue', ['blue'])
    const token = await tokenOf({ sub: 'eve', teams: ['red'] })
    answer = () => Promise.reject(new Error('down'))
    expect(listed(await get(token), 'name')).toEqual(['Red'])
    answer = () => ({ teams: ['blue'] })
    now += 999
    expect(listed(await get(token), 'name')).toEqual(['Red'])
    expect(asked).toHaveLength(1)
    now += 1
    expect(listed(await get(token), 'name')).toEqual(['Blue'])
  })

  test('a refusal is not remembered, and the last answer does not outlive its time', async () => {
    await start()
    await project('Red', ['red'])
    answer = () => ({ teams: ['red'] })
    const token = await tokenOf({ sub: 'eve' })
    expect((await get(token)).status).toBe(200)
    now += 60_000
    answer = () => Promise.reject(new Error('down'))
    for (let times = 2; times <= 4; times++) {
      expectUnavailable(await get(token))
      expect(asked).toHaveLength(times)
    }
    answer = () => ({ teams: ['red'] })
    expect((await get(token)).status).toBe(200)
  })

  test('the database is down: 503, and who is remembered still has his claims', async () => {
    await start()
    const [known, unknown] = [await tokenOf({ sub: 'ana' }), await tokenOf({ sub: 'bo' })]
    expect((await get(known, '/v1/me')).status).toBe(200)
    await service.database.drop()
    expectUnavailable(await get(unknown, '/v1/me'))
    expect((await get(known, '/v1/me')).status).toBe(200)
    now += 60_000
    expectUnavailable(await get(known, '/v1/me'))
  })

  test('it is late: 503 within the deadline, told to stop, and what comes of it later disturbs nobody', async () => {
    const unhandled: unknown[] = []
    const note = (reason: unknown) => void unhandled.push(reason)
    process.on('unhandledRejection', note)
    try {
      await start({ deadline: 100 })
      const hanging = settled<Claims>()
      let stopped: AbortSignal | undefined
      answer = (_, { signal }) => {
        stopped = signal
        return hanging.promise
      }
      const token = await tokenOf({ sub: 'eve' })
      const began = performance.now()
      expectUnavailable(await get(token))
      expect(performance.now() - began).toBeLessThan(3000)
      expect(stopped?.aborted).toBe(true)
      expect(logged()).toContain('it took longer than 100 ms')
      hanging.reject(new Error('too late'))
      answer = teamsOf
      expect((await get(token, '/v1/me')).status).toBe(200)
      expect(unhandled).toEqual([])
    } finally {
      process.off('unhandledRejection', note)
    }
  })

  test('it has enough to do: no more callers than it may answer for at once', async () => {
    await start({ concurrency: 1 })
    const [first, asking] = [settled<Claims>(), settled<undefined>()]
    answer = () => {
      asking.resolve(undefined)
      return first.promise
    }
    const [ana, bo] = [await tokenOf({ sub: 'ana' }), await tokenOf({ sub: 'bo' })]
    const waiting = get(ana, '/v1/me')
    await asking.promise
    expectUnavailable(await get(bo, '/v1/me'))
    expect(asked).toHaveLength(1)
    first.resolve({})
    expect((await waiting).status).toBe(200)
    expect((await get(bo, '/v1/me')).status).toBe(200)
    expect(logged()).toContain('it has 1 calls to answer already')
  })
})

describe('who is asked about', () => {
  test('nobody with a bad token, with another kind of credentials or with none: no call and no query', async () => {
    await start()
    const good = await tokenOf({ sub: 'ana' })
    const expired = await tokenOf({ sub: 'ana', exp: 1 })
    const foreign = await tokenOf({ sub: 'ana', iss: 'https://evil.example' })
    acquired = 0
    const [header = '', payload = ''] = good.split('.')
    for (const token of [`${header}.${payload}.AAAA`, `${good}A`, 'a.b.c', expired, foreign])
      expect((await get(token, '/v1/me')).status).toBe(401)
    expect((await service.caller()('GET', '/v1/me')).status).toBe(401)
    expect([asked.length, acquired]).toEqual([0, 0])
    // The same meter sees a good one.
    expect((await get(good, '/v1/me')).status).toBe(200)
    expect([asked.length, acquired > 0]).toEqual([1, true])
  })

  test('nobody whose token was revoked, not even one who is remembered', async () => {
    let revoked: unknown
    await start({}, { revocations: { isRevoked: ({ jti }) => jti === revoked } })
    const [first, second] = [await tokenOf({ sub: 'ana', jti: '1' }), await tokenOf({ sub: 'ana', jti: '2' })]
    expect((await get(first, '/v1/me')).status).toBe(200)
    revoked = '1'
    expect((await get(first, '/v1/me')).status).toBe(401)
    revoked = '2'
    expect((await get(second, '/v1/me')).status).toBe(401)
    expect(asked).toHaveLength(1)
  })

  test('each token for itself: its answer serves no other, not even one of the same caller', async () => {
    await start()
    answer = ({ sub, jti }) => ({ teams: [`${String(sub)}-${String(jti)}`] })
    const callers = ['ana', 'bo'].flatMap((sub) => ['1', '2'].map((jti) => ({ sub, jti })))
    const tokens = await Promise.all(callers.map(tokenOf))
    for (const times of [1, 2]) {
      const groups = await Promise.all(
        tokens.map(async (token) => ((await get(token, '/v1/me')).body as { groups: unknown }).groups),
      )
      expect(groups).toEqual([['ana-1'], ['ana-2'], ['bo-1'], ['bo-2']])
      expect([times, asked.length]).toEqual([times, 4])
    }
  })

  test('1,000 parallel first requests of one token are one call', async () => {
    let arrived = 0
    const all = settled<undefined>()
    const clock = () => {
      if (++arrived >= 1000) all.resolve(undefined)
      return now
    }
    await start({ deadline: 30_000 }, { now: clock })
    answer = async () => {
      await all.promise
      return { teams: ['red'] }
    }
    await project('Red', ['red'])
    const token = await tokenOf({ sub: 'ana' })
    const answers = await Promise.all(Array.from({ length: 1000 }, () => get(token, '/v1/me')))
    const groups = answers.map(
      ({ status, body }) => `${status} ${String((body as { groups: unknown }).groups)}`,
    )
    expect(new Set(groups)).toEqual(new Set(['200 red']))
    expect(asked).toHaveLength(1)
  }, 60_000)

  test('a failure is shared by those who wait for it, and no others', async () => {
    await start()
    const [hanging, asking] = [settled<Claims>(), settled<undefined>()]
    answer = () => {
      asking.resolve(undefined)
      return hanging.promise
    }
    const token = await tokenOf({ sub: 'ana' })
    const waiting = get(token, '/v1/me')
    await asking.promise
    hanging.reject(new Error('down'))
    expectUnavailable(await waiting)
    answer = teamsOf
    expect((await get(token, '/v1/me')).status).toBe(200)
  })

  test('only so many answers are remembered: who was asked about longest ago is asked about again', async () => {
    await start({}, { remembered: 2 })
    const tokens = await Promise.all(['a', 'b', 'c'].map((sub) => tokenOf({ sub })))
    for (const token of tokens) await get(token, '/v1/me')
    expect(asked).toHaveLength(3)
    await get(tokens[2] ?? '', '/v1/me')
    expect(asked).toHaveLength(3)
    await get(tokens[0] ?? '', '/v1/me')
    expect(asked).toHaveLength(4)
  })

  test('with the cache of tokens off, answers are remembered all the same', async () => {
    await start({}, { remembered: 0 })
    const token = await tokenOf({ sub: 'ana' })
    for (let times = 0; times < 3; times++) expect((await get(token, '/v1/me')).status).toBe(200)
    expect(asked).toHaveLength(1)
  })

  test('when the time is over he is asked about again, also if the clock goes back', async () => {
    await start({ timeToLive: 100 })
    const token = await tokenOf({ sub: 'ana' })
    const asking = async (change: number, times: number) => {
      now += change
      expect((await get(token, '/v1/me')).status).toBe(200)
      expect([change, asked.length]).toEqual([change, times])
    }
    await asking(0, 1)
    await asking(99_999, 1)
    await asking(1, 2)
    // To before he was last asked about.
    await asking(-20_000, 3)
    now += 100_000
    answer = () => Promise.reject(new Error('down'))
    expectUnavailable(await get(token, '/v1/me'))
    now -= 50_000
    expectUnavailable(await get(token, '/v1/me'))
  })

  test('it is told who issued the token, and given the client that sees every row', async () => {
    await start()
    let told: Context | undefined
    answer = (_, context) => {
      told = context
      return {}
    }
    await get(await tokenOf({ sub: 'ana' }), '/v1/me')
    expect(told).toMatchObject({ issuer: service.issuer.settings.issuer })
    expect(told?.unscoped).toBe(service.unscoped)
    expect(Object.isFrozen(told)).toBe(true)
  })
})

test('rules that count on it are not served by an authenticator that does not do it', async () => {
  await start()
  const data = defineData({ schema, enrichment: { enrich: () => ({}) } })
  const { claimstake } = await import('../../src/claimstake.js')
  const db = claimstake({ prisma: service.unscoped, data })
  const { unscoped } = service
  const issuers = [service.issuer.settings]
  expect(() => db.router({ authenticate: authenticator({ issuers }) })).toThrow(
    /enrichment: data\.enrichment/u,
  )
  const authenticate = authenticator({ issuers, enrichment: data.enrichment, unscoped })
  expect(() => db.router({ authenticate })).not.toThrow()
})

describe('the identity that is looked up', () => {
  const lookedUp = async (issuer: Parameters<typeof startService>[1], claims: Claims) => {
    const seen: (string | undefined)[] = []
    const enrichment: ClaimsEnrichment = {
      enrich(_claims, { identity }) {
        seen.push(identity(), identity('user_id'), identity('$.a.b'))
        return {}
      },
    }
    service = await startService(defineData({ schema, enrichment }), issuer, shared())
    expect((await get(await tokenOf(claims), '/v1/posts')).status).toBe(200)
    return seen
  }

  test('is what owner rules read: with the alias, and of a claim that could own a row', async () => {
    expect(await lookedUp({ alias: 'okta' }, { sub: 's', user_id: 'ana', a: { b: 7 } })).toEqual([
      ...['okta::s', 'okta::ana', 'okta::7'],
    ])
  })

  test.each([['\0'], [' '], [null], [{ not: '' }]])('J65 is none where the claim is %j', async (user_id) => {
    expect(await lookedUp({}, { sub: 's', user_id })).toEqual(['s', undefined, undefined])
  })

  test('J65 a claim that Postgres could not even compare is no reason for 503: the example', async () => {
    service = await startService(exampleData, {}, shared())
    const answer = await get(await tokenOf({ user_id: '\0', user_groups: ['Moderator'] }), '/v1/posts')
    expect(answer.status).toBe(200)
  })
})
