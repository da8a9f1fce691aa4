import { a, defineData } from '../support/rules/generated/claimstake.js'

// The rules of RULES section 8, each set over one model of test/support/rules/schema.prisma.

const note = () => a.model()

export const O = defineData({ schema: a.schema({ Note: note().authorization((allow) => allow.owner()) }) })

export const Oposter = defineData({
  schema: a.schema({ Note: note().authorization((allow) => allow.ownerDefinedIn('poster')) }),
})

export const Ocud = defineData({
  schema: a.schema({
    Note: note().authorization((allow) => allow.owner().to(['create', 'update', 'delete'])),
  }),
})

export const Ocd = defineData({
  schema: a.schema({ Note: note().authorization((allow) => allow.owner().to(['create', 'delete'])) }),
})

export const Ocrd = defineData({
  schema: a.schema({ Note: note().authorization((allow) => allow.owner().to(['create', 'read', 'delete'])) }),
})

export const Oauthor = defineData({
  schema: a.schema({ Note: note().authorization((allow) => allow.ownerDefinedIn('author')) }),
})

/** Case 13: what a caller who is nobody there might write himself into. */
export const customized = defineData({
  schema: a.schema({
    Note: note().authorization((allow) => [
      allow.owner(),
      allow.ownersDefinedIn('authors'),
      allow.groupDefinedIn('customGroup'),
      allow.groupsDefinedIn('customGroups'),
    ]),
  }),
})

export const OOowners = defineData({
  schema: a.schema({ Note: note().authorization((allow) => allow.ownersDefinedIn('owners')) }),
})

export const OOauthors = defineData({
  schema: a.schema({ Note: note().authorization((allow) => allow.ownersDefinedIn('authors')) }),
})

export const Oreaders = defineData({
  schema: a.schema({
    Note: note().authorization((allow) => [allow.owner(), allow.ownersDefinedIn('readers').to(['read'])]),
  }),
})

export const OuserIdModerator = defineData({
  schema: a.schema({
    Note: note()
      .authorization((allow) => [
        allow.owner().identityClaim('user_id'),
        allow.groups(['Moderator']).withClaimIn('user_groups'),
      ])
      .clientIds(),
  }),
})

export const Oiss = defineData({
  schema: a.schema({ Note: note().authorization((allow) => allow.owner().identityClaim('iss')) }),
})

export const OuserId = defineData({
  schema: a.schema({ Note: note().authorization((allow) => allow.owner().identityClaim('user_id')) }),
})

export const absentClaims = defineData({
  schema: a.schema({
    Note: note().authorization((allow) => [
      allow.owner().identityClaim('doesnotexist'),
      allow.ownersDefinedIn('owners').identityClaim('doesnotexist'),
      allow.group('Admin'),
      allow.groupsDefinedIn('groups'),
    ]),
  }),
})

export const absentOwner = defineData({
  schema: a.schema({
    Note: note().authorization((allow) => [
      allow.owner().identityClaim('doesnotexist'),
      allow.ownersDefinedIn('owners'),
      allow.authenticated(),
    ]),
  }),
})

export const absentFieldOwner = defineData({
  schema: a.schema({
    Note: a
      .model({ f: a.field().authorization((allow) => allow.owner().identityClaim('doesnotexist')) })
      .authorization((allow) => allow.authenticated()),
  }),
})

export const OAdmin = defineData({
  schema: a.schema({ Note: note().authorization((allow) => [allow.owner(), allow.group('Admin')]) }),
})

export const Admin = defineData({
  schema: a.schema({ Note: note().authorization((allow) => allow.group('Admin')) }),
})

export const AdminOrRead = defineData({
  schema: a.schema({
    Note: note().authorization((allow) => [allow.group('Admin'), allow.authenticated().to(['read'])]),
  }),
})

export const AdminMakes = defineData({
  schema: a.schema({
    Note: note().authorization((allow) => [
      allow.group('Admin').to(['create', 'delete']),
      allow.group('Devs-Admin'),
    ]),
  }),
})

export const DevsKeep = defineData({
  schema: a.schema({
    Note: note().authorization((allow) => [
      allow.owner().to(['create', 'read']),
      allow.group('Devs').to(['read', 'update', 'delete']),
    ]),
  }),
})

export const byGroup = defineData({
  schema: a.schema({ Note: note().authorization((allow) => allow.groupDefinedIn('group')) }),
})

export const byGroups = defineData({
  schema: a.schema({ Note: note().authorization((allow) => allow.groupsDefinedIn('groups')) }),
})

export const byGroupField = defineData({
  schema: a.schema({ Note: note().authorization((allow) => allow.groupDefinedIn('groupField')) }),
})

export const byWatchers = defineData({
  schema: a.schema({ Note: note().authorization((allow) => allow.groupsDefinedIn('watcherList')) }),
})

export const participation = defineData({
  schema: a.schema({
    Note: note().authorization((allow) => [
      allow.group('Devs'),
      allow.groupDefinedIn('participants').to(['read', 'update', 'delete']),
      allow.groupDefinedIn('watchers').to(['read']),
    ]),
  }),
})

export const ownersOrGroups = defineData({
  schema: a.schema({
    Note: note().authorization((allow) => [
      allow.ownersDefinedIn('owners'),
      allow.groupsDefinedIn('groupsField'),
    ]),
  }),
})

/** Cases 48 to 56. */
export const many = defineData({
  schema: a.schema({
    Note: note().authorization((allow) => [
      allow.owner().identityClaim('username'),
      allow.ownersDefinedIn('editors').identityClaim('cognito:username'),
      allow.groups(['Admin', 'Execs']),
      allow.groupsDefinedIn('groups'),
      allow.groupDefinedIn('alternativeGroup'),
    ]),
  }),
})

export const OEditors = defineData({
  schema: a.schema({
    Note: note().authorization((allow) => [
      allow.owner(),
      allow.ownersDefinedIn('editors').to(['create', 'read', 'update']),
    ]),
  }),
})

/** Cases F1 to F9. */
export const employees = defineData({
  schema: a.schema({
    Employee: a
      .model({
        salary: a.field().authorization((allow) => [allow.group('HR'), allow.owner().to(['read'])]),
        notes: a
          .field()
          .authorization((allow) => [
            allow.group('HR').to(['create', 'read']),
            allow.owner().to(['read', 'update']),
          ]),
      })
      .authorization((allow) => [
        allow.group('HR'),
        allow.authenticated().to(['read']),
        allow.owner().to(['read', 'update']),
      ]),
  }),
})
