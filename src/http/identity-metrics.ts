import { Counter, Gauge, type Registry } from 'prom-client'

/** How tokens and their keys stand, at the moment. */
export interface IdentityFacts {
  readonly tokenCache: { readonly entries: number; readonly hits: number; readonly misses: number }
  readonly issuers: readonly {
    readonly issuer: string
    /** Of an issuer whose keys are fetched. */
    readonly keys?:
      | {
          readonly keys: number
          readonly staleSeconds: number
          readonly fetches: Readonly<Record<string, number>>
          readonly skipped: Readonly<Record<string, number>>
          readonly privateKeys: number
        }
      | undefined
  }[]
  readonly revocations?:
    | {
        readonly lookups: number
        readonly looks: number
        readonly failures: number
        readonly isListening: boolean
      }
    | undefined
}

/** Tells of tokens and keys, as they stand when asked. Labels are what the operator configured, and words of ours. */
export function identityMetrics(facts: () => IdentityFacts, registers: Registry[]): void {
  const keys = () => facts().issuers.flatMap(({ issuer, keys: own }) => (own ? [{ issuer, ...own }] : []))

  gauge('claimstake_token_cache_entries', 'Verified tokens that are remembered.', [], () => [
    [{}, facts().tokenCache.entries],
  ])
  counter('claimstake_token_cache_hits_total', 'Tokens that needed no verification.', [], () => [
    [{}, facts().tokenCache.hits],
  ])
  counter('claimstake_token_cache_misses_total', 'Tokens that needed verification.', [], () => [
    [{}, facts().tokenCache.misses],
  ])
  gauge('claimstake_jwks_keys', 'Keys of an issuer that verify tokens.', ['issuer'], () =>
    keys().map(({ issuer, keys: count }) => [{ issuer }, count]),
  )
  gauge(
    'claimstake_jwks_stale_seconds',
    'For how long the keys in use could not be fetched again; 0 when the last attempt succeeded.',
    ['issuer'],
    () => keys().map(({ issuer, staleSeconds }) => [{ issuer }, staleSeconds]),
  )
  counter('claimstake_jwks_fetches_total', 'Attempts to fetch keys.', ['issuer', 'outcome'], () =>
    keys().flatMap(({ issuer, fetches }) =>
      Object.entries(fetches).map(([outcome, count]): Sample => [{ issuer, outcome }, count]),
    ),
  )
  gauge('claimstake_jwks_keys_skipped', 'Published keys that are not used.', ['issuer', 'reason'], () =>
    keys().flatMap(({ issuer, skipped }) =>
      Object.entries(skipped).map(([reason, count]): Sample => [{ issuer, reason }, count]),
    ),
  )
  gauge(
    'claimstake_jwks_private_keys',
    'Keys published with their private half. Anything but 0 is an alarm: whoever reads it can sign tokens.',
    ['issuer'],
    () => keys().map(({ issuer, privateKeys }) => [{ issuer }, privateKeys]),
  )

  if (facts().revocations) {
    const revocations = () => facts().revocations ?? { lookups: 0, looks: 0, failures: 0, isListening: false }
    gauge('claimstake_revocations_listening', '1 while revocations are heard of at once.', [], () => [
      [{}, Number(revocations().isListening)],
    ])
    counter('claimstake_revocation_lookups_total', 'Tokens that were looked up in the deny list.', [], () => [
      [{}, revocations().lookups],
    ])
    counter('claimstake_revocation_looks_total', 'How often it was looked for news.', ['outcome'], () => [
      [{ outcome: 'ok' }, revocations().looks - revocations().failures],
      [{ outcome: 'failed' }, revocations().failures],
    ])
  }

  function gauge(name: string, help: string, labelNames: string[], samples: () => Sample[]): void {
    new Gauge({
      ...{ name, help, labelNames, registers },
      collect() {
        this.reset()
        for (const [labels, value] of samples()) this.set(labels, value)
      },
    })
  }
  function counter(name: string, help: string, labelNames: string[], samples: () => Sample[]): void {
    new Counter({
      ...{ name, help, labelNames, registers },
      collect() {
        this.reset()
        for (const [labels, value] of samples()) this.inc(labels, value)
      },
    })
  }
}

type Sample = [labels: Record<string, string>, value: number]
