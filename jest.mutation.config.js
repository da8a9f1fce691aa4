import config from './jest.config.js'

/** What Stryker runs for every mutant: the tests of rules and claims that need no database and no server. */
export default {
  ...config,
  roots: ['<rootDir>/test/mutation'],
  testMatch: ['<rootDir>/test/mutation/policy.ts'],
  globalSetup: undefined,
  globalTeardown: undefined,
  maxWorkers: 1,
  watchman: false,
}
