import fc from 'fast-check'
import { principal, type Principal } from '../../src/claims/principal.js'
import { ClaimstakeError } from '../../src/errors.js'
import { createRow } from '../../src/policy/create-row.js'
import { decide, fieldScope, type Allowed } from '../../src/policy/decide.js'
import type { Operation } from '../../src/policy/operation.js'
import type { Policy } from '../../src/policy/policy.js'
import type { RuleDefinition } from '../../src/policy/rule-definition.js'
import { allOf, anyOf, type Scope, type ScopeValue } from '../../src/policy/scope.js'
import { scopeToWhere } from '../../src/policy/scope-to-where.js'
import { testScope } from '../../src/policy/test-scope.js'
import { updateGuards } from '../../src/policy/update-guards.js'
import { scopedWhere } from '../../src/scope/plan-read.js'
import { model, policy } from '../support/fake-catalog.js'

// A failing property prints its seed and the smallest counterexample; PROPERTY_SEED runs it again, and
// PROPERTY_RUNS multiplies the number of runs.
const seed = Number(process.env['PROPERTY_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
const times = Number(process.env['PROPERTY_RUNS'] ?? 1)
process.stdout.write(`test/property/scope: PROPERTY_SEED=${seed}\n`)

function holds<Ts>(property: fc.IProperty<Ts>, numRuns: number): void {
  fc.assert(property, { seed, numRuns: numRuns * times, interruptAfterTimeLimit: 1_500 * times })
}

type Row = Readonly<Record<string, unknown>>

/** `expect` is too slow to be asked about every row and field. */
function same(actual: unknown, expected: unknown, ...where: readonly unknown[]): void {
  if (actual !== expected) expect([actual, ...where]).toEqual([expected, ...where])
}

const thing = model('Thing', {
  ...{ id: 'Uuid', owner: 'String?', owners: 'String[]', account: 'Int?', accounts: 'BigInt[]' },
  ...{ team: 'String?', teams: 'String[]', title: 'String?', rank: 'Int?', tags: 'String[]' },
  ...{ secret: 'String?', bonus: 'Int?' },
})
const columns = [...thing.columns.keys()].filter((name) => name !== 'id')
const lists = columns.filter((name) => thing.columns.get(name)?.list)

// ---------------------------------------------------------------------------------------------------------------
// The database: a Prisma `where` over one row, in SQL's three-valued logic; `null` is unknown.

type Truth = boolean | null

const not = (truth: Truth): Truth => (truth === null ? null : !truth)
const every = (truths: readonly Truth[]): Truth =>
  truths.includes(false) ? false : truths.includes(null) ? null : true
const some = (truths: readonly Truth[]): Truth =>
  truths.includes(true) ? true : truths.includes(null) ? null : false

function evaluate(where: Row, row: Row, top = true): Truth {
  return every(
    Object.entries(where).map(([key, value]): Truth => {
      const parts = () => [value].flat().map((part) => evaluate(part as Row, row, false))
      if (key === 'AND') return every(parts())
      // Measured: an empty OR is nothing at the top and everything inside AND.
      if (key === 'OR') return parts().length === 0 ? !top : some(parts())
      if (key === 'NOT') return every(parts().map(not))
      return compare(row[key], value)
    }),
  )
}

function compare(stored: unknown, condition: unknown): Truth {
  if (typeof condition !== 'object' || condition === null || Array.isArray(condition))
    return operate('equals', stored, condition, false)
  const { mode, ...operators } = condition as Row
  return every(
    Object.entries(operators).map(([name, operand]) => operate(name, stored, operand, mode !== undefined)),
  )
}

function operate(name: string, stored: unknown, operand: unknown, insensitive: boolean): Truth {
  if (name === 'equals' && operand === null) return stored === null
  if (name === 'not') return operand === null ? stored !== null : not(compare(stored, operand))
  if (name === 'notIn' && (operand as unknown[]).length === 0) return true
  if (name === 'in' && (operand as unknown[]).length === 0) return false
  if (stored === null) return null
  const list = stored as unknown[]
  const wanted = operand as unknown[]
  switch (name) {
    case 'equals':
      return Array.isArray(stored) ? JSON.stringify(stored) === JSON.stringify(operand) : stored === operand
    case 'in':
      return wanted.includes(stored)
    case 'notIn':
      return !wanted.includes(stored)
    case 'lt':
      return (stored as number) < (operand as number)
    case 'lte':
      return (stored as number) <= (operand as number)
    case 'gt':
      return (stored as number) > (operand as number)
    case 'gte':
      return (stored as number) >= (operand as number)
    case 'contains':
      return like(stored, `%${operand as string}%`, insensitive)
    case 'startsWith':
      return like(stored, `${operand as string}%`, insensitive)
    case 'endsWith':
      return like(stored, `%${operand as string}`, insensitive)
    case 'has':
      return list.includes(operand)
    case 'hasSome':
      return wanted.some((value) => list.includes(value))
    case 'hasEvery':
      return wanted.every((value) => list.includes(value))
    case 'isEmpty':
      return (list.length === 0) === operand
    default:
      throw new Error(`the evaluator has no operator ${name}`)
  }
}

/** LIKE as Postgres has it: `%`, `_`, and a backslash before a literal one. */
function like(stored: unknown, pattern: string, insensitive: boolean): boolean {
  const literal = (char: string) => `\\u{${char.codePointAt(0)?.toString(16) ?? ''}}`
  const source = pattern.replace(/\\(.)|(.)/gsu, (_, escaped: string | undefined, char: string) => {
    if (escaped !== undefined) return literal(escaped)
    return char === '%' ? '.*' : char === '_' ? '.' : literal(char)
  })
  return new RegExp(`^(?:${source})$`, insensitive ? 'isu' : 'su').test(stored as string)
}

// ---------------------------------------------------------------------------------------------------------------
// RULES.md, read row by row. Nothing here calls what it is held against.

interface Rules {
  readonly model: readonly RuleDefinition[]
  readonly fields: Readonly<Record<string, readonly RuleDefinition[]>>
}

const meaning: Readonly<Record<string, readonly string[]>> = {
  read: ['get', 'list', 'listen'],
  sync: ['list'],
  search: ['list'],
}

/** Section 1: without `.to()` a rule grants all. */
function grants(rule: RuleDefinition, operation: string): boolean {
  return rule.operations?.flatMap((word) => meaning[word] ?? [word]).includes(operation) ?? true
}

/** Section 1: a request has one provider; a rule that names none is for a JWT of any issuer. */
function isFor(rule: RuleDefinition, who: Principal): boolean {
  if (rule.strategy === 'guest') return who.provider === 'identityPool'
  if (rule.provider === undefined) return ['userPools', 'oidc'].includes(who.provider)
  return rule.provider === who.provider
}

/** Section 2: what is at a claim path; every path the rules below name is a key, or `$.a.b` with `[*]`. */
function claimAt(who: Principal, path: string): unknown {
  if (!path.startsWith('$')) return Object.hasOwn(who.claims, path) ? who.claims[path] : undefined
  return path
    .slice(2)
    .split(/\.|(?=\[)/u)
    .reduce<unknown>((place, step) => {
      if (step === '[*]') return Array.isArray(place) ? place : undefined
      if (Array.isArray(place))
        return place.flatMap((item) => (isObject(item) && step in item ? [item[step]] : []))
      return isObject(place) && Object.hasOwn(place, step) ? place[step] : undefined
    }, who.claims)
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null

/** Section 2, identity: the stamped value and everything stored that is the caller's. */
function identityIn(
  rule: RuleDefinition,
  who: Principal,
): { stamp: string; his: readonly string[] } | undefined {
  const cognito = who.provider === 'userPools'
  const path = rule.claim ?? (cognito ? 'sub::username' : 'sub')
  const parts = path.split('::').map((part): string | undefined => {
    let value = claimAt(who, part)
    if (value === undefined && cognito && part === 'username') value = claimAt(who, 'cognito:username')
    if (typeof value === 'number') return Number.isSafeInteger(value) ? String(value) : undefined
    return typeof value === 'string' && value.trim() !== '' && value.length <= 1024 ? value : undefined
  })
  const known = parts.filter((part) => part !== undefined)
  if (known.length < parts.length || (parts.length > 1 && known.some((part) => part.includes('::'))))
    return undefined
  const prefix = who.alias === '' ? '' : `${who.alias}::`
  const stamp = prefix + known.join('::')
  const his = who.matchParts ? [stamp, ...known.map((part) => prefix + part)] : [stamp]
  return his.some((value) => isOthers(who, value)) ? undefined : { stamp, his }
}

function isOthers(who: Principal, value: string): boolean {
  return who.otherAliases.some((alias) => value.startsWith(`${alias}::`))
}

/** Section 2, groups. */
function groupsIn(rule: RuleDefinition, who: Principal): string[] {
  if (who.groups === 'none') return []
  const value = claimAt(who, rule.claim ?? (who.provider === 'userPools' ? 'cognito:groups' : 'groups'))
  let names: unknown[] = []
  if (Array.isArray(value)) names = value
  else if (typeof value === 'string' && value.startsWith('[')) names = JSON.parse(value) as unknown[]
  else if (typeof value === 'string')
    names = rule.separator === undefined ? [value] : value.split(rule.separator).map((name) => name.trim())
  const prefix = who.alias !== '' && who.groups === 'prefixed' ? `${who.alias}::` : ''
  return names
    .filter((name): name is string => typeof name === 'string' && name !== '')
    .map((name) => prefix + name)
    .filter((name) => !isOthers(who, name))
}

/** Section 1: a claim value matches a number column only in canonical form. */
function asStored(column: string, text: string): unknown {
  const type = thing.columns.get(column)?.type
  if (type === 'String') return text
  if (!/^-?\d+$/u.test(text) || String(BigInt(text)) !== text) return undefined
  const value = BigInt(text)
  const limit = type === 'Int' ? 2n ** 31n : 2n ** 63n
  if (value < -limit || value >= limit) return undefined
  return type === 'Int' ? Number(value) : value
}

/** Section 3: the values in its column by which a dynamic rule recognises the caller. */
function namesOf(rule: RuleDefinition, who: Principal): unknown[] {
  if (!isFor(rule, who) || rule.column === undefined) return []
  const { column } = rule
  const names = rule.strategy === 'owner' ? (identityIn(rule, who)?.his ?? []) : groupsIn(rule, who)
  return names.map((name) => asStored(column, name)).filter((value) => value !== undefined)
}

function isStaticMatch(rule: RuleDefinition, who: Principal): boolean {
  if (!isFor(rule, who) || rule.column !== undefined) return false
  return rule.strategy !== 'group' || groupsIn(rule, who).some((name) => rule.groups?.includes(name))
}

function matchesRow(rule: RuleDefinition, who: Principal, row: Row): boolean {
  if (rule.column === undefined) return isStaticMatch(rule, who)
  const stored = row[rule.column]
  const held = Array.isArray(stored) ? (stored as unknown[]) : [stored]
  return namesOf(rule, who).some((name) => held.includes(name))
}

/** Section 3: S(f, op) at a row. */
function inS(rules: Rules, who: Principal, field: string, operation: string, row: Row): boolean {
  const governing = rules.fields[field] ?? rules.model
  return governing.some((rule) => grants(rule, operation) && matchesRow(rule, who, row))
}

/** Section 3: whether a row is in the scope of an operation; delete asks the model's rules only. */
function inScope(rules: Rules, who: Principal, operation: string, row: Row): boolean {
  const fields = operation === 'delete' ? ['id'] : ['id', ...columns]
  return fields.some((field) => inS(rules, who, field, operation, row))
}

/** Section 3: deny, whatever rows exist: no rule for the operation, or none usable. */
function isDenied(rules: Rules, who: Principal, operation: string): boolean {
  const asked = operation === 'delete' ? rules.model : [...rules.model, ...Object.values(rules.fields).flat()]
  return !asked.some(
    (rule) => grants(rule, operation) && (isStaticMatch(rule, who) || namesOf(rule, who).length > 0),
  )
}

const everyRule = (rules: Rules) => [...rules.model, ...Object.values(rules.fields).flat()]

/** Section 4: a static group rule for this field that grants the operation lifts what is said about rule columns. */
function isLifted(rules: Rules, who: Principal, field: string, operation: string): boolean {
  const governing = rules.fields[field] ?? rules.model
  return governing.some(
    (rule) => rule.strategy === 'group' && grants(rule, operation) && isStaticMatch(rule, who),
  )
}

/** Section 4, create: the row that is stored, or nothing. */
function created(rules: Rules, who: Principal, sent: Row): Row | undefined {
  const stamping = everyRule(rules).filter((rule) => rule.strategy === 'owner' && grants(rule, 'create'))
  const row: Record<string, unknown> = { ...sent }
  for (const rule of stamping) {
    const { column = '', list = false } = rule
    const identity = isFor(rule, who) ? identityIn(rule, who) : undefined
    const stamp = identity && asStored(column, identity.stamp)
    if (stamp !== undefined && row[column] === undefined) row[column] = list ? [stamp] : stamp
  }
  for (const { column = '', list } of stamping) {
    const value = sent[column]
    if (list === true || value === undefined || value === null) continue
    const his = stamping.some((rule) => rule.column === column && namesOf(rule, who).includes(value))
    if (!his && !isLifted(rules, who, column, 'create')) return undefined
  }
  const asked = Object.keys(sent).length === 0 ? ['id'] : Object.keys(sent)
  if (isDenied(rules, who, 'create') || !asked.every((field) => inS(rules, who, field, 'create', row)))
    return undefined
  for (const list of lists) row[list] ??= []
  return row
}

/** Section 4, update: the row as it is stored then, or nothing. */
function updated(rules: Rules, who: Principal, stored: Row, sent: Row): Row | undefined {
  const fields = Object.keys(sent)
  if (!fields.every((field) => inS(rules, who, field, 'update', stored))) return undefined
  const row: Record<string, unknown> = { ...stored, ...sent }
  for (const field of fields) {
    const reading = everyRule(rules).filter((rule) => rule.column === field)
    const isOwner = !lists.includes(field) && reading.some((rule) => rule.strategy === 'owner')
    // Section 2: an owner that is the stored one, or the form it is shown in, is dropped from the write.
    if (isOwner && isUnchanged(reading, who, stored[field], sent[field])) {
      row[field] = stored[field]
      continue
    }
    if (reading.length === 0 || isLifted(rules, who, field, 'update')) continue
    const isTransfer = reading.some(
      (rule) => rule.transferable && grants(rule, 'update') && matchesRow(rule, who, stored),
    )
    const value = sent[field]
    if (isOwner) {
      if (!isTransfer) return undefined
    } else {
      if (lists.includes(field) && (value === null || (value as unknown[]).length === 0)) return undefined
      if (!isTransfer && !holdsAll(rules, who, field, stored)) return undefined
    }
  }
  return row
}

/** The stored owner, or the form REST shows it in: the last part of a composite. */
function isUnchanged(
  reading: readonly RuleDefinition[],
  who: Principal,
  stored: unknown,
  value: unknown,
): boolean {
  const composite = reading.some(
    ({ strategy, claim }) => strategy === 'owner' && (claim?.includes('::') ?? who.provider === 'userPools'),
  )
  if (stored === value) return true
  if (!composite || typeof stored !== 'string' || typeof value !== 'string') return false
  // An alias is shown with the last part, so that two issuers' callers do not read alike.
  const shownWithAlias = [who.alias, ...who.otherAliases].some((alias) => {
    const prefix = `${alias}::`
    if (alias === '' || !stored.startsWith(prefix) || !value.startsWith(prefix)) return false
    return stored.endsWith(`::${value.slice(prefix.length)}`)
  })
  return shownWithAlias || stored.endsWith(`::${value}`)
}

/** Whether the caller holds, on the stored row, every operation that the rules reading a column grant. */
function holdsAll(rules: Rules, who: Principal, column: string, stored: Row): boolean {
  const needed = (list: readonly RuleDefinition[], operations: readonly string[]) =>
    operations.filter((name) => list.some((rule) => rule.column === column && grants(rule, name)))
  return (
    needed(rules.model, ['get', 'list', 'update', 'delete', 'listen']).every((name) =>
      inS(rules, who, 'id', name, stored),
    ) &&
    Object.entries(rules.fields).every(([field, list]) =>
      needed(list, ['get', 'list', 'update', 'listen']).every((name) => inS(rules, who, field, name, stored)),
    )
  )
}

// ---------------------------------------------------------------------------------------------------------------
// Random rules, callers and rows.

const people = ['ana', 'bo', 'Ana', 'sub-1', '7', '-12', '007', 'okta::ana', 'sub-1::ana', 'okta::sub-1::ana']
const teams = ['red', 'blue', 'Red', '7', 'okta::red', 'bl']
const texts = ['', 'a', 'A', 'ab', '%', '_', 'a%', '\\', '\\%', 'a\nb']
const maybe = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: null, freq: 4 })
const oneOf = <T>(values: readonly T[]) => fc.constantFrom(...values)
const listOf = <T>(values: readonly T[]) => fc.array(oneOf(values), { maxLength: 3 })

const values: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  owner: maybe(oneOf(people)),
  owners: maybe(listOf(people)),
  account: maybe(oneOf([7, -12, 0])),
  accounts: maybe(listOf([7n, -12n, 2n ** 40n])),
  team: maybe(oneOf([...teams, 'ana'])),
  teams: maybe(listOf(teams)),
  title: maybe(oneOf(texts)),
  rank: maybe(oneOf([0, 1, 2])),
  tags: maybe(listOf(texts)),
  secret: maybe(oneOf(texts)),
  bonus: maybe(oneOf([0, 1, 2])),
}
const rowArbitrary = fc.record(values).map((row): Row => ({ id: 'row', ...row }))
/** Mostly a few fields: of a call that sends every field, one is always refused. */
const sentArbitrary: fc.Arbitrary<Row> = fc
  .tuple(fc.record(values), fc.uniqueArray(oneOf(columns), { maxLength: 3 }))
  .map(([row, chosen]) => Object.fromEntries(chosen.map((name) => [name, row[name as keyof typeof row]])))

const modelOperations = [
  ...[undefined, ['read'], ['get'], ['list'], ['create'], ['update'], ['delete'], ['create', 'read']],
  ...[
    ['read', 'update'],
    ['get', 'list', 'listen'],
    ['sync'],
    ['search', 'get'],
    ['create', 'read', 'update'],
  ],
] as RuleDefinition['operations'][]
const fieldOperations = [
  ...[
    undefined,
    ['read'],
    ['create'],
    ['update'],
    ['create', 'read'],
    ['read', 'update'],
    ['read', 'delete'],
  ],
] as RuleDefinition['operations'][]

const providers = [undefined, undefined, undefined, 'userPools', 'oidc'] as RuleDefinition['provider'][]
const identityPaths = [
  ...[undefined, undefined, 'user_id', 'username', 'absent'],
  ...['sub::user_id', '$.realm.id'],
]
const groupPaths = [
  ...[undefined, undefined, 'user_groups', 'absent'],
  ...['$.realm.roles', '$.orgs[*].name'],
]

function ruleArbitrary(of: readonly RuleDefinition['operations'][]): fc.Arbitrary<RuleDefinition> {
  const common = { operations: oneOf(of), provider: oneOf(providers) }
  const onColumn = (strategy: 'owner' | 'group', list: boolean, names: readonly string[]) =>
    fc.record({
      ...common,
      strategy: fc.constant(strategy),
      column: oneOf(names),
      list: fc.constant(list),
      claim: oneOf(strategy === 'owner' ? identityPaths : groupPaths),
      ...(strategy === 'group' && { separator: oneOf([undefined, undefined, ' ', ',']) }),
      ...(strategy === 'owner' && { transferable: oneOf([undefined, undefined, true]) }),
    })
  return fc
    .oneof(
      onColumn('owner', false, ['owner', 'owner', 'account', 'team']),
      onColumn('owner', true, ['owners', 'owners', 'accounts']),
      onColumn('group', false, ['team', 'team', 'account']),
      onColumn('group', true, ['teams']),
      fc.record({
        ...common,
        strategy: fc.constant('group' as const),
        groups: fc.uniqueArray(oneOf(teams), { minLength: 1, maxLength: 2 }),
        claim: oneOf(groupPaths),
        separator: oneOf([undefined, ' ', ',']),
      }),
      fc.record({ ...common, strategy: fc.constant('authenticated' as const) }),
      fc.record({ operations: oneOf(of), strategy: fc.constant('guest' as const) }),
    )
    .map((rule) => {
      const given = Object.fromEntries(Object.entries(rule).filter(([, value]) => value !== undefined))
      return given as unknown as RuleDefinition
    })
}

/** The rules of one level: no role twice. */
function levelArbitrary(rule: fc.Arbitrary<RuleDefinition>, minLength = 0): fc.Arbitrary<RuleDefinition[]> {
  return fc.array(rule, { minLength, maxLength: 3 }).map((rules) => {
    const roles = new Set<string>()
    return rules.filter((rule) => {
      const own = rolesOf(rule)
      if (own.some((role) => roles.has(role))) return false
      own.forEach((role) => roles.add(role))
      return true
    })
  })
}

const rolesOf = ({ strategy, provider, column, groups, claim }: RuleDefinition) =>
  (groups ?? ['']).map((group) => [strategy, provider, column, group, claim].join('|'))

const given = (fields: Readonly<Record<string, RuleDefinition[] | undefined>>): Rules['fields'] =>
  Object.fromEntries(
    Object.entries(fields).flatMap(([name, list]) => (list === undefined ? [] : [[name, list]])),
  )

const fieldLevel = fc.option(levelArbitrary(ruleArbitrary(fieldOperations), 1), { nil: undefined, freq: 1 })
const anyRules: fc.Arbitrary<Rules> = fc
  .record({
    model: levelArbitrary(ruleArbitrary(modelOperations)),
    fields: fc.record({ secret: fieldLevel, bonus: fieldLevel, title: fieldLevel, owners: fieldLevel }),
  })
  .map(({ model: own, fields }) => ({ model: own, fields: given(fields) }))

/** Few rules that often meet: what goes wrong between two rules is rare among rules that never meet. */
const closeRule = (of: readonly RuleDefinition['operations'][]): fc.Arbitrary<RuleDefinition> =>
  fc
    .record({
      base: oneOf<RuleDefinition>([
        { strategy: 'authenticated' },
        { strategy: 'group', groups: ['red'] },
        { strategy: 'owner', column: 'owner', list: false },
        { strategy: 'owner', column: 'owner', list: false, claim: 'user_id', transferable: true },
        { strategy: 'owner', column: 'owner', list: false, claim: 'sub::username', transferable: true },
        { strategy: 'owner', column: 'owners', list: true },
        { strategy: 'owner', column: 'owners', list: true, claim: 'user_id', transferable: true },
        { strategy: 'group', column: 'team', list: false },
        { strategy: 'group', column: 'teams', list: true },
      ]),
      operations: oneOf(of),
    })
    .map(({ base, operations }) => (operations === undefined ? base : { ...base, operations }))
const closeLevel = fc.option(levelArbitrary(closeRule(fieldOperations), 1), { nil: undefined, freq: 1 })
const closeRules: fc.Arbitrary<Rules> = fc
  .record({
    model: levelArbitrary(closeRule(modelOperations), 1),
    fields: fc.record({ secret: closeLevel, title: closeLevel }),
  })
  .map(({ model: own, fields }) => ({ model: own, fields: given(fields) }))
const rulesArbitrary = fc.oneof(anyRules, closeRules)

/** Two or three of those rules with rights enough to write with, for a table of a few names. */
const writeOperations = [
  ...[undefined, ['read'], ['update'], ['read', 'update'], ['read', 'update'], ['create', 'read', 'update']],
] as RuleDefinition['operations'][]
const tightLevel = levelArbitrary(closeRule(writeOperations), 1)
const tightRules: fc.Arbitrary<Rules> = fc
  .record({
    model: tightLevel,
    fields: fc.record({
      secret: fc.option(tightLevel, { nil: undefined, freq: 1 }),
      owners: fc.option(tightLevel, { nil: undefined, freq: 5 }),
    }),
  })
  .map(({ model: own, fields }) => ({ model: own, fields: given(fields) }))

const identities = [...people, 7, 1.5, '', ' ', null, 'a::b', 'okta']
const groupClaims = fc.oneof(
  fc.array(oneOf<unknown>([...teams, 3, null, 'red blue']), { maxLength: 3 }),
  listOf(teams).map((names) => JSON.stringify(names)),
  oneOf<unknown>([...teams, 'red blue', 'red, blue', '', null, 7, { red: true }]),
)
const claimsArbitrary = fc.record(
  {
    sub: oneOf<unknown>(['sub-1', 'sub-1', ...identities]),
    username: oneOf<unknown>(identities),
    'cognito:username': oneOf<unknown>(identities),
    user_id: oneOf<unknown>(identities),
    groups: groupClaims,
    'cognito:groups': groupClaims,
    user_groups: groupClaims,
    realm: fc.record({ id: oneOf<unknown>(identities), roles: groupClaims }, { requiredKeys: [] }),
    orgs: fc.array(fc.record({ name: oneOf<unknown>([...teams, 3]) }, { requiredKeys: [] }), {
      maxLength: 2,
    }),
  },
  { requiredKeys: [] },
)
const issuers = [
  ...[{}, {}, {}, { matchParts: false }, { otherAliases: ['okta'] }],
  ...[{ alias: 'okta' }, { alias: 'okta', groups: 'trusted' as const }, { groups: 'none' as const }],
]
const usualPrincipal = fc
  .record({
    provider: oneOf(['userPools', 'oidc'] as const),
    matchParts: fc.boolean(),
    name: oneOf(['ana', 'bo']),
    teams: listOf(['red', 'blue']),
  })
  .map(({ provider, matchParts, name, teams: groups }) =>
    principal({
      ...{ provider, issuer: 'https://id', matchParts },
      claims: { sub: 'sub-1', username: name, user_id: name, groups, 'cognito:groups': groups },
    }),
  )
const anyPrincipal = fc
  .record({
    provider: oneOf(['userPools', 'oidc', 'oidc', 'function'] as const),
    settings: oneOf(issuers),
    claims: claimsArbitrary,
  })
  .map(({ provider, settings, claims }) => principal({ provider, issuer: 'https://id', ...settings, claims }))
const principalArbitrary = fc.oneof(anyPrincipal, usualPrincipal)
const callerArbitrary = fc.oneof(
  { arbitrary: principalArbitrary, weight: 12 },
  { arbitrary: fc.constant(principal({ provider: 'identityPool', issuer: '', claims: {} })), weight: 1 },
)

const toRules = (list: readonly RuleDefinition[]) => list.map((definition) => ({ definition }))
const compiled = (rules: Rules): Policy =>
  policy(
    thing,
    toRules(rules.model).length > 0 ? toRules(rules.model) : undefined,
    Object.fromEntries(Object.entries(rules.fields).map(([name, list]) => [name, toRules(list)])),
  )

const reading = ['get', 'list', 'listen'] as const satisfies readonly Operation[]
const onRows = [...reading, 'update', 'delete'] as const satisfies readonly Operation[]

// ---------------------------------------------------------------------------------------------------------------

test('(a) a scope tests a row as the WHERE it becomes does', () => {
  const scopeValues = (name: string): fc.Arbitrary<ScopeValue[]> =>
    fc.array(
      name === 'account'
        ? oneOf<ScopeValue>([7, -12, 0])
        : name === 'accounts'
          ? oneOf<ScopeValue>([7n, -12n])
          : oneOf<ScopeValue>([...people, ...texts]),
      { minLength: 1, maxLength: 3 },
    )
  const leaf: fc.Arbitrary<Scope> = fc.oneof(
    fc.constantFrom<Scope>({ kind: 'all' }, { kind: 'none' }),
    oneOf(['owner', 'team', 'account', 'title']).chain((column) =>
      scopeValues(column).map((list): Scope => ({ kind: 'equals', column, values: list })),
    ),
    oneOf(['owners', 'teams', 'accounts', 'tags']).chain((column) =>
      scopeValues(column).map((list): Scope => ({ kind: 'has', column, values: list })),
    ),
    oneOf(columns).map((column): Scope => ({ kind: 'isNull', column })),
    fc
      .record({
        column: oneOf(['owner', 'title']),
        alias: oneOf(['', '', 'x::', 'x_::', 'okta::']),
        last: oneOf([...people, ...texts]),
      })
      .map((rest): Scope => ({ kind: 'shows', ...rest })),
  )
  const { scope } = fc.letrec<{ scope: Scope; tree: Scope }>((tie) => ({
    tree: fc
      .record({
        join: oneOf(['anyOf', 'allOf', 'plain any', 'plain all'] as const),
        scopes: fc.array(tie('scope'), { minLength: 1, maxLength: 3 }),
      })
      .map(({ join, scopes }): Scope => {
        if (join === 'anyOf') return anyOf(scopes)
        if (join === 'allOf') return allOf(scopes)
        return { kind: join === 'plain any' ? 'anyOf' : 'allOf', scopes }
      }),
    scope: fc.oneof({ depthSize: 'small' }, leaf, tie('tree')),
  }))
  const stored = rowArbitrary.chain((row) =>
    fc.record({ prefix: oneOf(['', 'x::', 'x::y::']), row: fc.constant(row) }).map(({ prefix }) => ({
      ...row,
      title: typeof row['title'] === 'string' ? prefix + row['title'] : null,
      owner: typeof row['owner'] === 'string' ? prefix + row['owner'] : null,
    })),
  )
  holds(
    fc.property(scope, fc.array(stored, { minLength: 1, maxLength: 6 }), (condition, rows) => {
      const where = scopeToWhere(condition, 'id')
      for (const row of rows) same(testScope(condition, row), evaluate(where, row) === true, row)
      // Simplifying never changes what is meant.
      for (const row of rows) {
        same(testScope(anyOf([condition]), row), testScope(condition, row), row)
        same(testScope(allOf([condition, { kind: 'all' }]), row), testScope(condition, row), row)
      }
    }),
    3_000,
  )
})

test('(b) decide answers as the text of RULES sections 1 to 3 does, row by row and field by field', () => {
  let open = 0
  holds(
    fc.property(
      rulesArbitrary,
      callerArbitrary,
      fc.array(rowArbitrary, { minLength: 1, maxLength: 5 }),
      (rules, who, rows) => {
        const compiledRules = compiled(rules)
        for (const operation of onRows) {
          const decision = decide(compiledRules, who, operation)
          same(decision.allowed, !isDenied(rules, who, operation), operation)
          for (const row of rows) {
            const inside = decision.allowed && testScope(decision.scope, row)
            same(inside, inScope(rules, who, operation, row), operation, row)
            if (!decision.allowed || operation === 'delete') continue
            if (inside) open++
            for (const field of columns) {
              const isOpen = testScope(fieldScope(decision, field), row)
              same(isOpen, inS(rules, who, field, operation, row), operation, field, row)
            }
          }
        }
      },
    ),
    2_500,
  )
  expect(open).toBeGreaterThan(20)
})

interface Writing {
  readonly rules: Rules
  readonly who: Principal
  readonly row: Row
  readonly sent: Row
}

const few = ['ana', 'bo', 'sub-1', 'sub-1::ana', 'sub-2::ana']
const tightValues: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  owner: maybe(oneOf(few)),
  owners: listOf(few),
  team: maybe(oneOf(['red', 'blue'])),
  teams: listOf(['red', 'blue']),
  title: oneOf(['a', 'b']),
  secret: oneOf(['a', 'b']),
}
const tightSent = fc
  .tuple(
    fc.record(tightValues),
    fc.uniqueArray(oneOf(Object.keys(tightValues)), { minLength: 1, maxLength: 2 }),
  )
  .map(([row, chosen]): Row => Object.fromEntries(chosen.map((name) => [name, row[name]])))

