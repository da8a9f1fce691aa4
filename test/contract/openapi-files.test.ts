import { readFile } from 'node:fs/promises'
import { data } from '../../src/data/resource.js'
import { openApiDocument, type OpenApiDocument } from '../../src/openapi/document.js'
import { openApi30 } from '../../src/openapi/openapi-3-0.js'
import { rulesOf } from '../../src/rules.js'

// The documents are checked in, so that what a change does to the surface stands in its diff.
describe('openapi/', () => {
  const document = openApiDocument(rulesOf(data).resources, { basePath: '/v1', authorizer: data.authorizer })

  it.each([
    ['openapi.json', document],
    ['openapi-3.0.json', openApi30(document)],
  ])('holds the %s that the service serves; if not, run npm run openapi', async (name, expected) => {
    const stored = JSON.parse(await readFile(`openapi/${name}`, 'utf8')) as OpenApiDocument
    expect(stored).toEqual(JSON.parse(JSON.stringify(expected)))
  })
})
