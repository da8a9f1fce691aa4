import { decide } from '../policy/decide.js'
import { scopeToWhere } from '../policy/scope-to-where.js'
import { ClaimstakeError } from '../errors.js'
import { anyColumn } from './any-column.js'
import { policyOf, type Caller } from './caller.js'
import { lockRows } from './lock-rows.js'
import type { Plan, Reference } from './plan.js'
import { inTransaction, statement, type Unscoped } from './unscoped.js'
import type { Row } from './view.js'

/**
 * Runs a plan: one statement, or, where it writes foreign keys, one transaction that locks the rows they point at
 * and looks them up under the caller's scope first.
 *
 * @param unscoped the bare client, or the transaction the caller is in
 * @throws {ClaimstakeError} what the caller may know; Prisma's own errors (P2025 for missing or hidden) otherwise
 */
export async function perform(caller: Caller, plan: Plan, unscoped: Unscoped): Promise<unknown> {
  if (plan.references.length > 0) {
    return inTransaction(unscoped, async (tx) => {
      for (const reference of plan.references) await requireReference(caller, reference, tx)
      return perform(caller, { ...plan, references: [] }, tx)
    })
  }
  try {
    return plan.finish(await statement(unscoped, plan.model, plan.method, plan.args))
  } catch (error) {
    if (!isNotFound(error)) throw error
    if (plan.otherwise) return perform(caller, plan.otherwise, unscoped)
    throw (await explainMiss(plan, unscoped)) ?? error
  }
}

/** A row that is not there and one the caller may not get are the same refusal. */
async function requireReference(
  caller: Caller,
  { model, fields, keys }: Reference,
  tx: Unscoped,
): Promise<void> {
  const distinct = [
    ...new Map(
      keys.map((key) => [JSON.stringify(Object.entries(key).map(([, value]) => String(value))), key]),
    ).values(),
  ]
  const policy = policyOf(caller.policies, model)
  const decision = decide(policy, caller.principal, 'get')
  if (decision.allowed) {
    const where = { AND: [scopeToWhere(decision.scope, anyColumn(policy)), { OR: distinct }] }
    const areVisible = async () => (await statement(tx, model, 'count', { where })) === distinct.length
    // Asked before locking, or a wait would tell that somebody is writing a hidden row; and again once it is locked.
    if (await areVisible()) {
      await lockRows(tx, model, distinct)
      if (await areVisible()) return
    }
  }
  throw new ClaimstakeError('INVALID_INPUT', {
    detail: `${fields.join(', ')} must name a row that you can see.`,
    errors: fields.map((field) => ({
      pointer: `/${field}`,
      code: 'not_found',
      detail: 'names no row that you can see',
    })),
  })
}

async function explainMiss({ model, miss }: Plan, unscoped: Unscoped): Promise<ClaimstakeError | undefined> {
  const row = miss && (await statement(unscoped, model, 'findUnique', miss.args))
  return row ? miss.refusal(row as Row) : undefined
}

/** Prisma's "record not found": the guarded statement hit no row. */
export function isNotFound(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'P2025'
}
