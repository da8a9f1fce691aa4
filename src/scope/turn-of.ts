import type { Shares } from './shares.js'

/**
 * A caller's turn at the processor, which is over with this turn of the event loop. Node reads all requests that are
 * there in one of its turns: without this the last of a hundred large ones that one caller sends would be looked at
 * before the database's next answer is, and before the small one of another caller.
 *
 * @throws {ClaimstakeError} `OVERLOADED`
 */
export function turnOf({ run }: Shares, key: string): Promise<void> {
  return new Promise((begin, reject) => {
    const work = () => {
      begin()
      return new Promise<void>((over) => setImmediate(over))
    }
    run(key, work).catch(reject)
  })
}
