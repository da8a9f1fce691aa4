import fc from 'fast-check'
import type { Principal } from '../../src/claims/principal.js'
import type { Row, Rules } from './evaluator.js'
import { callerArbitrary, usualPrincipal } from './random-callers.js'
import { oneOf, rowArbitrary, sentArbitrary, tightSent, tightValues } from './random-rows.js'
import { rulesArbitrary, tightRules } from './random-rules.js'

/** A caller who writes to a row under some rules. */
export interface Writing {
  readonly rules: Rules
  readonly who: Principal
  readonly row: Row
  readonly sent: Row
}

/** Any at all. */
const anyWriting = fc.record({
  rules: rulesArbitrary,
  who: callerArbitrary,
  row: rowArbitrary,
  sent: sentArbitrary,
})

/** Of few names, so that rules, caller and row often meet. */
const tightWriting = fc.record({
  rules: tightRules,
  who: usualPrincipal,
  row: fc.tuple(rowArbitrary, fc.record(tightValues)).map(([row, more]): Row => ({ ...row, ...more })),
  sent: tightSent,
})

/** @param tight how many of those that meet there are to each of any kind */
export const writings = (tight: number): fc.Arbitrary<Writing> =>
  fc
    .oneof({ arbitrary: anyWriting, weight: 1 }, { arbitrary: tightWriting, weight: tight })
    .chain((writing) =>
      // Often what is stored, or the form in which it is shown: the unchanged owner is what a client sends back.
      oneOf(['other', 'other', 'stored', 'shown'] as const).map((kind) => {
        const { owner } = writing.row
        if (kind === 'other' || !('owner' in writing.sent)) return writing
        const shown = typeof owner === 'string' ? owner.split('::').at(-1) : owner
        return { ...writing, sent: { ...writing.sent, owner: kind === 'shown' ? shown : owner } }
      }),
    )
