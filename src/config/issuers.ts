import type { Fault } from './fault.js'

/** As much of an issuer as tells it from others. */
interface Named {
  readonly issuer?: unknown
  readonly alias?: unknown
}

/**
 * What is wrong with issuers only because there are several (RULES section 2): `ana` of one is not `ana` of another, so
 * each needs an alias of its own, and a token must name one of them, not two.
 *
 * @param issuers settings, or options as they were written
 * @param nameOf how messages name one of them
 * @returns for each its faults, in the same order
 */
export function faultsAmong(
  issuers: readonly Named[],
  nameOf: (at: number) => string,
): readonly (readonly Fault[])[] {
  const names = issuers.map(({ issuer }) => (typeof issuer === 'string' ? issuer.trim() : undefined))
  const aliases = issuers.map(({ alias }) => alias)
  const earlier = (list: readonly unknown[], at: number) => {
    const first = list[at] === undefined ? at : list.indexOf(list[at])
    return first < at ? nameOf(first) : undefined
  }
  return issuers.map((_, at) => {
    const faults: Fault[] = []
    const twin = earlier(names, at)
    if (twin !== undefined) faults.push({ option: 'issuer', message: `is that of ${twin}` })
    const namesake = earlier(aliases, at)
    if (namesake !== undefined) faults.push({ option: 'alias', message: `is that of ${namesake}` })
    if (issuers.length > 1 && aliases[at] === undefined)
      faults.push({ option: 'alias', message: aliasNeeded })
    return faults
  })
}

const aliasNeeded =
  "is missing: several issuers need one each, so that ana of one is not ana of another ('' = names as they are)"
