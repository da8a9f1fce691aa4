import { writeFile } from 'node:fs/promises'
import { data } from '../src/data/resource.js'
import { openApiDocument } from '../src/openapi/document.js'
import { rulesOf } from '../src/rules.js'

// Writes openapi.json, the document the service serves, from the models and rules alone: no database is needed.
const file = 'openapi.json'
const { resources } = rulesOf(data)
const document = openApiDocument(resources, { basePath: '/v1', authorizer: data.authorizer })
await writeFile(file, `${JSON.stringify(document, null, 2)}\n`)
console.log(`${file}: ${Object.keys(document.paths).length} paths`)
