import { PrismaClientKnownRequestError } from '@prisma/client/runtime/client'
import type { Model } from '../catalog/model.js'

/** The error Prisma has for a row that is missing; ours for one that is hidden too. */
export function notFound(model: Model, doing: string): Error {
  return known('P2025', `No ${model.name} record was found for ${doing}.`, model)
}

/** The error Prisma has for unlinking a row that cannot be without. */
export function requiredRelation(model: Model, relation: string): Error {
  return known(
    'P2014',
    `The change would violate the required relation "${relation}" of ${model.name}.`,
    model,
  )
}

function known(code: string, message: string, model: Model): Error {
  return new PrismaClientKnownRequestError(message, {
    code,
    clientVersion: 'claimstake',
    meta: { modelName: model.name },
  })
}
