import { decide, fieldScope } from '../policy/decide.js'
import { allOf } from '../policy/scope.js'
import { scopeToWhere } from '../policy/scope-to-where.js'
import { isNotFound } from '../database-error.js'
import { ClaimstakeError } from '../errors.js'
import { anyColumn } from './any-column.js'
import { policyOf, type Caller } from './caller.js'
import { idColumns } from './id-columns.js'
import { inParts } from './in-parts.js'
import { keyText } from './key-text.js'
import { lockRows } from './lock-rows.js'
import type { Plan, Reference, Script } from './plan.js'
import type { Cursor } from './reading.js'
import { allOrNone, inTransaction, statement, type Unscoped } from './unscoped.js'
import type { Row } from './row.js'

/**
 * Runs a plan: one statement, or several in one transaction, all or none: where rows are to be written one by one,
 * where a cursor's row is to be looked up, and where the rows that foreign keys point at are to be locked and looked
 * up under the caller's scope first.
 *
 * @param unscoped the bare client, or the transaction the caller is in
 * @throws {ClaimstakeError} what the caller may know; Prisma's own errors (P2025 for missing or hidden) otherwise
 */
export function perform(caller: Caller, plan: Plan | Script, unscoped: Unscoped): Promise<unknown> {
  if ('run' in plan) {
    const run = () => allOrNone(unscoped, (tx) => plan.run(tx))
    return run().catch((error: unknown) => {
      if (plan.isWorthRepeating?.(error)) return run()
      throw error
    })
  }
  if (plan.cursors && plan.cursors.length > 0) return performFrom(caller, plan, plan.cursors, unscoped)
  if (plan.references.length > 0) {
    return inTransaction(unscoped, async (tx) => {
      for (const reference of plan.references) await requireReference(caller, reference, tx)
      return perform(caller, { ...plan, references: [] }, tx)
    })
  }
  // Most calls are this one statement: no promise of ours stands between it and the caller.
  return statement(unscoped, plan.model, plan.method, plan.args).then(plan.finish, async (error: unknown) => {
    if (!isNotFound(error)) throw error
    if (plan.otherwise) return perform(caller, plan.otherwise, unscoped)
    throw (await explainMiss(plan, unscoped)) ?? error
  })
}

/** Prisma finds the place of a cursor without our scope: a row that is hidden is looked for in vain, as a missing one. */
async function performFrom(
  caller: Caller,
  plan: Plan,
  cursors: readonly Cursor[],
  unscoped: Unscoped,
): Promise<unknown> {
  const missing = await missingOf(cursors, unscoped)
  const begun = missing.size > 0 && plan.without ? plan.without(missing) : plan
  return perform(caller, { ...begun, cursors: [] }, unscoped)
}

/** The cursors that name no row the caller may see. */
export async function missingOf(
  cursors: readonly Cursor[],
  unscoped: Unscoped,
): Promise<ReadonlySet<unknown>> {
  const missing = new Set<unknown>()
  for (const { model, where, sent } of cursors) {
    const row = await statement(unscoped, model, 'findUnique', { where, select: idColumns(model) })
    if (!row) missing.add(sent)
  }
  return missing
}

/** A row that is not there and one the caller may not get are the same refusal. */
async function requireReference(
  caller: Caller,
  { model, fields, keys }: Reference,
  tx: Unscoped,
): Promise<void> {
  const distinct = [...new Map(keys.map((key) => [JSON.stringify(keyTexts(key)), key])).values()]
  const policy = policyOf(caller.policies, model)
  const decision = decide(policy, caller.principal, 'get')
  if (decision.allowed) {
    // That a value is there tells it: so he must be able to read what the foreign key refers to.
    const columns = Object.keys(distinct[0] ?? {})
    const scope = allOf([decision.scope, ...columns.map((column) => fieldScope(decision, column))])
    const scoped = scopeToWhere(scope, anyColumn(policy))
    const areVisible = async () => {
      for (const part of inParts(distinct)) {
        const where = { AND: [scoped, { OR: part }] }
        if ((await statement(tx, model, 'count', { where })) !== part.length) return false
      }
      return true
    }
    const lastCheck = async () => {
      await lockRows(tx, model, distinct)
      if (!(await areVisible())) throw unseenReference(fields)
    }
    // Asked before locking, or a wait would tell that somebody is writing a hidden row; and again once it is locked.
    if (await areVisible()) {
      if (!tx.lastChecks) return lastCheck()
      tx.lastChecks.set(JSON.stringify([model.name, fields, distinct.map(keyTexts)]), lastCheck)
      return
    }
  }
  throw unseenReference(fields)
}

function keyTexts(key: Row): readonly string[] {
  return Object.values(key).map(keyText)
}

/** The refusal of a foreign key: its row is missing, or the caller may not get it; which of the two is not said. */
export function unseenReference(fields: readonly string[]): ClaimstakeError {
  return new ClaimstakeError('INVALID_INPUT', {
    detail: `${fields.join(', ')} must name a row that you can see.`,
    errors: fields.map((field) => ({
      pointer: `/${field}`,
      code: 'not_found',
      detail: 'names no row that you can see',
    })),
  })
}

async function explainMiss(plan: Plan, unscoped: Unscoped): Promise<ClaimstakeError | undefined> {
  const miss = plan.miss?.()
  const row = miss && (await statement(unscoped, plan.model, 'findUnique', miss.args))
  return row ? miss.refusal(row as Row) : undefined
}
