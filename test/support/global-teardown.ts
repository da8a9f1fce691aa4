/** Ends what the global setup started; Jest runs both in one process. */
// eslint-disable-next-line no-restricted-exports -- Jest calls the default export of its global teardown
export default async function globalTeardown(): Promise<void> {
  await (globalThis as unknown as { endTestRun: () => Promise<void> }).endTestRun()
}
