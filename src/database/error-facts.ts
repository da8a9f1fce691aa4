/** The code of a system or PostgreSQL error (`ENOENT`, `42P01`), without asking which realm its class is of. */
export function codeOf(error: unknown): string | undefined {
  const code = isObject(error) && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : undefined
}

/** What an error says; of one that stands for several (each address of a host), what they all say. */
export function messageOf(error: unknown): string {
  if (!isObject(error)) return String(error)
  if ('errors' in error && Array.isArray(error.errors)) return error.errors.map(messageOf).join(', ')
  return 'message' in error ? String(error.message) : JSON.stringify(error)
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null
