import { isDeepStrictEqual } from 'node:util'
import type { Fixture, LooseClient } from './client-fixture.js'
import type { Oracle } from './client-oracle.js'
import { outcomeOf, reference, rightsOf, type Outcome } from './client-reference.js'
import type { Call } from './client-scene.js'
import type { Tables } from './client-tables.js'
import { textsIn } from './client-values.js'
import { Verdict } from './client-verdict.js'

/** What a check found: the outcome, and what it should have been where it is not. */
export interface Finding {
  readonly outcome: Outcome
  readonly expected?: unknown
  /** Whether the answer was compared with the one there is, not only searched for what is hidden. */
  readonly exact: boolean
}

/** Makes a reading call as the caller and holds what comes of it against the rules. */
export async function checkRead(
  fixture: Fixture,
  scoped: LooseClient,
  oracle: Oracle,
  tables: Tables,
  call: Call,
): Promise<Finding> {
  const outcome = await outcomeOf(scoped, call)
  const verdict = verdictOf(oracle, call)
  const found = (isRight: boolean, expected: unknown, exact = true): Finding =>
    isRight ? { outcome, exact } : { outcome, exact, expected }

  const leaked = leaks(oracle, tables, outcome, call)
  if (leaked.length > 0) return found(false, { hidden: leaked })
  if (verdict.refusals.size > 0)
    return found('refused' in outcome && verdict.refusals.has(outcome.refused), {
      refused: [...verdict.refusals],
    })
  if (verdict.mayRefuse && 'refused' in outcome && outcome.refused === 'UNSUPPORTED_ARGUMENT')
    return found(true, undefined)
  const right = rightsOf(oracle, tables, verdict.uses)
  if (!right) return found('answer' in outcome || outcome.refused === 'P2025', 'an answer', false)
  const expected = await reference(fixture, oracle, tables, right, call)
  if ('refused' in expected)
    return found('refused' in outcome && outcome.refused === expected.refused, expected)
  return found(isDeepStrictEqual(outcome, expected), expected)
}

function verdictOf(oracle: Oracle, { model, method, args }: Call): Verdict {
  const operation = method.startsWith('findUnique') ? 'get' : 'list'
  const verdict = new Verdict(oracle)
  verdict.call(model, operation)
  verdict.listing(model, operation, args)
  if (method === 'count') verdict.counted(model, args['select'])
  else verdict.selection(model, args)
  return verdict
}

/** Texts in an outcome that stand in the database only where the caller may see none of them. */
export function leaks(oracle: Oracle, tables: Tables, outcome: Outcome, call: Call): string[] {
  const seen = new Set<string>()
  const hidden = new Set<string>()
  for (const model of oracle.models.values()) {
    for (const row of tables[model.name] ?? []) {
      for (const [field, value] of Object.entries(row)) {
        const isSeen = ['get', 'list'].some((operation) => oracle.isOpen(model.name, operation, field, row))
        for (const text of textsIn(value)) (isSeen ? seen : hidden).add(text)
      }
    }
  }
  for (const text of textsIn(call.args)) seen.add(text)
  const secrets = [...hidden].filter((text) => !seen.has(text))
  if ('answer' in outcome) return textsIn(outcome.answer).filter((text) => secrets.includes(text))
  // Those made for this: a word such as `oak` may stand in any message.
  return secrets.filter((text) => /-\d+-/u.test(text) && outcome.text.includes(text))
}
