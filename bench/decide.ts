import { modelsOf } from '../src/catalog/model.js'
import type { Catalog } from '../src/catalog/catalog.js'
import { principalOf, callerKind, type Claims } from '../src/claims/principal.js'
import { allow } from '../src/policy/allow.js'
import { compilePolicies } from '../src/policy/compile-policies.js'
import { decide } from '../src/policy/decide.js'
import type { Policy } from '../src/policy/policy.js'
import type { AnyRule } from '../src/policy/schema-builder.js'
import { scopeToWhere } from '../src/policy/scope-to-where.js'

// What a decision costs, from the principal of a token seen for the first time (`first`) and of one that is
// remembered (`again`). All cases run in turns in one process, so that they share its moods; the median of the turns
// is printed. `npm run bench:decide`.

const kind = callerKind({ provider: 'oidc', issuer: 'https://id.example.com' })
const column = (name: string) => [
  name,
  { kind: 'scalar', type: 'String', list: false, required: false, column: name },
]
const columns = ['id', 'owner', ...Array.from({ length: 1000 }, (_, at) => `c${at}`)]
const catalog = {
  enums: {},
  models: {
    Post: {
      table: 'Post',
      id: { name: 'id', fields: ['id'] },
      uniques: [],
      indexes: [],
      fields: Object.fromEntries(columns.map(column)) as Catalog['models'][string]['fields'],
    },
  },
} satisfies Catalog

function policy(rules: readonly AnyRule[]): Policy {
  const definitions = rules.map(({ definition }) => definition)
  const schema = { models: { Post: { rules: definitions, fields: {}, options: {} } } }
  const found = compilePolicies(modelsOf(catalog), schema).get('Post')
  if (!found) throw new Error('no policy')
  return found
}

const owner = allow.owner().identityClaim('user_id')
const times = <T>(count: number, make: (at: number) => T) =>
  Array.from({ length: count }, (_, at) => make(at))
const otherOperations = (count: number) =>
  times(count, (at) => allow.ownerDefinedIn(`c${at}`).identityClaim('user_id').to(['create', 'delete']))
const otherProviders = (count: number) => times(count, (at) => allow.ownerDefinedIn(`c${at}`, 'userPools'))
const otherGroups = (count: number) =>
  times(count, (at) => allow.group(`other-${at}`).withClaimIn('user_groups'))

const few: Claims = { user_id: 'ana', user_groups: ['a', 'b'] }
const many: Claims = { user_id: 'ana', user_groups: times(1000, (at) => `team-${at}`) }

const cases: readonly (readonly [string, Policy, Claims])[] = [
  ['1 rule (owner)', policy([owner]), few],
  ['50 rules, 49 of other operations', policy([...otherOperations(49), owner]), few],
  ['50 rules, 49 of another provider', policy([...otherProviders(49), owner]), few],
  ['50 rules, 49 of other groups', policy([...otherGroups(49), owner]), few],
  ['1,000 rules, 999 of other operations', policy([...otherOperations(999), owner]), few],
  ['1,000 rules, 999 of other groups', policy([...otherGroups(999), owner]), few],
  ['1 rule (group)', policy([allow.group('team-999').withClaimIn('user_groups')]), few],
  [
    '1 rule (group), token of 1,000 groups',
    policy([allow.group('team-999').withClaimIn('user_groups')]),
    many,
  ],
  [
    '1 rule (groups of the row), token of 1,000 groups',
    policy([allow.groupDefinedIn('owner').withClaimIn('user_groups')]),
    many,
  ],
  [
    '50 rules that all look at the row',
    policy(times(50, (at) => allow.ownerDefinedIn(`c${at}`).identityClaim('user_id'))),
    few,
  ],
]

const rounds = 41
const results = cases.map(() => ({ first: [] as number[], again: [] as number[] }))
let kept = 0
for (let round = -5; round < rounds; round++) {
  for (const [at, [, rules, claims]] of cases.entries()) {
    const fresh = times(200, () => principalOf(kind, claims))
    const firstTook = timed(200, (call) => decided(rules, fresh[call]))
    const same = principalOf(kind, claims)
    decided(rules, same)
    const againTook = timed(20_000, () => decided(rules, same))
    if (round < 0) continue
    results[at]?.first.push(firstTook)
    results[at]?.again.push(againTook)
  }
}

function decided(rules: Policy, caller: Parameters<typeof decide>[1] | undefined): void {
  if (!caller) throw new Error('no caller')
  const decision = decide(rules, caller, 'list')
  // Read, so that nothing can be left out as unused.
  if (decision.allowed && decision.scope.kind !== 'none') kept++
}

function timed(calls: number, call: (at: number) => void): number {
  const start = process.hrtime.bigint()
  for (let at = 0; at < calls; at++) call(at)
  return Number(process.hrtime.bigint() - start) / calls
}

const median = (values: readonly number[]) =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN
const base = { first: median(results[0]?.first ?? []), again: median(results[0]?.again ?? []) }
const cell = (nanoseconds: number, of: number) =>
  `${nanoseconds.toFixed(0).padStart(9)} ns ${(nanoseconds / of).toFixed(2).padStart(8)} ×`

console.log(`decide(), median of ${rounds} turns; × is against the first line (${kept} decisions allowed)\n`)
console.log(`${''.padEnd(52)}${'first'.padStart(12)}${''.padEnd(11)}${'again'.padStart(12)}`)
for (const [at, [name]] of cases.entries()) {
  const { first = [], again = [] } = results[at] ?? {}
  console.log(`${name.padEnd(52)}${cell(median(first), base.first)}${cell(median(again), base.again)}`)
}
let large: Parameters<typeof decide>[1] | undefined
console.log(`\nA where of 1,000 group names: ${timed(2000, () => whereOfMany()).toFixed(0)} ns`)

function whereOfMany(): void {
  const [, rules, claims] = cases[8] ?? []
  if (!rules || !claims) throw new Error('no case')
  const decision = decide(rules, (large ??= principalOf(kind, claims)), 'list')
  if (decision.allowed) scopeToWhere(decision.scope, 'id')
}
