export { createApp, type AppOptions } from './app.js'
export type { Catalog } from './catalog/catalog.js'
export type { ClaimsEnrichment, EnrichmentContext } from './claims/claims-enrichment.js'
export type { AuthorizerAnswer, AuthorizerRequest, CustomAuthorizer } from './claims/custom-authorizer.js'
export { anonymous, principal, type Claims, type Principal, type Provider } from './claims/principal.js'
export {
  claimstake,
  type Claimstake,
  type ClaimstakeOptions,
  type Load,
  type RestOptions,
  type Sharing,
} from './claimstake.js'
export { createPool, type PoolOptions } from './connections/create-pool.js'
export { parseIssuer, type IssuerOptions, type IssuerSettings } from './config/issuer.js'
export { checkDatabase, type DatabaseCheckOptions } from './database-check/check-database.js'
export { ClaimstakeError, type ErrorCode, type FaultCode, type InputFault } from './errors.js'
export { problemHandler, type ReportFailure } from './http/problem.js'
export type { RateLimit, Share } from './http/rate-limit.js'
export type { ApiKeys } from './identity/api-key-credentials.js'
export { authenticator, type Authenticate, type AuthenticatorOptions } from './identity/authenticator.js'
export type { Revocations } from './identity/token/revocation-check.js'
export { builder, type Data } from './policy/builder.js'
export type { ExplainOptions, Explanation, RuleExplanation } from './policy/explain.js'
export type { Operation } from './policy/operation.js'
// The types below name what `a.schema()` infers, for projects that emit declarations.
export type { CheckedSchema } from './policy/checked-schema.js'
export type { ColumnNeed, ListColumn, ScalarColumn } from './policy/rule-definition.js'
export type { FieldBuilder, ModelBuilder, SchemaBuilder } from './policy/schema-builder.js'
export type { ClientSchema } from './policy/client-schema.js'
export type { StampedBy, StampedColumns } from './policy/stamped-columns.js'
export { explain } from './rules.js'
export type { OwnershipExtension } from './scope/ownership-extension.js'
export type {
  KnownArgs,
  ScopedClient,
  ScopedModel,
  ScopedTransaction,
  VisiblePayload,
} from './scope/scoped-client-types.js'
export { apiKeys, type ApiKey, type ApiKeyStore, type NewApiKey } from './store/api-keys.js'
export { migrateStore as migrate } from './store/migrate-store.js'
export { migrationSql } from './store/migration-script.js'
export { rateLimit, type RateLimitOptions } from './store/rate-limit.js'
export {
  revocations,
  type RevocationFacts,
  type RevocationOptions,
  type RevocationStore,
} from './store/revocations.js'
export type { Revocation, RevocationName, RevokedTokens } from './store/revocation-table.js'
