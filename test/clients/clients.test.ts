import {
  compileTypescript,
  generateWith,
  prepareGeneration,
  typescriptGenerators,
  uncoverTypes,
} from './generate.js'
import type { Connect } from './product-client.js'
import { roundTripOf } from './round-trip.js'
import { openApiDocument } from '../../src/openapi/document.js'
import { data } from '../../src/data/resource.js'
import { rulesOf } from '../../src/rules.js'

const { resources } = rulesOf(data)

beforeAll(() => prepareGeneration({ 'openapi.json': openApiDocument(resources, { basePath: '/v1' }) }))

describe.each(Object.entries(typescriptGenerators))('%s', (name, command) => {
  beforeAll(() => generateWith(command), 60_000)

  roundTripOf(async () => {
    const { connect } = (await import(`./typescript/${name}.js`)) as { readonly connect: Connect }
    return connect
  })
})

test('all of them compile under strict, with what calls them', async () => {
  await uncoverTypes()
  expect(await compileTypescript(Object.keys(typescriptGenerators))).toBe('')
}, 120_000)
