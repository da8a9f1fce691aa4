import type { Provider } from '../claims/principal.js'
import type { RuleOperation } from './operation.js'
import type { ColumnNeed, ListColumn, RuleDefinition, RuleOf, ScalarColumn } from './rule-definition.js'

type TokenProvider = Extract<Provider, 'userPools' | 'oidc'>
/** Whoever can say who a caller is, and which groups he is in. */
type NamingProvider = TokenProvider | 'function'

type OwnerMethod = 'to' | 'identityClaim' | 'transferable'
type GroupMethod = 'to' | 'withClaimIn'

/** The chain of an owner rule; a method that has been used is gone. */
export type OwnerRule<C extends ColumnNeed, Left extends OwnerMethod = OwnerMethod> = RuleOf<C> &
  Pick<OwnerChain<C, Left>, Left>

interface OwnerChain<C extends ColumnNeed, Left extends OwnerMethod> {
  /** Which operations the rule grants; without it, all of them. */
  to<const O extends readonly RuleOperation[]>(operations: O): OwnerRule<Granted<C, O>, Exclude<Left, 'to'>>
  /** Where in the token the identity is: a key, a `$` path, or a composite such as `sub::username`. */
  identityClaim(path: string): OwnerRule<C, Exclude<Left, 'identityClaim'>>
  /** Lets a caller whom this rule matches write the rule's own column. */
  transferable(): OwnerRule<C, Exclude<Left, 'transferable'>>
}

/** What a rule needs that grants these operations: its column is stamped if `create` is surely one of them. */
type Granted<C extends ColumnNeed, O extends readonly RuleOperation[]> =
  C extends ScalarColumn<infer F, true>
    ? ScalarColumn<F, number extends O['length'] ? false : 'create' extends O[number] ? true : false>
    : C

/** The chain of a group rule. */
export type GroupRule<C extends ColumnNeed, Left extends GroupMethod = GroupMethod> = RuleOf<C> &
  Pick<GroupChain<C, Left>, Left>

interface GroupChain<C extends ColumnNeed, Left extends GroupMethod> {
  /** Which operations the rule grants; without it, all of them. */
  to(operations: readonly RuleOperation[]): GroupRule<C, Exclude<Left, 'to'>>
  /** Where in the token the groups are, and what separates them in a plain string. */
  withClaimIn(
    path: string,
    options?: { readonly separator: ' ' | ',' },
  ): GroupRule<C, Exclude<Left, 'withClaimIn'>>
}

/** The chain of a rule that needs no claim. */
export type PlainRule<Left extends 'to' = 'to'> = RuleOf & Pick<PlainChain, Left>

interface PlainChain {
  /** Which operations the rule grants; without it, all of them. */
  to(operations: readonly RuleOperation[]): PlainRule<never>
}

/**
 * The rules, in AWS Amplify Data's vocabulary (RULES section 1). Owner and group kinds and `authenticated` take an
 * optional provider; without one they apply to a token of any configured issuer.
 *
 * @example
 * a.model().authorization((allow) => [
 *   allow.owner().identityClaim('user_id'),
 *   allow.groups(['Moderator']).withClaimIn('user_groups').to(['read', 'delete']),
 * ])
 */
export const allow = {
  /** Whoever's identity is in the column `owner`. */
  owner: (provider?: NamingProvider) =>
    chain<OwnerRule<ScalarColumn<'owner', true>>>(owner('owner', false, provider)),
  /** Whoever's identity is in the named column. */
  ownerDefinedIn: <const F extends string>(field: F, provider?: NamingProvider) =>
    chain<OwnerRule<ScalarColumn<F, true>>>(owner(field, false, provider)),
  /** Everyone whose identity is in the named list column. */
  ownersDefinedIn: <const F extends string>(field: F, provider?: NamingProvider) =>
    chain<OwnerRule<ListColumn<F>>>(owner(field, true, provider)),
  /** Members of the named group. */
  group: (name: string, provider?: NamingProvider) =>
    chain<GroupRule<never>>({ strategy: 'group', provider, groups: [name] }),
  /** Members of any of the named groups. */
  groups: (names: readonly string[], provider?: NamingProvider) =>
    chain<GroupRule<never>>({ strategy: 'group', provider, groups: [names].flat() }),
  /** Members of the group that the named column of the row names. */
  groupDefinedIn: <const F extends string>(field: F, provider?: NamingProvider) =>
    chain<GroupRule<ScalarColumn<F>>>({ strategy: 'group', provider, column: field, list: false }),
  /** Members of any of the groups that the named list column of the row names. */
  groupsDefinedIn: <const F extends string>(field: F, provider?: NamingProvider) =>
    chain<GroupRule<ListColumn<F>>>({ strategy: 'group', provider, column: field, list: true }),
  /** Every caller with a valid token. */
  authenticated: (provider?: TokenProvider) => chain<PlainRule>({ strategy: 'authenticated', provider }),
  /** Callers without credentials. */
  guest: () => chain<PlainRule>({ strategy: 'guest' }),
  /** Callers with an API key (`X-Api-Key`), whichever it is. */
  publicApiKey: () => chain<PlainRule>({ strategy: 'publicApiKey' }),
  /** Callers whom the custom authorizer lets in, whoever they are. */
  custom: (provider?: 'function') => chain<PlainRule>({ strategy: 'custom', provider }),
} as const

/** What a rule callback is given. */
export type Allow = typeof allow

function owner(column: string, list: boolean, provider: NamingProvider | undefined): RuleDefinition {
  return { strategy: 'owner', column, list, provider }
}

/** From callers without types: a path that is not set is an empty one, which is refused, and not the default. */
function given(path: string | undefined): string {
  return path ?? ''
}

/** The methods of every chain; the types above say which of them a rule has. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the caller names the type it knows
function chain<R extends RuleOf<ColumnNeed>>(definition: RuleDefinition): R {
  const once = (name: string, key: keyof RuleDefinition, values: Partial<RuleDefinition>) => {
    if (definition[key] !== undefined) throw new TypeError(`.${name}() stands twice in one rule`)
    return chain({ ...definition, ...values })
  }
  const rule = {
    definition,
    // Flattened for callers without types: what is not there must not come to mean every operation.
    to: (words: readonly RuleOperation[]) => once('to', 'operations', { operations: [words].flat() }),
    ...(definition.strategy === 'owner' && {
      identityClaim: (path: string) => once('identityClaim', 'claim', { claim: given(path) }),
      transferable: (...none: readonly unknown[]) => {
        if (none.length > 0) throw new TypeError('.transferable() takes no argument; leave it out instead')
        return once('transferable', 'transferable', { transferable: true })
      },
    }),
    ...(definition.strategy === 'group' && {
      withClaimIn: (path: string, options?: { readonly separator: string }) =>
        once('withClaimIn', 'claim', { claim: given(path), separator: options?.separator }),
    }),
  }
  // The overloads above are narrower than this one object; the types that follow from them are tested.
  return rule as unknown as R
}
