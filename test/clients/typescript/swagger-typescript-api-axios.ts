import { isAxiosError, type AxiosResponse } from 'axios'
import type { Answer, Connect, Problem } from '../product-client.js'
import { Api } from '../generated/swagger-typescript-api-axios/client.js'

export const connect: Connect = ({ baseUrl, token }) => {
  const { posts, products } = new Api({
    baseURL: baseUrl,
    // Axios would write brackets after the name of a list.
    paramsSerializer: { indexes: null },
    securityWorker: () => ({ headers: { Authorization: `Bearer ${token}` } }),
  })
  return {
    create: (product) => answerOf(products.createProduct(product)),
    list: (query) => answerOf(products.listProducts(query)),
    get: (id, { fields, ifNoneMatch } = {}) =>
      answerOf(products.getProduct(id, { fields }, { headers: { 'If-None-Match': ifNoneMatch } })),
    update: (id, set, { clear, ifMatch } = {}) =>
      answerOf(products.updateProduct(id, set, { clear }, { headers: { 'If-Match': ifMatch } })),
    remove: (id, { ifMatch } = {}) =>
      answerOf(products.deleteProduct(id, { headers: { 'If-Match': ifMatch } })),
    query: (query) => answerOf(products.queryProducts(query)),
    updateAll: (items) => answerOf(products.batchUpdateProducts({ items })),
    getPost: (id, include) => answerOf(posts.getPost(id, { include })),
  }
}

/** Axios throws everything but 2xx. */
async function answerOf<T>(call: Promise<AxiosResponse<T>>): Promise<Answer<T>> {
  try {
    const answer = await call
    return { ...meta(answer), data: answer.data }
  } catch (error) {
    if (!isAxiosError<Problem | ''>(error) || !error.response) throw error
    const { response } = error
    return { ...meta(response), ...(response.data && { problem: response.data }) }
  }
}

function meta({ status, headers }: AxiosResponse<unknown>) {
  return { status, etag: String(headers['etag']) }
}
