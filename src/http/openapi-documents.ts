import express, { type Router } from 'express'

/**
 * `GET /openapi.json` (3.1) and `GET /openapi-3.0.json` (3.0.3, for older generators), written once, here.
 *
 * @example app.use(openApiDocuments((version) => db.openApi({ version })))
 */
export function openApiDocuments(documentOf: (version: '3.0' | '3.1') => object): Router {
  const router = express.Router({ strict: true, caseSensitive: true })
  for (const [path, version] of paths) {
    const text = JSON.stringify(documentOf(version))
    router.get(path, (_, response) => void response.type('application/json').end(text))
  }
  return router
}

const paths = [
  ['/openapi.json', '3.1'],
  ['/openapi-3.0.json', '3.0'],
] as const
