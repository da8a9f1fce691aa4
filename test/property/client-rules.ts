import { data as exampleData } from '../../src/data/resource.js'
import type { Data } from '../../src/policy/builder.js'
import { a, defineData } from '../support/relations/generated/claimstake.js'

// Rules for the models with every kind of relation. No field is open where its row is not, and none that is required
// is hidden on a row that is shown: the bare client cannot read NULL there.

/** Most is allowed to everyone who has a token. */
const liberal = a.schema({
  Member: a
    .model({
      secret: a
        .field()
        .authorization((allow) => [allow.owner(), allow.group('staff').to(['create', 'read', 'update'])]),
    })
    .authorization((allow) => [allow.owner(), allow.group('staff'), allow.authenticated()]),
  Profile: a.model().authorization((allow) => allow.authenticated()),
  Passport: a.model().authorization((allow) => [allow.owner(), allow.authenticated().to(['read', 'update'])]),
  Article: a.model().authorization((allow) => [allow.owner(), allow.authenticated()]),
  Tag: a.model().authorization((allow) => allow.authenticated()),
  Label: a.model().authorization((allow) => [allow.authenticated(), allow.publicApiKey().to(['read'])]),
  Labelling: a.model().authorization((allow) => allow.authenticated()),
  Room: a.model().authorization((allow) => [allow.authenticated(), allow.guest().to(['read'])]),
  Team: a.model().authorization((allow) => allow.authenticated()),
})

/** Everyone sees his own; staff sees and writes all, audit sees all; rooms are closed. */
const closed = a.schema({
  Member: a
    .model({
      score: a.field().authorization((allow) => [allow.group('staff'), allow.group('audit').to(['read'])]),
    })
    .authorization((allow) => [allow.owner(), allow.group('staff'), allow.group('audit').to(['read'])]),
  Profile: a
    .model()
    .authorization((allow) => [allow.owner(), allow.group('staff'), allow.group('audit').to(['read'])]),
  Passport: a
    .model()
    .authorization((allow) => [allow.owner().to(['create', 'read']), allow.group('audit').to(['read'])]),
  Article: a
    .model({
      pay: a.field().authorization((allow) => [allow.owner().to(['read']), allow.group('staff')]),
      note: a.field().authorization((allow) => allow.owner()),
    })
    .authorization((allow) => [
      allow.owner(),
      allow.group('staff'),
      allow.authenticated().to(['read']),
      allow.guest().to(['list']),
    ])
    .link('tags', 'get'),
  Tag: a
    .model()
    .authorization((allow) => [
      allow.owner(),
      allow.authenticated().to(['read']),
      allow.guest().to(['read']),
    ]),
  Label: a.model().authorization((allow) => [allow.owner(), allow.group('staff')]),
  Labelling: a
    .model()
    .authorization((allow) => [allow.owner(), allow.authenticated().to(['read', 'create'])]),
  Team: a
    .model()
    .authorization((allow) => [
      allow.owner(),
      allow.group('staff'),
      allow.authenticated().to(['read', 'create']),
    ]),
})

/** What one may get and what one may list are not the same. */
const split = a.schema({
  Member: a
    .model({ secret: a.field().authorization((allow) => allow.owner()) })
    .authorization((allow) => [
      allow.owner(),
      allow.authenticated().to(['get']),
      allow.group('audit').to(['read']),
    ])
    .link('friends', 'get')
    .link('teams', 'get'),
  Profile: a.model().authorization((allow) => [allow.owner(), allow.authenticated().to(['list', 'update'])]),
  Passport: a
    .model()
    .authorization((allow) => [allow.owner().to(['get', 'update', 'delete']), allow.group('staff')]),
  Article: a
    .model()
    .authorization((allow) => [
      allow.owner(),
      allow.authenticated().to(['list', 'create']),
      allow.group('staff'),
    ]),
  Tag: a.model().authorization((allow) => [allow.authenticated().to(['get', 'create']), allow.owner()]),
  Label: a.model().authorization((allow) => [allow.owner(), allow.authenticated().to(['get'])]),
  Labelling: a.model().authorization((allow) => [allow.authenticated(), allow.owner()]),
  Room: a.model().authorization((allow) => [allow.authenticated().to(['get']), allow.group('staff')]),
  Team: a.model().authorization((allow) => [allow.owner(), allow.authenticated().to(['get', 'create'])]),
})

/** Foreign keys with rules of their own. */
const keys = a.schema({
  Member: a
    .model({
      managerId: a.field().authorization((allow) => [allow.group('staff'), allow.owner().to(['read'])]),
      secret: a.field().authorization((allow) => allow.group('staff')),
    })
    .authorization((allow) => [allow.owner(), allow.group('staff'), allow.authenticated().to(['read'])]),
  Profile: a
    .model({ memberId: a.field().authorization((allow) => allow.owner()) })
    .authorization((allow) => [allow.owner(), allow.authenticated().to(['read', 'update'])]),
  Passport: a.model().authorization((allow) => allow.owner()),
  Article: a
    .model({
      editorId: a
        .field()
        .authorization((allow) => [allow.owner(), allow.group('staff').to(['read', 'update'])]),
      note: a.field().authorization((allow) => [allow.group('staff'), allow.owner().to(['create', 'read'])]),
    })
    .authorization((allow) => [allow.owner(), allow.authenticated()]),
  Tag: a.model().authorization((allow) => [allow.owner(), allow.authenticated().to(['read', 'update'])]),
  Label: a.model().authorization((allow) => allow.authenticated()),
  Labelling: a.model().authorization((allow) => [allow.owner(), allow.group('staff')]),
  Room: a.model().authorization((allow) => allow.authenticated().to(['read', 'create'])),
  Team: a
    .model({ name: a.field().authorization((allow) => allow.authenticated()) })
    .authorization((allow) => [allow.owner(), allow.authenticated().to(['read'])])
    .link('members', 'get'),
})

/** Rules over the models of test/support/relations/schema.prisma; the liberal ones twice as often. */
export const relationRules: Readonly<Record<string, Data>> = {
  liberal: defineData({ schema: liberal }),
  liberalAgain: defineData({ schema: liberal }),
  closed: defineData({ schema: closed }),
  split: defineData({ schema: split }),
  keys: defineData({ schema: keys }),
}

/** The rules that come with the project, over its own models. */
export const exampleRules: Readonly<Record<string, Data>> = { example: exampleData }
