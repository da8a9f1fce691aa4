import type { Connect } from '../product-client.js'
import { createClient, createConfig } from '../generated/hey-api/client/index.js'
import {
  batchUpdateProducts,
  createProduct,
  deleteProduct,
  getPost,
  getProduct,
  listProducts,
  queryProducts,
  updateProduct,
} from '../generated/hey-api/sdk.gen.js'

export const connect: Connect = ({ baseUrl, token }) => {
  const client = createClient(createConfig({ baseUrl, auth: token }))
  return {
    create: async (body) => answerOf(await createProduct({ client, body })),
    list: async (query) => answerOf(await listProducts({ client, query })),
    get: async (productId, { fields, ifNoneMatch } = {}) =>
      answerOf(
        await getProduct({
          client,
          path: { productId },
          query: { fields },
          headers: { 'If-None-Match': ifNoneMatch },
        }),
      ),
    update: async (productId, body, { clear, ifMatch } = {}) =>
      answerOf(
        await updateProduct({
          client,
          path: { productId },
          query: { clear },
          headers: { 'If-Match': ifMatch },
          body,
        }),
      ),
    remove: async (productId, { ifMatch } = {}) =>
      answerOf(await deleteProduct({ client, path: { productId }, headers: { 'If-Match': ifMatch } })),
    query: async (body) => answerOf(await queryProducts({ client, body })),
    updateAll: async (items) => answerOf(await batchUpdateProducts({ client, body: { items } })),
    getPost: async (postId, include) =>
      answerOf(await getPost({ client, path: { postId }, query: { include } })),
  }
}

function answerOf<T, P>({ data, error, response }: { data?: T; error?: P; response: Response }) {
  return { status: response.status, etag: response.headers.get('ETag'), data, problem: error }
}