const writingArbitrary: fc.Arbitrary<Writing> = fc
  .oneof(
    fc.record({ rules: rulesArbitrary, who: callerArbitrary, row: rowArbitrary, sent: sentArbitrary }),
    fc.record({
      rules: tightRules,
      who: usualPrincipal,
      row: fc.tuple(rowArbitrary, fc.record(tightValues)).map(([row, more]): Row => ({ ...row, ...more })),
      sent: tightSent,
    }),
  )
  .chain((writing) =>
    // Often what is stored, or the form in which it is shown: the unchanged owner is what a client sends back.
    oneOf(['other', 'other', 'stored', 'shown'] as const).map((kind) => {
      const { owner } = writing.row
      if (kind === 'other' || !('owner' in writing.sent)) return writing
      const shown = typeof owner === 'string' ? owner.split('::').at(-1) : owner
      return { ...writing, sent: { ...writing.sent, owner: kind === 'shown' ? shown : owner } }
    }),
  )

/** Runs work and makes a refusal (403) nothing. */
function attempt<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch (error) {
    if (error instanceof ClaimstakeError && error.status === 403) return undefined
    throw error
  }
}

test('(b) create stamps, checks and refuses as the text of RULES section 4 does', () => {
  let done = 0
  holds(
    fc.property(writingArbitrary, ({ rules, who, sent }) => {
      const decision = decide(compiled(rules), who, 'create')
      const row = decision.allowed ? attempt(() => createRow(decision, who, sent)) : undefined
      if (row) done++
      expect(row).toEqual(created(rules, who, sent))
    }),
    5_000,
  )
  expect(done).toBeGreaterThan(20)
})

