import { principal, type Claims, type Provider } from '../../../src/claims/principal.js'
import { allow } from '../../../src/policy/allow.js'
import { decide } from '../../../src/policy/decide.js'
import type { Policy } from '../../../src/policy/policy.js'
import type { AnyRule } from '../../../src/policy/schema-builder.js'
import { all, type Scope } from '../../../src/policy/scope.js'
import { updateGuards } from '../../../src/policy/update-guards.js'
import { model, policy } from '../../support/fake-catalog.js'

type Row = Readonly<Record<string, unknown>>

const post = model('Post', {
  ...{ id: 'Uuid', owner: 'String?', author: 'String?', owners: 'String[]', account: 'Int?', key: 'Uuid?' },
  ...{ team: 'String?', teams: 'String[]', title: 'String?', salary: 'Int?' },
})
const of = (claims: Claims, provider: Provider = 'oidc') => principal({ provider, issuer: 'x', claims })
const ana = of({ sub: 'ana', user_id: 7, groups: ['A'] })
const cognito = of({ sub: 's', username: 'ana', 'cognito:groups': ['A'] }, 'userPools')
const policyOf = (rules: readonly AnyRule[], fields: Readonly<Record<string, readonly AnyRule[]>> = {}) =>
  policy(post, rules, fields)

/** The guards of an update and what it writes, or the fields that are refused. */
function update(rules: Policy, sent: Row, who = ana): unknown {
  const decision = decide(rules, who, 'update')
  if (!decision.allowed) return 'denied'
  try {
    return updateGuards(decision, who, sent)
  } catch (error) {
    const { code, errors = [] } = error as { code: string; errors?: readonly Row[] }
    return [code, ...errors.map(({ pointer }) => pointer)]
  }
}
const forbidden = (...fields: readonly string[]) => ['FORBIDDEN_FIELD', ...fields.map((field) => `/${field}`)]

const equals = (column: string, ...values: readonly (string | number)[]): Scope => ({
  kind: 'equals',
  column,
  values,
})
const has = (column: string, ...values: readonly string[]): Scope => ({ kind: 'has', column, values })
const either = (...scopes: readonly Scope[]): Scope => ({ kind: 'anyOf', scopes })
const both = (...scopes: readonly Scope[]): Scope => ({ kind: 'allOf', scopes })
const shows = (column: string, last: string, alias = ''): Scope => ({ kind: 'shows', column, alias, last })
const owner = equals('owner', 'ana')
const team = equals('team', 'A')

describe('an update needs the row to be open', () => {
  test('to the model, for fields without rules of their own', () =>
    expect(update(policyOf([allow.owner()]), { title: 'x', salary: 1 })).toEqual({
      guards: [{ scope: owner }],
      data: { title: 'x', salary: 1 },
    }))
  test('to each field with rules of its own', () => {
    const rules = policyOf([allow.owner()], { title: [allow.groupDefinedIn('team')] })
    expect(update(rules, { title: 'x' })).toEqual({
      guards: [{ scope: team, field: 'title' }],
      data: { title: 'x' },
    })
    expect(update(rules, { title: null, salary: 1 })).toEqual({
      guards: [{ scope: owner }, { scope: team, field: 'title' }],
      data: { title: null, salary: 1 },
    })
  })
  test('at all, if nothing is sent', () =>
    expect(update(policyOf([allow.owner()], { title: [allow.groupDefinedIn('team')] }), {})).toEqual({
      guards: [{ scope: either(owner, team) }],
      data: {},
    }))
})

describe('fields that may be written on no row', () => {
  const ruled = () =>
    policyOf([allow.group('X'), allow.ownerDefinedIn('author').to(['read'])], {
      title: [allow.authenticated()],
      salary: [allow.group('HR')],
      account: [allow.group('HR')],
    })
  test("are all named where the model's rules grant nothing", () =>
    expect(update(ruled(), { title: 'x', team: 'A', key: null })).toEqual(forbidden('team', 'key')))
  test('are all named where their own rules grant nothing', () =>
    expect(update(ruled(), { title: 'x', salary: 1, account: 1 })).toEqual(forbidden('salary', 'account')))
  test('do not stand in the way of others', () =>
    expect(update(ruled(), { title: 'x' })).toEqual({
      guards: [{ scope: all, field: 'title' }],
      data: { title: 'x' },
    }))
  test('are named once, though two things are wrong with them', () =>
    expect(
      update(
        policyOf([allow.authenticated()], { teams: [allow.groupsDefinedIn('teams'), allow.group('X')] }),
        { teams: [] },
        of({}),
      ),
    ).toEqual(forbidden('teams')))
})

