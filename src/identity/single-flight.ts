/**
 * Lets only one question under a key be underway: whoever asks it meanwhile shares the answer, also a rejection. Nothing is
 * remembered beyond that.
 */
export function singleFlight<Answer>(): (key: string, ask: () => Promise<Answer>) => Promise<Answer> {
  const underway = new Map<string, Promise<Answer>>()
  return (key, ask) => {
    const running = underway.get(key)
    if (running) return running
    const answer = ask().finally(() => underway.delete(key))
    underway.set(key, answer)
    return answer
  }
}