/** The row after an update, or nothing where it is refused. */
function update(rules: Rules, who: Principal, row: Row, sent: Row): Row | undefined {
  const decision = decide(compiled(rules), who, 'update')
  let guarded = decision.allowed ? attempt(() => updateGuards(decision, who, sent)) : undefined
  while (guarded && !guarded.guards.every(({ scope }) => testScope(scope, row))) guarded = guarded.otherwise
  return guarded && { ...row, ...guarded.data }
}

test('(b) update accepts, drops and refuses as the text of RULES section 4 does: plain fields and single owners', () => {
  let done = 0
  holds(
    fc.property(writingArbitrary, ({ rules, who, row, sent }) => {
      const groupColumns = everyRule(rules).flatMap(({ strategy, column }) =>
        strategy === 'group' && column !== undefined ? [column] : [],
      )
      const simple = Object.fromEntries(
        Object.entries(sent).filter(([name]) => !lists.includes(name) && !groupColumns.includes(name)),
      )
      fc.pre(Object.keys(simple).length > 0)
      const result = update(rules, who, row, simple)
      if (result) done++
      expect(result).toEqual(updated(rules, who, row, simple))
    }),
    6_000,
  )
  expect(done).toBeGreaterThan(20)
})

test('(b) update accepts and refuses as the text does: owner lists and dynamic groups', () => {
  holds(
    fc.property(writingArbitrary, ({ rules, who, row, sent }) => {
      fc.pre(Object.keys(sent).length > 0)
      const result = update(rules, who, row, sent)
      expect(result).toEqual(updated(rules, who, row, sent))
    }),
    6_000,
  )
})