describe('a single-owner column', () => {
  const owned = () => policyOf([allow.owner()])
  test('cannot change: the stored value is accepted and not written', () => {
    expect(update(owned(), { owner: 'ana', title: 'x' })).toEqual({
      guards: [{ scope: owner }, { scope: owner, field: 'owner' }],
      data: { title: 'x' },
    })
    expect(update(owned(), { owner: 'bo' })).toEqual({
      guards: [{ scope: owner }, { scope: equals('owner', 'bo'), field: 'owner' }],
      data: {},
    })
  })
  test('that is NULL stays NULL', () =>
    expect(update(policyOf([allow.owner(), allow.authenticated()]), { owner: null })).toEqual({
      guards: [{ scope: all }, { scope: { kind: 'isNull', column: 'owner' }, field: 'owner' }],
      data: {},
    }))
  test('is guarded for every rule that reads it, of a field, of another provider or without update', () => {
    const guarded = { guards: [{ scope: all }, { scope: equals('author', 'bo'), field: 'author' }], data: {} }
    const open = allow.authenticated()
    expect(update(policyOf([open], { title: [allow.ownerDefinedIn('author')] }), { author: 'bo' })).toEqual(
      guarded,
    )
    expect(update(policyOf([open, allow.ownerDefinedIn('author', 'userPools')]), { author: 'bo' })).toEqual(
      guarded,
    )
    expect(update(policyOf([open, allow.ownerDefinedIn('author').to(['read'])]), { author: 'bo' })).toEqual(
      guarded,
    )
    expect(
      update(policyOf([open, allow.groupDefinedIn('author'), allow.ownerDefinedIn('author')]), {
        author: 'bo',
      }),
    ).toEqual(guarded)
  })
  test('is not confirmed to a caller who can neither read it nor is named in it', () => {
    const rules = [allow.owner().identityClaim('absent'), allow.authenticated().to(['update'])]
    expect(update(policyOf(rules), { owner: 'bo' })).toEqual(forbidden('owner'))
    expect(update(policyOf(rules), { owner: null, title: 'x' })).toEqual(forbidden('owner'))
  })
  test('is confirmed on the rows that name the caller, and on those where he can get it', () => {
    const named = [allow.owner().to(['create']), allow.authenticated().to(['update'])]
    expect(update(policyOf(named), { owner: 'ana' })).toEqual({
      guards: [{ scope: all }, { scope: owner, field: 'owner' }],
      data: {},
    })
    const read = [allow.owner().to(['create']), allow.groupDefinedIn('team').to(['get']), allow.guest()]
    const rules = policyOf([...read, allow.authenticated().to(['update'])])
    expect(update(rules, { owner: 'bo' })).toEqual({
      guards: [{ scope: all }, { scope: both(equals('owner', 'bo'), either(team, owner)), field: 'owner' }],
      data: {},
    })
  })
  test('is confirmed on the rows that name a group of his', () => {
    const rules = [allow.owner('userPools'), allow.groupDefinedIn('owner').to(['delete'])]
    expect(update(policyOf([...rules, allow.authenticated().to(['update'])]), { owner: 'A' })).toEqual({
      guards: [{ scope: all }, { scope: equals('owner', 'A'), field: 'owner' }],
      data: {},
    })
  })
  test('is confirmed to a search where he can list it', () => {
    const rules = policyOf([allow.owner('userPools'), allow.authenticated().to(['update', 'list'])])
    const decision = decide(rules, ana, 'update')
    if (!decision.allowed) throw new Error('denied')
    expect(() => updateGuards(decision, ana, { owner: 'bo' }, 'get')).toThrow('owner')
    expect(updateGuards(decision, ana, { owner: 'bo' }, 'list').guards).toEqual([
      { scope: all },
      { scope: equals('owner', 'bo'), field: 'owner' },
    ])
  })
  test('that a trusted caller may write is no question to him, though he cannot read it', () => {
    const who = of({ sub: 's', username: 'ana', 'cognito:groups': ['T'] }, 'userPools')
    const rules = policyOf([allow.owner().to(['create']), allow.group('T').to(['update'])])
    const blind = policyOf([allow.owner('oidc').identityClaim('a::b'), allow.group('T').to(['update'])])
    expect(update(rules, { owner: 'bo' }, who)).toMatchObject({ otherwise: { data: { owner: 'bo' } } })
    expect(update(blind, { owner: 'bo' }, who)).toEqual({
      guards: [{ scope: all }, { scope: all, field: 'owner' }],
      data: { owner: 'bo' },
    })
  })
  test('of a composite is accepted as stored or as it is shown', () =>
    expect(update(policyOf([allow.owner(), allow.authenticated()]), { owner: 'ana' }, cognito)).toEqual({
      guards: [{ scope: all }, { scope: either(owner, shows('owner', 'ana')), field: 'owner' }],
      data: {},
    }))
  test('is shown with the alias of its issuer', () => {
    const who = (alias: string) =>
      principal({
        provider: 'userPools',
        issuer: 'x',
        alias,
        otherAliases: ['corp'],
        claims: { sub: 's', username: 'a' },
      })
    const sent = (value: string, alias = 'okta') =>
      update(policyOf([allow.authenticated(), allow.owner()]), { owner: value }, who(alias))
    const accepted = (value: string, last: string, alias: string) => ({
      guards: [
        { scope: all },
        { scope: either(equals('owner', value), shows('owner', last, alias)), field: 'owner' },
      ],
      data: {},
    })
    expect(sent('okta::ana')).toEqual(accepted('okta::ana', 'ana', 'okta::'))
    expect(sent('corp::ana')).toEqual(accepted('corp::ana', 'ana', 'corp::'))
    expect(sent('ana')).toEqual(accepted('ana', 'ana', ''))
    expect(sent('ana', '')).toEqual(accepted('ana', 'ana', ''))
  })
  test('is no composite where the rule names one claim, whatever another rule reads there', () => {
    const rules = [
      allow.authenticated(),
      allow.owner().identityClaim('user_id'),
      allow.groupDefinedIn('owner'),
    ]
    expect(update(policyOf(rules), { owner: 'ana' }, cognito)).toEqual({
      guards: [{ scope: all }, { scope: owner, field: 'owner' }],
      data: {},
    })
  })
  test('is a composite where the rule names several claims', () =>
    expect(
      update(policyOf([allow.authenticated(), allow.owner().identityClaim('a::b')]), { owner: 'ana' }),
    ).toEqual({
      guards: [{ scope: all }, { scope: either(owner, shows('owner', 'ana')), field: 'owner' }],
      data: {},
    }))
  test('is a composite where one of its rules names several claims', () =>
    expect(
      update(
        policyOf([
          allow.authenticated(),
          allow.owner().identityClaim('user_id'),
          allow.groupDefinedIn('owner'),
          allow.owner().identityClaim('a::b'),
        ]),
        { owner: 'ana' },
      ),
    ).toEqual({
      guards: [{ scope: all }, { scope: either(owner, shows('owner', 'ana')), field: 'owner' }],
      data: {},
    }))
  test('of numbers or uuids is compared as it is', () => {
    const rules = policyOf([
      allow.authenticated(),
      allow.ownerDefinedIn('account'),
      allow.ownerDefinedIn('key'),
    ])
    const guarded = (scope: Scope, field: string) => ({
      guards: [{ scope: all }, { scope, field }],
      data: {},
    })
    expect(update(rules, { account: 7 }, cognito)).toEqual(guarded(equals('account', 7), 'account'))
    expect(update(rules, { key: 'k' }, cognito)).toEqual(guarded(equals('key', 'k'), 'key'))
  })
})

