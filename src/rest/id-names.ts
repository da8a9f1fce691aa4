import type { Column, Model } from '../catalog/model.js'
import { capital } from './words.js'

/** The names of the path parameters of an id: `postId`; of one of several columns, their own. */
export function idNames({ name, id }: Model): string[] {
  const singular = name.charAt(0).toLowerCase() + name.slice(1)
  return id.map((column: Column) => (id.length > 1 ? column.name : `${singular}${capital(column.name)}`))
}