test('nobody gains an operation on any field by an update that no rule lifts', () => {
  const rights = (rules: Rules, who: Principal, row: Row) =>
    ['id', ...columns].flatMap((field) =>
      onRows
        .filter((operation) => (operation === 'delete' ? field === 'id' : true))
        .filter((operation) => inS(rules, who, field, operation, row))
        .map((operation) => `${operation} ${field}`),
    )
  holds(
    fc.property(writingArbitrary, ({ rules, who, row, sent }) => {
      const isLiftedSomewhere = Object.keys(sent).some(
        (field) =>
          isLifted(rules, who, field, 'update') ||
          everyRule(rules).some(
            (rule) => rule.column === field && rule.transferable && matchesRow(rule, who, row),
          ),
      )
      fc.pre(!isLiftedSomewhere)
      const after = update(rules, who, row, sent)
      if (!after) return
      const before = rights(rules, who, row)
      expect(rights(rules, who, after).filter((right) => !before.includes(right))).toEqual([])
    }),
    6_000,
  )
})

/** Everything a caller sees of some rows, and which of them he may change. */
function seen(rules: Rules, who: Principal, rows: readonly Row[]): string[] {
  return onRows.flatMap((operation) => {
    const decision = decide(compiled(rules), who, operation)
    if (!decision.allowed) return []
    return rows.flatMap((row, at) => [
      ...(testScope(decision.scope, row) ? [`${operation} ${at}`] : []),
      ...columns
        .filter((field) => operation !== 'delete' && testScope(fieldScope(decision, field), row))
        .map((field) => `${operation} ${at} ${field}`),
    ])
  })
}

