import type { Connect, Problem } from '../product-client.js'
import {
  batchUpdateProducts,
  createProduct,
  deleteProduct,
  getPost,
  getProduct,
  listProducts,
  queryProducts,
  updateProduct,
} from '../generated/orval.js'

export const connect: Connect = ({ baseUrl, token }) => {
  const options = { baseUrl, headers: { Authorization: `Bearer ${token}` } }
  return {
    create: async (product) => {
      const answer = await createProduct(product, {}, options)
      return answer.status === 201 ? { ...meta(answer), data: answer.data } : failure(answer)
    },
    list: async (query) => {
      const answer = await listProducts(query, options)
      return answer.status === 200 ? { ...meta(answer), data: answer.data } : failure(answer)
    },
    get: async (id, { fields, ifNoneMatch } = {}) => {
      const answer = await getProduct(id, { fields }, { 'If-None-Match': ifNoneMatch }, options)
      if (answer.status === 304) return meta(answer)
      return answer.status === 200 ? { ...meta(answer), data: answer.data } : failure(answer)
    },
    update: async (id, set, { clear, ifMatch } = {}) => {
      const answer = await updateProduct(id, set, { clear }, { 'If-Match': ifMatch }, options)
      return answer.status === 200 ? { ...meta(answer), data: answer.data } : failure(answer)
    },
    remove: async (id, { ifMatch } = {}) => {
      const answer = await deleteProduct(id, { 'If-Match': ifMatch }, options)
      return answer.status === 204 ? meta(answer) : failure(answer)
    },
    query: async (query) => {
      const answer = await queryProducts(query, options)
      return answer.status === 200 ? { ...meta(answer), data: answer.data } : failure(answer)
    },
    updateAll: async (items) => {
      const answer = await batchUpdateProducts({ items }, {}, options)
      return answer.status === 200 ? { ...meta(answer), data: answer.data } : failure(answer)
    },
    getPost: async (id, include) => {
      const answer = await getPost(id, { include }, {}, options)
      if (answer.status === 304) return meta(answer)
      return answer.status === 200 ? { ...meta(answer), data: answer.data } : failure(answer)
    },
  }
}

function meta({ status, headers }: { status: number; headers: Headers }) {
  return { status, etag: headers.get('ETag') }
}

function failure(answer: { status: number; headers: Headers; data: Problem }) {
  return { ...meta(answer), problem: answer.data }
}
