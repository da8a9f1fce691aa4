import fc from 'fast-check'

// A failing property prints its seed and the smallest counterexample; PROPERTY_SEED runs it again, and
// PROPERTY_RUNS multiplies the number of runs. Nothing cuts a run short: what is asked for is done, or fails.

/** Of every property of a file. */
export const seed = Number(process.env['PROPERTY_SEED'] ?? Math.floor(Math.random() * 2 ** 31))
/** How many times as many runs as usual. */
export const times = Number(process.env['PROPERTY_RUNS'] ?? 1)

/** How long a test of many runs may take, in milliseconds. */
export const patience = 180_000 * times

/** Says the seed of a test file. */
export function announce(file: string): void {
  process.stdout.write(`test/property/${file}: PROPERTY_SEED=${seed}\n`)
}

/** Holds a property on so many random inputs. */
export function holds<Ts>(property: fc.IProperty<Ts>, numRuns: number): void {
  fc.assert(property, { seed, numRuns: numRuns * times })
}

/**
 * The same for a property that asks the database.
 *
 * @param more `endOnFailure` where the failure says what is wrong by itself, and to shrink it would take minutes
 */
export async function holdsAsync<Ts>(
  property: fc.IAsyncProperty<Ts>,
  numRuns: number,
  more: { readonly endOnFailure?: boolean } = {},
): Promise<void> {
  await fc.assert(property, { seed, numRuns: numRuns * times, ...more })
}

/** Counts what a test file held against something, and is satisfied with no less than it must have been. */
export class Count {
  readonly #what: string
  readonly #least: number
  #done = 0

  constructor(what: string, least: number) {
    this.#what = what
    this.#least = least
  }

  add(more = 1): void {
    this.#done += more
  }

  /** For the last test of the file. */
  expectEnough(): void {
    process.stdout.write(`${this.#what.replace('#', this.#done.toLocaleString('en'))}\n`)
    expect(this.#done).toBeGreaterThanOrEqual(this.#least * times)
  }
}

/** `expect` is too slow to be asked about every row and field. */
export function same(actual: unknown, expected: unknown, ...where: readonly unknown[]): void {
  if (actual !== expected) expect([actual, ...where]).toEqual([expected, ...where])
}