const rowsArbitrary = fc.array(rowArbitrary, { minLength: 1, maxLength: 4 })

test('(c) taking a claim away never shows more', () => {
  holds(
    fc.property(rulesArbitrary, principalArbitrary, rowsArbitrary, (rules, who, rows) => {
      const before = seen(rules, who, rows)
      for (const name of Object.keys(who.claims)) {
        // By rule the name `username` falls back to `cognito:username`: another identity, not a lesser one.
        if (name === 'username' && 'cognito:username' in who.claims && who.provider === 'userPools') continue
        const { [name]: _taken, ...claims } = who.claims
        const less = seen(rules, Object.freeze({ ...who, claims }), rows)
        expect(less.filter((sight) => !before.includes(sight))).toEqual([])
      }
    }),
    800,
  )
})

test('(c) adding a rule to a level that has rules never shows less', () => {
  const extra = ruleArbitrary(fieldOperations)
  holds(
    fc.property(rulesArbitrary, extra, callerArbitrary, rowsArbitrary, (rules, rule, who, rows) => {
      const before = seen(rules, who, rows)
      const add = (list: readonly RuleDefinition[]) => {
        const roles = list.flatMap(rolesOf)
        return rolesOf(rule).some((role) => roles.includes(role)) ? list : [...list, rule]
      }
      const more = [
        { ...rules, model: add(rules.model) },
        ...Object.entries(rules.fields).map(([name, list]) => ({
          ...rules,
          fields: { ...rules.fields, [name]: add(list) },
        })),
      ]
      for (const larger of more) {
        const after = seen(larger, who, rows)
        expect(before.filter((sight) => !after.includes(sight))).toEqual([])
      }
    }),
    1_000,
  )
})

