import { isDeepStrictEqual } from 'node:util'
import type { Args, Fixture, LooseClient } from './client-fixture.js'
import { isId, keyOf, rowWith, type Oracle } from './client-oracle.js'
import type { Call } from './client-scene.js'
import type { Link, Row, Tables } from './client-tables.js'
import { plain } from './client-values.js'
import { literally } from './literally.js'

/** What came of a call: an answer, or the code of a refusal. */
export type Outcome = { readonly answer: unknown } | { readonly refused: string; readonly text: string }

/** The database as the caller may know it by these rights: hidden rows gone, hidden fields NULL. */
export function redacted(
  oracle: Oracle,
  tables: Tables,
  links: readonly Link[],
  right: (model: string) => string,
): Tables {
  const shown = [...oracle.models.values()].map((model) => {
    const operation = right(model.name)
    const rows = (tables[model.name] ?? []).filter((row) => oracle.holds(model.name, operation, row))
    return [model.name, rows.map((row) => openFields(oracle, model.name, operation, row))] as const
  })
  const known = Object.fromEntries(shown) as Tables
  const pairs = links.map(({ table, a, b }) => {
    const has = (model: string, id: unknown) => known[model]?.some((row) => row['id'] === id)
    return [table, (tables[table] ?? []).filter(({ A, B }) => has(a.model, A) && has(b.model, B))] as const
  })
  return { ...known, ...(Object.fromEntries(pairs) as Tables) }
}

/**
 * The right by which each model is looked at in a call, or nothing where one call looks at the rows of a model by
 * two rights that show different things: no one database stands for that.
 */
export function rightsOf(
  oracle: Oracle,
  tables: Tables,
  uses: ReadonlyMap<string, ReadonlySet<string>>,
): ((model: string) => string) | undefined {
  const isSame = (model: string) => {
    const seenBy = (operation: string) =>
      (tables[model] ?? []).map(
        (row) => oracle.holds(model, operation, row) && openFields(oracle, model, operation, row),
      )
    return isDeepStrictEqual(seenBy('get'), seenBy('list'))
  }
  for (const [model, operations] of uses) if (operations.size > 1 && !isSame(model)) return undefined
  return (model) => [...(uses.get(model) ?? [])][0] ?? 'list'
}

/** What the bare client answers on a redacted database, in the form in which the scoped client must answer. */
export async function reference(
  fixture: Fixture,
  oracle: Oracle,
  tables: Tables,
  right: (model: string) => string,
  call: Call,
): Promise<Outcome> {
  const known = redacted(oracle, tables, fixture.links, right)
  const result = await fixture.imagine(known, (tx) =>
    outcomeOf(tx, { ...call, args: literally(withIds(oracle, call.model, call.args)) }),
  )
  if (!('answer' in result) || ['count', 'aggregate', 'groupBy'].includes(call.method)) return result
  return { answer: shaped(oracle, tables, right, call.model, call.args, result.answer) }
}

/** Makes a call and waits for what comes of it. */
export async function outcomeOf(client: LooseClient, { model, method, args }: Call): Promise<Outcome> {
  const delegate = model.charAt(0).toLowerCase() + model.slice(1)
  try {
    return { answer: plain(await client[delegate]?.[method]?.(args)) }
  } catch (error) {
    const { code, name, message } = error as { code?: string; name: string; message: string }
    return { refused: code ?? name, text: `${message} ${JSON.stringify(error)}` }
  }
}

/** Keeps of an answer's rows what is open, by the row that is stored. */
export function shaped(
  oracle: Oracle,
  tables: Tables,
  right: (model: string) => string,
  name: string,
  args: Args,
  result: unknown,
): unknown {
  if (Array.isArray(result)) return result.map((one) => shaped(oracle, tables, right, name, args, one))
  if (result === null) return null
  const model = oracle.model(name)
  const answered = result as Row
  const row = rowWith(tables, model, keyOf(model, answered)) ?? {}
  const { select, include, omit } = args as Readonly<Record<string, Args | undefined>>
  return Object.fromEntries(
    Object.entries(answered).flatMap(([key, value]): [string, unknown][] => {
      const relation = model.relations.get(key)
      const nested = (select ?? include)?.[key]
      if (relation)
        return [
          [
            key,
            shaped(oracle, tables, right, relation.model, nested === true ? {} : (nested as Args), value),
          ],
        ]
      if (key === '_count') return [[key, value]]
      const isAsked = select ? select[key] === true : omit?.[key] !== true
      return isAsked && oracle.isOpen(name, right(name), key, row) ? [[key, value]] : []
    }),
  )
}

function openFields(oracle: Oracle, model: string, operation: string, row: Row): Row {
  const cells = Object.entries(row).map(([field, value]) => [
    field,
    oracle.isOpen(model, operation, field, row) ? value : null,
  ])
  return Object.fromEntries(cells) as Row
}

/** The same arguments, asking for the ids too: by these the rows of the answer are known. */
function withIds(oracle: Oracle, name: string, args: Args): Args {
  const model = oracle.model(name)
  const ids = Object.fromEntries(model.id.map((column) => [column.name, true]))
  const nested = (chosen: Args) =>
    Object.fromEntries(
      Object.entries(chosen).map(([key, value]) => {
        const relation = model.relations.get(key)
        return [
          key,
          relation && typeof value === 'object' ? withIds(oracle, relation.model, value as Args) : value,
        ]
      }),
    )
  const { select, include, omit, ...rest } = args as Readonly<Record<string, Args | undefined>>
  const kept = Object.entries(omit ?? {}).filter(([field]) => !isId(model, field))
  const isSelection = select !== undefined && !('_all' in select)
  return {
    ...rest,
    ...(select && { select: isSelection ? { ...nested(select), ...ids } : select }),
    ...(include && { include: nested(include) }),
    ...(kept.length > 0 && { omit: Object.fromEntries(kept) }),
  }
}
