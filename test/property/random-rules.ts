import fc from 'fast-check'
import type { RuleDefinition } from '../../src/policy/rule-definition.js'
import type { Rules } from './evaluator.js'
import { oneOf, teams } from './random-rows.js'

// Rules of the model Thing and of some of its fields.

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
export const fieldOperations = [
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

const tokens = [undefined, undefined, undefined, 'userPools', 'oidc'] as RuleDefinition['provider'][]
const providers = [...tokens, 'function'] as const
const identityPaths = [
  ...[undefined, undefined, 'user_id', 'username', 'absent'],
  ...['sub::user_id', '$.realm.id'],
]
const groupPaths = [
  ...[undefined, undefined, 'user_groups', 'absent'],
  ...['$.realm.roles', '$.orgs[*].name'],
]

export function ruleArbitrary(of: readonly RuleDefinition['operations'][]): fc.Arbitrary<RuleDefinition> {
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
      fc.record({
        operations: oneOf(of),
        provider: oneOf(tokens),
        strategy: fc.constant('authenticated' as const),
      }),
      fc.record({ operations: oneOf(of), strategy: oneOf(['guest', 'publicApiKey', 'custom'] as const) }),
    )
    .map((rule) => {
      const given = Object.fromEntries(Object.entries(rule).filter(([, value]) => value !== undefined))
      return given as unknown as RuleDefinition
    })
}

/** The rules of one level: no role twice. */
export function levelArbitrary(
  rule: fc.Arbitrary<RuleDefinition>,
  minLength = 0,
): fc.Arbitrary<RuleDefinition[]> {
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

export const rolesOf = ({ strategy, provider, column, groups, claim }: RuleDefinition) =>
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
        { strategy: 'custom' },
        { strategy: 'owner', column: 'owner', list: false, provider: 'function' },
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
export const rulesArbitrary = fc.oneof(anyRules, closeRules)

/** Two or three of those rules with rights enough to write with, for a table of a few names. */
const writeOperations = [
  ...[undefined, ['read'], ['update'], ['read', 'update'], ['read', 'update'], ['create', 'read', 'update']],
] as RuleDefinition['operations'][]
const tightLevel = levelArbitrary(closeRule(writeOperations), 1)
export const tightRules: fc.Arbitrary<Rules> = fc
  .record({
    model: tightLevel,
    fields: fc.record({
      secret: fc.option(tightLevel, { nil: undefined, freq: 1 }),
      owners: fc.option(tightLevel, { nil: undefined, freq: 5 }),
    }),
  })
  .map(({ model: own, fields }) => ({ model: own, fields: given(fields) }))
