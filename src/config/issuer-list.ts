import { readFileSync } from 'node:fs'
import { parseStrictJson, StrictJsonError } from '../claims/strict-json.js'

/** The variables that say who several issuers are: a JSON list, or the path of a file with one. */
export type ListVariable = 'ISSUERS' | 'ISSUERS_FILE'

/** How deep the options of issuers nest: a list, an issuer, its `requiredClaims` or key, a list of values. */
const deepest = 8

/** The members of a list, or what is wrong with the whole of it. */
export type IssuerList =
  | { readonly list: readonly unknown[]; readonly fault?: undefined }
  | { readonly list?: undefined; readonly fault: string }

/**
 * Reads the list in a variable, or in the file it names.
 *
 * @returns the list, its members unread; or what is wrong with it, which quotes nothing: there may be a secret in it
 */
export function issuerList(variable: ListVariable, text: string): IssuerList {
  if (text.trim() === '') return { fault: 'is set but blank' }
  try {
    const value = parseStrictJson(
      variable === 'ISSUERS' ? Buffer.from(text) : readFileSync(text.trim()),
      deepest,
    )
    if (!Array.isArray(value)) return { fault: 'is not a JSON list of issuers: it begins with [' }
    return value.length > 0 ? { list: value } : { fault: 'is an empty list: it must name an issuer' }
  } catch (error) {
    return { fault: error instanceof StrictJsonError ? jsonFault(error) : fileFault(error) }
  }
}

function jsonFault({ message }: StrictJsonError): string {
  if (message === 'not JSON') return 'is not JSON: look for a missing quote, or a comma too many'
  return message === 'empty' ? 'names an empty file' : `is not JSON we can rely on: ${message}`
}

function fileFault(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code ?? ''
  if (code === 'ENOENT') return 'names a file that is not there'
  return code === 'EACCES'
    ? 'names a file that this user may not read'
    : `names a file that cannot be read: ${code}`
}