describe('what is said about owners is lifted', () => {
  test('for a trusted group that may update', () => {
    expect(update(policyOf([allow.owner(), allow.group('A')]), { owner: 'bo' })).toEqual({
      guards: [{ scope: all }, { scope: all, field: 'owner' }],
      data: { owner: 'bo' },
    })
    expect(update(policyOf([allow.owner(), allow.group('A').to(['read'])]), { owner: 'bo' })).toEqual({
      guards: [{ scope: owner }, { scope: equals('owner', 'bo'), field: 'owner' }],
      data: {},
    })
  })
  test('for the owner himself by a transferable rule, beside the unchanged value', () =>
    expect(
      update(policyOf([allow.owner().transferable(), allow.groupDefinedIn('team')]), { owner: 'bo' }),
    ).toEqual({
      guards: [
        { scope: either(owner, team) },
        { scope: either(equals('owner', 'bo'), owner), field: 'owner' },
      ],
      data: { owner: 'bo' },
    }))
  test('by no transferable rule that does not grant update', () =>
    expect(
      update(policyOf([allow.authenticated(), allow.owner().transferable().to(['read'])]), { owner: 'bo' }),
    ).toEqual({ guards: [{ scope: all }, { scope: equals('owner', 'bo'), field: 'owner' }], data: {} }))
  test('by no transferable rule of another column', () =>
    expect(
      update(
        policyOf([allow.owner(), allow.ownerDefinedIn('author').identityClaim('user_id').transferable()]),
        {
          owner: 'bo',
        },
      ),
    ).toEqual({
      guards: [
        { scope: either(owner, equals('author', '7')) },
        { scope: equals('owner', 'bo'), field: 'owner' },
      ],
      data: {},
    }))
})

