import type { Column } from '../catalog/model.js'

/** `createdAt`, `created_on`, `insertedAt` …, filled in by `@default(now())`. */
export function isCreationTime({ name, type, default: kind, list }: Column): boolean {
  return type === 'DateTime' && kind === 'now' && !list && /^(?:creat|insert)/iu.test(name)
}
