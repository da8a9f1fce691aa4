import { principal, type Claims, type Provider } from '../../../src/claims/principal.js'
import { allow } from '../../../src/policy/allow.js'
import { createRow } from '../../../src/policy/create-row.js'
import { decide } from '../../../src/policy/decide.js'
import type { Policy } from '../../../src/policy/policy.js'
import type { AnyRule } from '../../../src/policy/schema-builder.js'
import { model, policy } from '../../support/fake-catalog.js'

type Row = Readonly<Record<string, unknown>>

const post = model('Post', {
  ...{
    id: 'Uuid',
    owner: 'String?',
    author: 'String?',
    owners: 'String[]',
    readers: 'String[]',
    account: 'Int?',
    accounts: 'BigInt[]',
  },
  ...{ team: 'String?', teams: 'String[]', title: 'String?', salary: 'Int?', tags: 'String[] =value' },
})
const strict = model('Strict', { id: 'Uuid', owner: 'String', author: 'String', title: 'String?' })

const of = (claims: Claims, provider: Provider = 'oidc') => principal({ provider, issuer: 'x', claims })
const ana = of({ sub: 'ana', user_id: 7, groups: ['A'] })
const nobody = of({ groups: ['A'] })
const cognito = of({ sub: 's', username: 'ana' }, 'userPools')

const policyOf = (rules: readonly AnyRule[], fields: Readonly<Record<string, readonly AnyRule[]>> = {}) =>
  policy(post, rules, fields)

/** The row that is stored, without the list columns a caller left out, or the refusal. */
function create(rules: Policy, sent: Row, who = ana): unknown {
  const decision = decide(rules, who, 'create')
  if (!decision.allowed) return 'denied'
  try {
    return createRow(decision, who, sent)
  } catch (error) {
    const { code, detail, errors = [] } = error as { code: string; detail?: string; errors?: readonly Row[] }
    return [
      code,
      ...errors.map(({ pointer }) => pointer),
      ...(code === 'INVALID_INPUT' ? [detail, errors] : []),
    ]
  }
}

/** What became of the columns that are not lists without a value. */
function stored(rules: Policy, sent: Row, who = ana): unknown {
  const row = create(rules, sent, who)
  if (Array.isArray(row) || typeof row !== 'object') return row
  return Object.fromEntries(
    Object.entries(row as Row).filter(([, value]) => !Array.isArray(value) || value.length > 0),
  )
}

const forbidden = (...fields: readonly string[]) => ['FORBIDDEN_FIELD', ...fields.map((field) => `/${field}`)]

describe('a create stamps the owner', () => {
  test('in the column of an owner rule, if it was left out', () =>
    expect(stored(policyOf([allow.owner()]), { title: 'x' })).toEqual({ title: 'x', owner: 'ana' }))
  test('as a list of one in a list column', () =>
    expect(stored(policyOf([allow.ownersDefinedIn('owners')]), {})).toEqual({ owners: ['ana'] }))
  test('from the claim of the rule', () =>
    expect(stored(policyOf([allow.owner().identityClaim('user_id')]), {})).toEqual({ owner: '7' }))
  test('whole, where it is a composite', () =>
    expect(stored(policyOf([allow.owner()]), {}, cognito)).toEqual({ owner: 's::ana' }))
  test('as the number the column holds, or not at all', () => {
    expect(stored(policyOf([allow.ownerDefinedIn('account').identityClaim('user_id')]), {})).toEqual({
      account: 7,
    })
    const unheld = [allow.ownerDefinedIn('account'), allow.ownersDefinedIn('accounts'), allow.group('A')]
    expect(stored(policyOf(unheld), {})).toStrictEqual({})
  })
  test('in every such column, also when another rule let the caller in', () =>
    expect(
      stored(
        policyOf([allow.group('A'), allow.owner(), allow.ownerDefinedIn('author').identityClaim('user_id')]),
        {},
      ),
    ).toEqual({ owner: 'ana', author: '7' }))
  test('for the rules of fields as well', () =>
    expect(stored(policyOf([allow.group('A')], { title: [allow.ownerDefinedIn('author')] }), {})).toEqual({
      author: 'ana',
    }))
  test('by the first of two rules for one column', () =>
    expect(stored(policyOf([allow.owner().identityClaim('user_id'), allow.owner()]), {})).toEqual({
      owner: '7',
    }))
  test('not for a rule without create', () =>
    expect(stored(policyOf([allow.owner(), allow.ownersDefinedIn('readers').to(['read'])]), {})).toEqual({
      owner: 'ana',
    }))
  test('not for a rule of another provider or without its claim', () =>
    expect(
      stored(
        policyOf([
          allow.group('A'),
          allow.owner('userPools'),
          allow.ownerDefinedIn('author').identityClaim('absent'),
        ]),
        {},
      ),
    ).toEqual({}))
  test('not for a group rule, which names groups', () =>
    expect(stored(policyOf([allow.group('A'), allow.groupDefinedIn('team')]), {})).toEqual({}))
  test('not over null or an empty list, which the caller chose', () =>
    expect(
      stored(policyOf([allow.group('A'), allow.owner(), allow.ownersDefinedIn('owners')]), {
        owner: null,
        owners: [],
      }),
    ).toEqual({ owner: null }))
})