describe('a composite owner that may be handed over', () => {
  const mine = equals('owner', 's::ana', 's', 'ana')
  const rules = () => policyOf([allow.owner().transferable()])
  test('is first taken for the stored one as it is shown, and written only where it is not', () =>
    expect(update(rules(), { owner: 'bo', title: 'x' }, cognito)).toEqual({
      guards: [
        { scope: mine },
        { scope: either(equals('owner', 'bo'), shows('owner', 'bo')), field: 'owner' },
      ],
      data: { title: 'x' },
      otherwise: {
        guards: [{ scope: mine }, { scope: mine, field: 'owner' }],
        data: { owner: 'bo', title: 'x' },
      },
    }))
  test('of two columns is tried in every combination, the unchanged first', () => {
    const two = policyOf([allow.owner(), allow.ownerDefinedIn('author'), allow.group('A')])
    const same = (field: string) => ({ scope: either(equals(field, 'bo'), shows(field, 'bo')), field })
    const free = (field: string) => ({ scope: all, field })
    expect(update(two, { owner: 'bo', author: 'bo' }, cognito)).toEqual({
      guards: [{ scope: all }, same('owner'), same('author')],
      data: {},
      otherwise: {
        guards: [{ scope: all }, same('owner'), free('author')],
        data: { author: 'bo' },
        otherwise: {
          guards: [{ scope: all }, free('owner'), same('author')],
          data: { owner: 'bo' },
          otherwise: {
            guards: [{ scope: all }, free('owner'), free('author')],
            data: { owner: 'bo', author: 'bo' },
          },
        },
      },
    })
  })
})

