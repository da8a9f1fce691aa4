import type fc from 'fast-check'
import * as check from 'fast-check'

/** Random choices, one after the other; fast-check remembers, replays and shrinks them. */
export class Draw {
  readonly #next: fc.GeneratorValue
  #made = 0

  constructor(next: fc.GeneratorValue) {
    this.#next = next
  }

  one<T>(values: readonly T[]): T {
    return values[this.int(0, values.length - 1)] as T
  }

  int(min: number, max: number): number {
    return this.#next(check.nat, { max: max - min }) + min
  }

  /** True in so many of a hundred cases. */
  chance(percent: number): boolean {
    return this.int(0, 99) >= 100 - percent
  }

  /** Some of the values, each at most once. */
  some<T>(values: readonly T[], most: number): T[] {
    const wanted = this.int(0, Math.min(most, values.length))
    const chosen = new Set<T>()
    for (let at = 0; at < wanted; at++) chosen.add(this.one(values))
    return [...chosen]
  }

  /** Text that stands nowhere else, by which what was made is known again. */
  fresh(): string {
    this.#made += 1
    return `made-${this.#made}-by-a-caller`
  }
}