describe('an owner that is sent', () => {
  const owned = () => policyOf([allow.owner()])
  test('is accepted if it is the caller, in any stored form', () => {
    expect(stored(owned(), { owner: 'ana' })).toEqual({ owner: 'ana' })
    for (const owner of ['s::ana', 's', 'ana']) expect(stored(owned(), { owner }, cognito)).toEqual({ owner })
  })
  test('is accepted if it is the caller under any of the rules of the column', () => {
    const rules = policyOf([allow.owner(), allow.owner().identityClaim('user_id')])
    expect(stored(rules, { owner: 'ana' })).toEqual({ owner: 'ana' })
    expect(stored(rules, { owner: '7' })).toEqual({ owner: '7' })
  })
  test('is refused if it is somebody else, by name', () => {
    expect(create(owned(), { owner: 'bo', title: 'x' })).toEqual(forbidden('owner'))
    expect(create(policyOf([allow.owner(), allow.authenticated()]), { owner: 'bo' })).toEqual(
      forbidden('owner'),
    )
    expect(
      create(policyOf([allow.owner(), allow.groupDefinedIn('team')]), { owner: 'bo', team: 'A' }),
    ).toEqual(forbidden('owner'))
  })
  test('is refused under any rule with create of the column, also one for another provider or of a field', () => {
    expect(create(policyOf([allow.owner('userPools'), allow.authenticated()]), { owner: 'ana' })).toEqual(
      forbidden('owner'),
    )
    const ofField = policyOf([allow.authenticated()], {
      title: [allow.ownerDefinedIn('author').identityClaim('no')],
    })
    expect(create(ofField, { author: 'ana' })).toEqual(forbidden('author'))
  })
  test('is refused if it is the caller under another column only', () =>
    expect(
      create(policyOf([allow.owner(), allow.ownerDefinedIn('author').identityClaim('user_id')]), {
        owner: '7',
      }),
    ).toEqual(forbidden('owner')))
  test('is refused once, with every column that is wrong', () =>
    expect(
      create(
        policyOf([allow.owner(), allow.owner().identityClaim('user_id'), allow.ownerDefinedIn('author')]),
        {
          owner: 'bo',
          author: 'bo',
        },
      ),
    ).toEqual(forbidden('owner', 'author')))
  test('is free where no owner rule grants create', () =>
    expect(stored(policyOf([allow.authenticated(), allow.owner().to(['read'])]), { owner: 'bo' })).toEqual({
      owner: 'bo',
    }))
  test('is free for a trusted group with create, and for no other', () => {
    expect(stored(policyOf([allow.owner(), allow.group('A')]), { owner: 'bo' })).toEqual({ owner: 'bo' })
    expect(create(policyOf([allow.owner(), allow.group('X')]), { owner: 'bo' })).toEqual(forbidden('owner'))
    expect(create(policyOf([allow.owner(), allow.group('A').to(['read'])]), { owner: 'bo' })).toEqual(
      forbidden('owner'),
    )
  })
  test('may be null, which is nobody and needs another rule', () => {
    expect(create(owned(), { owner: null })).toEqual(forbidden('owner'))
    expect(stored(policyOf([allow.owner(), allow.authenticated()]), { owner: null })).toEqual({ owner: null })
  })
  test('may be undefined, which is left out', () =>
    expect(stored(policyOf([allow.owner()]), { owner: undefined })).toEqual({ owner: 'ana' }))
  test('may stay undefined where there is nothing to stamp', () =>
    expect(stored(policyOf([allow.owner(), allow.authenticated()]), { owner: undefined }, of({}))).toEqual({
      owner: undefined,
    }))
})

