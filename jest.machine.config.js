import config from './jest.config.js'

/** Tests of what npm users do to a whole machine: clones, signals, a browser. Slow, one at a time. */
export default {
  ...config,
  testMatch: ['<rootDir>/test/machine/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  maxWorkers: 1,
  testTimeout: 300_000,
}
