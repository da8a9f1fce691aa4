import { a, defineData } from '../generated/claimstake.js'
import type { PrismaClient } from '../generated/prisma/client.js'
import type { ClaimsEnrichment, ClientSchema } from '../index.js'

// Who may do what. The models themselves are in prisma/schema.prisma; one that is not named here is closed.
const schema = a.schema({
  Post: a.model().authorization((allow) => [
    allow.owner().identityClaim('user_id'),
    allow.groups(['Moderator']).withClaimIn('user_groups'),
  ]),

  Comment: a.model().authorization((allow) => [
    allow.owner().identityClaim('user_id'),
    allow.groups(['Moderator']).withClaimIn('user_groups').to(['read', 'delete']),
  ]),

  Todo: a.model().authorization((allow) => allow.owner().identityClaim('user_id')),

  Project: a.model().authorization((allow) => [
    allow.ownersDefinedIn('owners').identityClaim('user_id'),
    allow.groupsDefinedIn('teams').withClaimIn('user_groups').to(['read']),
    allow.groupsDefinedIn('teams').withClaimIn('teams').to(['read']),
  ]),

  Membership: a.model().authorization((allow) => [
    allow.group('Moderator').withClaimIn('user_groups'),
    allow.ownerDefinedIn('userId').identityClaim('user_id').to(['read', 'delete']),
  ]),

  Employee: a
    .model({
      salary: a.field().authorization((allow) => [
        allow.group('HR').withClaimIn('user_groups'),
        allow.owner().identityClaim('user_id').to(['read']),
      ]),
      notes: a.field().authorization((allow) => [
        allow.group('HR').withClaimIn('user_groups').to(['create', 'read']),
        allow.owner().identityClaim('user_id').to(['read', 'update']),
      ]),
    })
    .authorization((allow) => [
      allow.group('HR').withClaimIn('user_groups'),
      allow.authenticated().to(['read']),
      allow.owner().identityClaim('user_id').to(['read', 'update']),
    ]),

  Product: a.model().authorization((allow) => [
    allow.owner().identityClaim('user_id'),
    allow.authenticated().to(['read']),
  ]),
})

// The caller's teams, which no token holds: a row added to Membership counts within a minute, one taken away too.
const enrichment: ClaimsEnrichment<PrismaClient> = {
  async enrich(_claims, { unscoped, identity }) {
    const userId = identity('user_id')
    if (userId === undefined) return { teams: [] }
    const rows = await unscoped.membership.findMany({ where: { userId }, select: { teamId: true } })
    return { teams: rows.map(({ teamId }) => teamId) }
  },
}

export type Schema = ClientSchema<typeof schema>
export const data = defineData({ schema, enrichment })
