import type { Finding } from './client-check-read.js'
import { times } from './runs.js'

/** Counts the calls of the differential test and what came of them. */
export class Tally {
  readonly #count = { reads: 0, compared: 0, writes: 0, succeeded: 0, decided: 0 }
  readonly #refusals: Record<string, number> = {}

  read({ outcome, exact }: Finding): void {
    this.#count.reads += 1
    if (exact) this.#count.compared += 1
    if ('refused' in outcome) this.#refuse(outcome.refused)
  }

  write({ outcome, exact }: Finding): void {
    this.#count.writes += 1
    if (exact) this.#count.decided += 1
    if ('refused' in outcome) this.#refuse(outcome.refused)
    else this.#count.succeeded += 1
  }

  /** For the last test of the file. */
  expectEnough(seed: number): void {
    const { reads, compared, writes, succeeded, decided } = this.#count
    const share = (part: number, whole: number) => Math.round((100 * part) / whole)
    const calls = (reads + writes).toLocaleString('en')
    process.stdout.write(
      `client: ${calls} calls (${reads.toLocaleString('en')} reads, ${share(compared, reads)} % compared whole; ` +
        `${writes.toLocaleString('en')} writes: ${share(succeeded, writes)} % succeeded, ${share(decided, writes)} % by one way only), ` +
        `refusals by code ${JSON.stringify(this.#refusals)}, seed ${seed}\n`,
    )
    expect(reads + writes).toBeGreaterThanOrEqual(3_000 * times)
    expect(succeeded).toBeGreaterThanOrEqual(0.3 * writes)
    // What is only searched for hidden texts, and what may go either way, proves less.
    expect(compared).toBeGreaterThanOrEqual(0.95 * reads)
    expect(decided).toBeGreaterThanOrEqual(0.8 * writes)
  }

  #refuse(code: string): void {
    this.#refusals[code] = (this.#refusals[code] ?? 0) + 1
  }
}
