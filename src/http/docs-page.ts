import { createRequire } from 'node:module'
import express, { type Router } from 'express'

export interface DocsPageOptions {
  /** Where the browser finds the OpenAPI document: a path on this host, or relative to `/docs`. */
  readonly documentUrl: string
}

/** Only what the page needs: the package also carries source maps, a second build and a page of its own. */
const files = ['swagger-ui-bundle.js', 'swagger-ui.css', 'favicon-32x32.png']

/**
 * The interactive documentation: `GET /docs` and what it loads. Everything comes from this process: no CDN, no
 * validator service, no inline script. A token that is typed in stays in the page and is forgotten with it.
 *
 * @example app.use(docsPage({ documentUrl: '/openapi.json' }))
 */
export function docsPage({ documentUrl }: DocsPageOptions): Router {
  const page = htmlOf(documentUrl)
  const router = express.Router({ strict: true })
  router.use('/docs', (_, response, next) => {
    response.set('Content-Security-Policy', contentSecurityPolicy)
    next()
  })
  router.get('/docs', (_, response) => void response.type('html').send(page))
  router.get('/docs/start.js', (_, response) => void response.type('text/javascript').send(script))
  router.get('/docs/start.css', (_, response) => void response.type('text/css').send(style))
  for (const file of files) {
    router.use(`/docs/${file}`, express.static(`${swaggerUi()}/${file}`, { redirect: false }))
  }
  return router
}

/** The package's own helper, without its index, which would load the whole bundle into this process. */
function swaggerUi(): string {
  const require = createRequire(import.meta.url)
  const absolutePath = require('swagger-ui-dist/absolute-path.js') as () => string
  return absolutePath()
}

/** Swagger UI shows its icons as `data:` images; apart from them nothing is loaded from elsewhere or inline. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** Addresses are relative, so that the page also works behind a proxy that takes a prefix away. */
function htmlOf(documentUrl: string): string {
  return `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>API documentation</title>
  <link rel="icon" type="image/png" href="docs/favicon-32x32.png">
  <link rel="stylesheet" href="docs/swagger-ui.css">
  <link rel="stylesheet" href="docs/start.css">
</head>
<body>
  <div id="docs" data-document="${escaped(documentUrl)}"></div>
  <script src="docs/swagger-ui-bundle.js"></script>
  <script src="docs/start.js"></script>
</body>
</html>
`
}

/** Lists have up to a hundred parameters: they scroll, so that the button below them and the answer stay in sight. */
const style = `.swagger-ui .opblock .parameters-container { max-height: 60vh; overflow-y: auto }
.swagger-ui .info { margin: 30px 0 }
.swagger-ui .scheme-container { padding: 15px 0; margin: 0 0 15px }
`

/**
 * Closed at first, model by model: a schema of twenty models has hundreds of calls. Without a validator: Swagger UI would send
 * the document's address to one on the internet.
 */
const script = `const place = document.getElementById('docs')
SwaggerUIBundle({
  domNode: place,
  url: place.dataset.document,
  validatorUrl: null,
  deepLinking: true,
  docExpansion: 'none',
  filter: true,
  tryItOutEnabled: true,
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  persistAuthorization: false,
})
`

function escaped(text: string): string {
  return text.replace(/[&<>"']/gu, (character) => `&#${character.charCodeAt(0)};`)
}