// ---------------------------------------------------------------------------------------------------------------
// (d) What a caller asks about rows in a `where`.

const textTest = fc.oneof(
  fc.record({ equals: maybe(oneOf(texts)) }),
  fc.record({ not: maybe(oneOf(texts)) }),
  fc.record({ not: fc.record({ contains: oneOf(texts) }) }),
  fc.record({ in: listOf(texts) }),
  fc.record({ notIn: listOf(texts) }),
  fc.record({ contains: oneOf(['a', 'b', 'A']), mode: fc.constant('insensitive') }),
  fc.record({ startsWith: oneOf(['a', 'A']), lt: oneOf(texts) }),
  maybe(oneOf(texts)),
)
const numberTest = fc.oneof(
  fc.record({ equals: maybe(oneOf([0, 1, 2])) }),
  fc.record({ not: maybe(oneOf([0, 1, 2])) }),
  fc.record({ not: fc.record({ gte: oneOf([0, 1, 2]) }) }),
  fc.record({ in: listOf([0, 1, 2]) }),
  fc.record({ notIn: listOf([0, 1, 2]) }),
  fc.record({ gte: oneOf([0, 1, 2]), lt: oneOf([1, 2]) }),
  maybe(oneOf([0, 1, 2])),
)
const tagTest = fc.oneof(
  fc.record({ has: oneOf(texts) }),
  fc.record({ hasSome: listOf(texts) }),
  fc.record({ hasEvery: listOf(texts) }),
  fc.record({ isEmpty: fc.boolean() }),
)
const leafArbitrary: fc.Arbitrary<Row> = fc.oneof(
  ...['title', 'secret', 'secret', 'owner'].map((name) => textTest.map((test) => ({ [name]: test }))),
  ...['rank', 'bonus', 'bonus'].map((name) => numberTest.map((test) => ({ [name]: test }))),
  tagTest.map((test) => ({ tags: test })),
)
const { where: whereArbitrary } = fc.letrec<{ where: Row; tree: Row }>((tie) => {
  const branches = fc.array(tie('where'), { maxLength: 3 })
  return {
    tree: fc.oneof(
      branches.map((list) => ({ AND: list })),
      branches.map((list) => ({ OR: list })),
      branches.map((list) => ({ NOT: list })),
      tie('where').map((one) => ({ NOT: one })),
      tie('where').map((one) => ({ AND: one })),
      fc.tuple(leafArbitrary, tie('where')).map(([one, other]) => ({ ...one, NOT: other })),
      fc.tuple(leafArbitrary, leafArbitrary).map(([one, other]) => ({ ...one, ...other })),
    ),
    where: fc.oneof({ depthSize: 'small', withCrossShrink: true }, leafArbitrary, tie('tree')),
  }
})

