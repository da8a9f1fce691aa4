import { z } from 'zod'
import type { ClaimsEnrichment } from '../claims/claims-enrichment.js'
import { wholeNumber } from './whole-number.js'

/** A claims enrichment, checked and ready: what {@link parseEnrichment} makes of {@link ClaimsEnrichment}. */
export interface EnrichmentSettings {
  readonly enrich: ClaimsEnrichment['enrich']
  /** In seconds. */
  readonly timeToLive: number
  /** In milliseconds. */
  readonly deadline: number
  readonly concurrency: number
  readonly ifUnavailable: 'refuse' | 'continue'
}

const schema = z.strictObject({
  enrich: z.custom((value) => typeof value === 'function', 'must be a function'),
  timeToLive: wholeNumber(86_400).default(60),
  deadline: wholeNumber(30_000).default(1000),
  concurrency: wholeNumber(10_000).default(100),
  ifUnavailable: z.enum(['refuse', 'continue'], 'must be refuse or continue').default('refuse'),
})

/**
 * Checks the options of a claims enrichment at boot.
 *
 * @param options the enrichment; unknown members are faults too
 * @throws {TypeError} listing every fault with the option it is in
 */
export function parseEnrichment(options: ClaimsEnrichment): EnrichmentSettings {
  const { data, error } = schema.safeParse(options)
  if (error) {
    const faults = error.issues.map((issue) => `- ${explain(issue)}`)
    throw new TypeError(['The claims enrichment cannot be used:', ...faults].join('\n'))
  }
  // Bound: it may be a method of an object of the user's.
  return Object.freeze({ ...data, enrich: options.enrich.bind(options) })
}

function explain(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys')
    return `${issue.keys.join(', ')} is not an option of a claims enrichment`
  const [option] = issue.path
  return option === undefined ? 'it must be an object' : `${String(option)} ${issue.message}`
}
