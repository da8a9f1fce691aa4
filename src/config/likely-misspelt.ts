/**
 * Variables of an environment that are none of ours but read like one: `TOKENUSE`, `REVOCATION`, `issuer`. They do nothing,
 * and whoever set them believes that they do. Others' variables stand in the same environment, so nothing else is said of
 * any.
 *
 * @param env names only; no value is looked at
 * @param known the names of ours
 * @returns a sentence for each
 */
export function likelyMisspelt(env: readonly string[], known: readonly string[]): string[] {
  // Of two that read alike, the first: `ISSUER` before `ISSUERS`.
  const meant = new Map(known.toReversed().map((name) => [spelling(name), name]))
  return env.flatMap((name) => {
    const ours = meant.get(spelling(name))
    if (ours === undefined || known.includes(name)) return []
    return [`${name} is set, and means nothing here: is it to be ${ours}?`]
  })
}

/** What is left of a name without what is easily mistaken: case, underscores, and a plural. */
function spelling(name: string): string {
  return name
    .toUpperCase()
    .split('_')
    .map((word) => word.replace(/S$/u, ''))
    .join('')
}