/** RULES section 5: each leaf of a field hidden at this row is false, negated or not; nothing else changes. */
function meant(where: Row, row: Row, visible: (field: string) => boolean, negated = false): Truth {
  const truths = Object.entries(where).map(([key, value]): Truth => {
    const parts = (flip: boolean) =>
      [value].flat().map((part) => meant(part as Row, row, visible, flip ? !negated : negated))
    if (key === 'AND') return negated ? some(parts(false)) : every(parts(false))
    if (key === 'OR') return negated ? every(parts(false)) : some(parts(false))
    if (key === 'NOT') return negated ? some(parts(true)) : every(parts(true))
    if (!visible(key)) return false
    return negated ? not(compare(row[key], value)) : compare(row[key], value)
  })
  return negated ? some(truths) : every(truths)
}

/** The `where` of a list call, or nothing where it names a field the caller can never read. */
function listed(decision: Allowed, where: Row): Row | undefined {
  try {
    return scopedWhere(decision, where)
  } catch (error) {
    if (error instanceof ClaimstakeError && error.code === 'UNSUPPORTED_ARGUMENT') return undefined
    throw error
  }
}

/** Rules under which some fields are hidden on some rows: others see too little for a `where` to give away. */
const hidingArbitrary: fc.Arbitrary<Rules> = fc.oneof(
  rulesArbitrary,
  fc.record({
    model: fc.constantFrom<RuleDefinition[]>(
      [{ strategy: 'authenticated', operations: ['read'] }],
      [
        { strategy: 'owner', column: 'owner', list: false },
        { strategy: 'owner', column: 'owners', list: true },
      ],
    ),
    fields: fc.record({
      secret: levelArbitrary(ruleArbitrary([undefined, ['read']]), 1),
      bonus: levelArbitrary(ruleArbitrary([undefined, ['read']]), 1),
    }),
  }),
)

