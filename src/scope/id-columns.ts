import type { Model } from '../catalog/model.js'

/** The id alone, as a `select`: enough to know whether there is a row, and which. */
export function idColumns(model: Model): Readonly<Record<string, true>> {
  return Object.fromEntries(model.id.map(({ name }) => [name, true]))
}