describe('a list of owners that is sent', () => {
  const shared = () => policyOf([allow.ownersDefinedIn('owners')])
  test('may name anyone, if it names the caller', () =>
    expect(stored(shared(), { owners: ['bo', 'ana'] })).toEqual({ owners: ['bo', 'ana'] }))
  test('grants nothing if it does not', () => {
    expect(create(shared(), { owners: ['bo'] })).toEqual(forbidden('owners'))
    expect(create(shared(), { owners: [] })).toEqual(forbidden('owners'))
    expect(
      stored(policyOf([allow.ownersDefinedIn('owners'), allow.authenticated()]), { owners: ['bo'] }),
    ).toEqual({
      owners: ['bo'],
    })
  })
})

describe('a row that no rule covers', () => {
  test('is refused by the rule columns that were sent', () => {
    const teams = policyOf([allow.groupDefinedIn('team')])
    expect(stored(teams, { team: 'A', title: 'x' })).toEqual({ team: 'A', title: 'x' })
    expect(create(teams, { team: 'X', title: 'x' })).toEqual(forbidden('team'))
    expect(
      create(
        policyOf([allow.groupDefinedIn('team'), allow.ownerDefinedIn('author').to(['read']), allow.guest()]),
        {
          team: 'X',
          author: 'x',
        },
      ),
    ).toEqual(forbidden('team'))
  })
  test('is refused whole, if it is for what was not sent', () => {
    expect(create(policyOf([allow.groupDefinedIn('team')]), { title: 'x' })).toEqual(['FORBIDDEN_OPERATION'])
    expect(create(policyOf([allow.groupDefinedIn('team')]), {})).toEqual(['FORBIDDEN_OPERATION'])
  })
  test("is refused by every field that only the model's rules could grant, if they grant nothing", () =>
    expect(
      create(policyOf([allow.group('X')], { title: [allow.authenticated()] }), {
        title: 'x',
        salary: 1,
        account: 2,
      }),
    ).toEqual(forbidden('salary', 'account')))
  test('is refused before a missing owner is asked for', () =>
    expect(
      create(policy(strict, [allow.owner(), allow.group('X')], { title: [allow.group('A')] }), {}, nobody),
    ).toEqual(['FORBIDDEN_OPERATION']))
})

describe('fields with rules of their own', () => {
  const ruled = () =>
    policyOf([allow.owner()], {
      salary: [allow.group('HR')],
      title: [allow.owner().to(['create'])],
    })
  test('are refused together, by name', () => {
    expect(create(ruled(), { salary: 1 })).toEqual(forbidden('salary'))
    expect(
      create(policyOf([allow.owner()], { salary: [allow.group('HR')], account: [allow.guest()] }), {
        salary: 1,
        account: 1,
      }),
    ).toEqual(forbidden('salary', 'account'))
  })
  test('look at the row as it is stamped', () => {
    expect(stored(ruled(), { title: 'x' })).toEqual({ title: 'x', owner: 'ana' })
    expect(
      create(policyOf([allow.authenticated()], { title: [allow.ownerDefinedIn('author')] }), {
        title: 'x',
        author: null,
      }),
    ).toEqual(forbidden('title'))
  })
  test("ask nothing of the model's rules, if nothing else is sent", () =>
    expect(stored(policyOf([allow.group('X')], { title: [allow.authenticated()] }), { title: 'x' })).toEqual({
      title: 'x',
    }))
  test("of a create that sends nothing, the model's rules decide", () =>
    expect(create(policyOf([allow.group('X')], { title: [allow.authenticated()] }), {})).toEqual([
      'FORBIDDEN_OPERATION',
    ]))
})

describe('a required owner', () => {
  const rules = () =>
    policy(strict, [allow.owner(), allow.ownerDefinedIn('author').identityClaim('user_id'), allow.group('A')])
  const needed = (...fields: readonly string[]) => [
    'INVALID_INPUT',
    ...fields.map((field) => `/${field}`),
    'The row needs an owner and your token has no identity to put there.',
    fields.map((field) => ({ pointer: `/${field}`, code: 'required', detail: 'an owner is needed' })),
  ]
  test('is asked for by name, if the caller has no identity to put there', () => {
    expect(create(rules(), {}, nobody)).toEqual(needed('owner', 'author'))
    expect(create(rules(), { owner: 'bo' }, nobody)).toEqual(needed('author'))
    expect(create(rules(), {})).toEqual({ owner: 'ana', author: '7' })
  })
  test('is not asked for where the column may be null', () =>
    expect(stored(policyOf([allow.owner(), allow.group('A')]), {}, nobody)).toEqual({}))
})

test('a list column left out or null is stored as an empty list, unless the database has a default for it', () => {
  expect(create(policyOf([allow.authenticated()]), { teams: ['A'], readers: null, title: null })).toEqual({
    ...{ teams: ['A'], readers: [], owners: [], accounts: [], title: null },
  })
})
