import { mkdir } from 'node:fs/promises'
import { replaceFile } from '../src/catalog/replace-file.js'
import { data } from '../src/data/resource.js'
import { openApiDocument } from '../src/openapi/document.js'
import { openApi30 } from '../src/openapi/openapi-3-0.js'
import { rulesOf } from '../src/rules.js'

// Writes openapi/openapi.json and openapi/openapi-3.0.json, the documents the service serves, from the models and rules
// alone: no database is needed. Both are checked in, so that a change of the surface shows in review.
const folder = 'openapi'
const document = openApiDocument(rulesOf(data).resources, { basePath: '/v1', authorizer: data.authorizer })
const written = { 'openapi.json': document, 'openapi-3.0.json': openApi30(document) }

await mkdir(folder, { recursive: true })
for (const [name, content] of Object.entries(written)) {
  await replaceFile(`${folder}/${name}`, `${JSON.stringify(content, null, 2)}\n`)
  console.log(`${folder}/${name}: ${Object.keys(content.paths).length} paths`)
}
