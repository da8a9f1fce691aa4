import type { Connect, Problem } from '../product-client.js'
import { Api, type HttpResponse } from '../generated/swagger-typescript-api/client.js'

export const connect: Connect = ({ baseUrl, token }) => {
  const { posts, products } = new Api({
    baseUrl,
    securityWorker: () => ({ headers: { Authorization: `Bearer ${token}` } }),
  })
  return {
    create: (product) => answerOf(products.createProduct(product)),
    list: (query) => answerOf(products.listProducts(query)),
    get: (id, { fields, ifNoneMatch } = {}) =>
      answerOf(products.getProduct(id, { fields }, headers({ 'If-None-Match': ifNoneMatch }))),
    update: (id, set, { clear, ifMatch } = {}) =>
      answerOf(products.updateProduct(id, set, { clear }, headers({ 'If-Match': ifMatch }))),
    remove: (id, { ifMatch } = {}) => answerOf(products.deleteProduct(id, headers({ 'If-Match': ifMatch }))),
    query: (query) => answerOf(products.queryProducts(query)),
    updateAll: (items) => answerOf(products.batchUpdateProducts({ items })),
    getPost: (id, include) => answerOf(posts.getPost(id, { include })),
  }
}

/** Headers are not among the parameters of its functions: they go into each call's options, by their names. */
function headers(named: Record<string, string | undefined>) {
  return {
    headers: Object.fromEntries(
      Object.entries(named).filter(([, value]) => value !== undefined),
    ) as HeadersInit,
  }
}

/** Everything but 2xx is thrown: an answer whose `error` is the problem. */
async function answerOf<T>(call: Promise<HttpResponse<T, Problem | void>>) {
  const answer = await call.catch((thrown: HttpResponse<T, Problem | void>) => thrown)
  const { status, headers, ok, data, error } = answer
  return { status, etag: headers.get('ETag'), ...(ok ? { data } : { problem: error ?? undefined }) }
}
