/** Orval's "mutator": what its functions call. It puts the base address in front, and leaves out absent headers. */
export async function call<T>(path: string, options: RequestInit & { baseUrl?: string }): Promise<T> {
  const sent = Object.entries({ ...options.headers }).filter(([, value]) => value !== undefined)
  const answer = await fetch(`${options.baseUrl ?? ''}${path}`, { ...options, headers: sent })
  const text = await answer.text()
  return {
    status: answer.status,
    headers: answer.headers,
    data: text === '' ? undefined : JSON.parse(text),
  } as T
}
