import type { Settings } from '../config/env.js'
import type { IssuerSettings } from '../config/issuer.js'
import { developmentIssuer, type DevelopmentIssuer } from '../identity/development-issuer.js'

/** Whom the service trusts; `sign` exists only for the issuer that this machine made for itself. */
export interface Issuer {
  readonly settings: IssuerSettings
  readonly sign?: DevelopmentIssuer['sign']
}

/** The configured issuer, or outside production the one that stands in for it. */
export async function openIssuer({ issuer, DATA_FOLDER }: Settings): Promise<Issuer> {
  return issuer ? { settings: issuer } : developmentIssuer(DATA_FOLDER)
}
