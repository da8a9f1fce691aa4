import { writeFile } from 'node:fs/promises'
import { modelsOf } from '../src/catalog/model.js'
import { data } from '../src/data/resource.js'
import { openApiDocument } from '../src/openapi/document.js'
import { compilePolicies } from '../src/policy/compile-policies.js'
import { resourcesOf } from '../src/rest/resource.js'

// Writes openapi.json, the document the service serves, from the models and rules alone: no database is needed.
const file = 'openapi.json'
const resources = resourcesOf(compilePolicies(modelsOf(data.catalog), data.schema))
const document = openApiDocument(resources, { basePath: '/v1', authorizer: data.authorizer })
await writeFile(file, `${JSON.stringify(document, null, 2)}\n`)
console.log(`${file}: ${Object.keys(document.paths).length} paths`)
