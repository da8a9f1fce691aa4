import type { Principal } from '../../src/claims/principal.js'
import type { RuleDefinition } from '../../src/policy/rule-definition.js'

// RULES.md, read row by row: a second answer to every question that the policy answers with a scope. Nothing here
// calls what it is held against; rules are taken as they are written, callers as they are.

export type Row = Readonly<Record<string, unknown>>

/** The columns of the model Thing in test/support/rules/schema.prisma, beside its id. */
export const thing: Readonly<Record<string, string>> = {
  ...{ owner: 'String', owners: 'String[]', account: 'Int', accounts: 'BigInt[]', team: 'String' },
  ...{ teams: 'String[]', title: 'String', rank: 'Int', tags: 'String[]', secret: 'String', bonus: 'Int' },
}
export const columns = Object.keys(thing)
export const lists = columns.filter((name) => thing[name]?.endsWith('[]'))

export interface Rules {
  readonly model: readonly RuleDefinition[]
  readonly fields: Readonly<Record<string, readonly RuleDefinition[]>>
}

const meaning: Readonly<Record<string, readonly string[]>> = {
  read: ['get', 'list', 'listen'],
  sync: ['list'],
  search: ['list'],
}

/** Section 1: without `.to()` a rule grants all. */
export function grants(rule: RuleDefinition, operation: string): boolean {
  return rule.operations?.flatMap((word) => meaning[word] ?? [word]).includes(operation) ?? true
}

/** Section 1: a request has one provider; a rule that names none is for a JWT of any issuer. */
function isFor(rule: RuleDefinition, who: Principal): boolean {
  if (rule.strategy === 'guest') return who.provider === 'identityPool'
  if (rule.strategy === 'publicApiKey') return who.provider === 'apiKey'
  if (rule.strategy === 'custom') return who.provider === 'function'
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

/** Section 1: a claim value matches a number column only in canonical form. Those of other models are all text. */
function asStored(column: string, text: string): unknown {
  const type = (thing[column] ?? 'String').replace('[]', '')
  if (type === 'String') return text
  if (!/^-?\d+$/u.test(text) || String(BigInt(text)) !== text) return undefined
  const value = BigInt(text)
  const limit = type === 'Int' ? 2n ** 31n : 2n ** 63n
  if (value < -limit || value >= limit) return undefined
  return type === 'Int' ? Number(value) : value
}

/** Section 3: the values in its column by which a dynamic rule recognises the caller. */
export function namesOf(rule: RuleDefinition, who: Principal): unknown[] {
  if (!isFor(rule, who) || rule.column === undefined) return []
  const { column } = rule
  const names = rule.strategy === 'owner' ? (identityIn(rule, who)?.his ?? []) : groupsIn(rule, who)
  return names.map((name) => asStored(column, name)).filter((value) => value !== undefined)
}

export function isStaticMatch(rule: RuleDefinition, who: Principal): boolean {
  if (!isFor(rule, who) || rule.column !== undefined) return false
  return rule.strategy !== 'group' || groupsIn(rule, who).some((name) => rule.groups?.includes(name))
}

export function matchesRow(rule: RuleDefinition, who: Principal, row: Row): boolean {
  if (rule.column === undefined) return isStaticMatch(rule, who)
  const stored = row[rule.column]
  const held = Array.isArray(stored) ? (stored as unknown[]) : [stored]
  return namesOf(rule, who).some((name) => held.includes(name))
}

/** Section 3: S(f, op) at a row. */
export function inS(rules: Rules, who: Principal, field: string, operation: string, row: Row): boolean {
  const governing = rules.fields[field] ?? rules.model
  return governing.some((rule) => grants(rule, operation) && matchesRow(rule, who, row))
}

/** Section 3: whether a row is in the scope of an operation; delete asks the model's rules (those of its id) only. */
export function inScope(rules: Rules, who: Principal, operation: string, row: Row): boolean {
  const fields = operation === 'delete' ? ['id'] : ['id', ...Object.keys(rules.fields)]
  return fields.some((field) => inS(rules, who, field, operation, row))
}

/** Section 3: deny, whatever rows exist: no rule for the operation, or none usable. */
export function isDenied(rules: Rules, who: Principal, operation: string): boolean {
  const asked = operation === 'delete' ? rules.model : [...rules.model, ...Object.values(rules.fields).flat()]
  return !asked.some(
    (rule) => grants(rule, operation) && (isStaticMatch(rule, who) || namesOf(rule, who).length > 0),
  )
}

export const everyRule = (rules: Rules) => [...rules.model, ...Object.values(rules.fields).flat()]

/** Section 4: a static group or custom rule for this field that grants the operation lifts what is said about rule columns. */
export function isLifted(rules: Rules, who: Principal, field: string, operation: string): boolean {
  const governing = rules.fields[field] ?? rules.model
  return governing.some(
    (rule) =>
      ['group', 'custom'].includes(rule.strategy) && grants(rule, operation) && isStaticMatch(rule, who),
  )
}

/** Section 4, create: the row that is stored, or nothing. */
export function created(rules: Rules, who: Principal, sent: Row): Row | undefined {
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
export function updated(rules: Rules, who: Principal, stored: Row, sent: Row): Row | undefined {
  const fields = Object.keys(sent)
  if (!fields.every((field) => inS(rules, who, field, 'update', stored))) return undefined
  const row: Record<string, unknown> = { ...stored, ...sent }
  for (const field of fields) {
    const reading = everyRule(rules).filter((rule) => rule.column === field)
    const isOwner = !lists.includes(field) && reading.some((rule) => rule.strategy === 'owner')
    // Section 2: an owner that is the stored one, or the form it is shown in, is dropped from the write.
    // It is accepted from those who may know it: who can get the column, or is named in it himself or by a group.
    const knows =
      inS(rules, who, field, 'get', stored) || reading.some((rule) => matchesRow(rule, who, stored))
    if (isOwner && knows && isUnchanged(reading, who, stored[field], sent[field])) {
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
