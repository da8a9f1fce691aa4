import type { Policy } from '../policy/policy.js'
import { planAggregate, planCount, planFindMany, planFindUnique } from './plan-read.js'
import {
  planCreate,
  planCreateMany,
  planDelete,
  planDeleteMany,
  planUpdate,
  planUpdateMany,
  planUpsert,
} from './write-call.js'
import type { Plan, Script } from './plan.js'
import type { Reading } from './reading.js'

/** Turns the arguments of one method into a plan. */
export type Planner = (reading: Reading, policy: Policy, method: string, args: unknown) => Plan | Script

/** The methods of a model on the scoped client. One that is not listed does not exist there. */
export const methods = {
  findUnique: planFindUnique,
  findUniqueOrThrow: planFindUnique,
  findFirst: planFindMany,
  findFirstOrThrow: planFindMany,
  findMany: planFindMany,
  count: planCount,
  aggregate: planAggregate,
  groupBy: planAggregate,
  create: planCreate,
  createMany: planCreateMany,
  createManyAndReturn: planCreateMany,
  update: planUpdate,
  updateMany: planUpdateMany,
  updateManyAndReturn: planUpdateMany,
  upsert: planUpsert,
  delete: planDelete,
  deleteMany: planDeleteMany,
} as const satisfies Readonly<Record<string, Planner>>