test('(d) a where finds rows of the scope only, and means what it says about those values that can be seen', () => {
  let found = 0
  let concealed = 0
  holds(
    fc.property(
      hidingArbitrary,
      principalArbitrary,
      rowsArbitrary,
      whereArbitrary,
      (rules, who, rows, where) => {
        const decision = decide(compiled(rules), who, 'list')
        const query = decision.allowed ? listed(decision, where) : undefined
        fc.pre(decision.allowed && query !== undefined)
        for (const row of rows) {
          const visible = (field: string) => inS(rules, who, field, 'list', row)
          const inside = inScope(rules, who, 'list', row)
          const expected = inside && meant(where, row, visible) === true
          if (expected) found++
          if (inside && !visible('secret')) concealed++
          same(evaluate(query, row) === true, expected, row)
        }
      },
    ),
    4_000,
  )
  expect(found).toBeGreaterThan(20)
  expect(concealed).toBeGreaterThan(20)
})

test('(d) no where tells one hidden value from another', () => {
  let flips = 0
  const flipped = fc.record({
    secret: values['secret'] ?? fc.constant(null),
    bonus: values['bonus'] ?? fc.constant(null),
  })
  holds(
    fc.property(
      ...([hidingArbitrary, principalArbitrary, rowsArbitrary, whereArbitrary, flipped] as const),
      (rules, who, rows, where, other) => {
        const decision = decide(compiled(rules), who, 'list')
        const query = decision.allowed ? listed(decision, where) : undefined
        fc.pre(query !== undefined)
        for (const row of rows) {
          for (const field of ['secret', 'bonus'] as const) {
            if (inS(rules, who, field, 'list', row)) continue
            const changed = { ...row, [field]: other[field] }
            flips++
            same(evaluate(query, changed) === true, evaluate(query, row) === true, field, row)
          }
        }
      },
    ),
    4_000,
  )
  expect(flips).toBeGreaterThan(20)
})