describe('a column of owner lists or groups', () => {
  test('may be changed on rows where the caller already holds all that its rules grant', () => {
    expect(update(policyOf([allow.ownersDefinedIn('owners')]), { owners: ['bo'] })).toEqual({
      guards: [{ scope: has('owners', 'ana') }, { scope: has('owners', 'ana'), field: 'owners' }],
      data: { owners: ['bo'] },
    })
    expect(update(policyOf([allow.owner(), allow.groupDefinedIn('team')]), { team: 'X' })).toEqual({
      guards: [{ scope: either(owner, team) }, { scope: either(owner, team), field: 'team' }],
      data: { team: 'X' },
    })
  })
  test('asks for each operation of its rules but create', () => {
    const rules = policyOf([
      allow.owner().to(['update', 'get']),
      allow.groupDefinedIn('team').to(['create', 'get', 'delete']),
      allow.ownerDefinedIn('author').identityClaim('user_id').to(['delete']),
    ])
    const author = equals('author', '7')
    expect(update(rules, { team: 'X' })).toEqual({
      guards: [{ scope: owner }, { scope: both(either(owner, team), either(team, author)), field: 'team' }],
      data: { team: 'X' },
    })
  })
  test('asks nothing of what rules that read no column grant', () =>
    expect(
      update(
        policyOf([
          allow.authenticated().to(['update']),
          allow.group('B').to(['delete']),
          allow.groupDefinedIn('team').to(['get']),
        ]),
        { team: 'X' },
      ),
    ).toEqual({ guards: [{ scope: all }, { scope: team, field: 'team' }], data: { team: 'X' } }))
  test('asks nothing where its rules grant only create', () =>
    expect(
      update(policyOf([allow.owner(), allow.groupDefinedIn('team').to(['create'])]), { team: 'X' }),
    ).toEqual({
      guards: [{ scope: owner }, { scope: all, field: 'team' }],
      data: { team: 'X' },
    }))
  test('asks for what its rules grant on fields as well', () =>
    expect(
      update(policyOf([allow.owner()], { title: [allow.groupDefinedIn('team').to(['read'])] }), {
        team: 'X',
      }),
    ).toEqual({ guards: [{ scope: owner }, { scope: team, field: 'team' }], data: { team: 'X' } }))
  test('is refused where the caller can never hold it', () =>
    expect(
      update(
        policyOf([
          allow.owner(),
          allow.ownersDefinedIn('owners').identityClaim('absent').to(['delete']),
          allow.groupDefinedIn('team', 'userPools'),
        ]),
        { team: 'X' },
      ),
    ).toEqual({ guards: [{ scope: owner }, { scope: owner, field: 'team' }], data: { team: 'X' } }))
  test('a list becomes neither empty nor null', () => {
    const rules = policyOf([allow.ownersDefinedIn('owners')])
    expect(update(rules, { owners: [] })).toEqual(forbidden('owners'))
    expect(update(rules, { owners: null })).toEqual(forbidden('owners'))
    expect(update(policyOf([allow.ownersDefinedIn('owners').transferable()]), { owners: [] })).toEqual(
      forbidden('owners'),
    )
  })
  test('a group that is not a list may become null', () =>
    expect(update(policyOf([allow.owner(), allow.groupDefinedIn('team')]), { team: null })).toEqual({
      guards: [{ scope: either(owner, team) }, { scope: either(owner, team), field: 'team' }],
      data: { team: null },
    }))
  test('what is no list is not an empty one', () =>
    expect(update(policyOf([allow.ownersDefinedIn('owners')]), { owners: '' })).toEqual({
      guards: [{ scope: has('owners', 'ana') }, { scope: has('owners', 'ana'), field: 'owners' }],
      data: { owners: '' },
    }))
  test('is free for a trusted group that may update, empty too', () => {
    const free = (owners: unknown) => ({ guards: [{ scope: all }], data: { owners } })
    const rules = policyOf([allow.ownersDefinedIn('owners'), allow.group('A')])
    expect(update(rules, { owners: ['bo'] })).toEqual(free(['bo']))
    expect(update(rules, { owners: [] })).toEqual(free([]))
  })
  test('is free on the rows that a transferable rule of the column opens', () =>
    expect(
      update(
        policyOf([
          allow.owner().to(['delete']),
          allow.ownersDefinedIn('owners').to(['update', 'delete']).transferable(),
          allow.ownersDefinedIn('owners').identityClaim('absent').to(['get']),
        ]),
        { owners: ['bo'] },
      ),
    ).toEqual({
      guards: [{ scope: has('owners', 'ana') }, { scope: has('owners', 'ana'), field: 'owners' }],
      data: { owners: ['bo'] },
    }))
})
