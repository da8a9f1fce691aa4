import createClient from 'openapi-fetch'
import type { Connect } from '../product-client.js'
import type { paths } from '../generated/openapi-fetch.js'

export const connect: Connect = ({ baseUrl, token }) => {
  const client = createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${token}` } })
  return {
    create: async (body) => answerOf(await client.POST('/products', { body })),
    list: async (query) => answerOf(await client.GET('/products', { params: { query } })),
    get: async (productId, { fields, ifNoneMatch } = {}) =>
      answerOf(
        await client.GET('/products/{productId}', {
          params: { path: { productId }, query: { fields }, header: { 'If-None-Match': ifNoneMatch } },
        }),
      ),
    update: async (productId, body, { clear, ifMatch } = {}) =>
      answerOf(
        await client.PATCH('/products/{productId}', {
          params: { path: { productId }, query: { clear }, header: { 'If-Match': ifMatch } },
          body,
        }),
      ),
    remove: async (productId, { ifMatch } = {}) =>
      answerOf(
        await client.DELETE('/products/{productId}', {
          params: { path: { productId }, header: { 'If-Match': ifMatch } },
        }),
      ),
    query: async (body) => answerOf(await client.POST('/products/query', { body })),
    updateAll: async (items) => answerOf(await client.POST('/products/batchUpdate', { body: { items } })),
    getPost: async (postId, include) =>
      answerOf(await client.GET('/posts/{postId}', { params: { path: { postId }, query: { include } } })),
  }
}

function answerOf<T, P>({ data, error, response }: { data?: T; error?: P; response: Response }) {
  return { status: response.status, etag: response.headers.get('ETag'), data, problem: error }
}
