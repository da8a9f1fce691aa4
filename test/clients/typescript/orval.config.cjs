/** Paths are from this file. `headers`: without it the conditional headers cannot be sent. */
module.exports = {
  products: {
    input: '../generated/openapi.json',
    output: {
      target: '../generated/orval.ts',
      client: 'fetch',
      headers: true,
      override: { mutator: { path: 'orval-call.ts', name: 'call' } },
    },
  },
}
