import type { Connect, Problem } from '../product-client.js'
import * as api from '../generated/oazapfts.js'

export const connect: Connect = ({ baseUrl, token }) => {
  const opts = { baseUrl, headers: { Authorization: `Bearer ${token}` } }
  return {
    create: async (product) => {
      const answer = await api.createProduct(product, {}, opts)
      return answer.status === 201 ? { ...meta(answer), data: answer.data } : failure(answer)
    },
    list: async ({ listed, fields, sort, limit, cursor, ...operators }) => {
      const named = {
        statusIn: operators.status__in,
        nameIn: operators.name__in,
        nameContainsI: operators.name__contains__i,
        ratingGte: operators.rating__gte,
        releasedAtLt: operators.releasedAt__lt,
        attributesNull: operators.attributes__null,
        tagsHas: operators.tags__has,
      }
      const answer = await api.listProducts({ listed, fields, ...named, sort, limit, cursor }, opts)
      return answer.status === 200 ? { ...meta(answer), data: answer.data } : failure(answer)
    },
    get: async (id, options) => {
      const answer = await api.getProduct(id, options, opts)
      if (answer.status === 304) return meta(answer)
      return answer.status === 200 ? { ...meta(answer), data: answer.data } : failure(answer)
    },
    update: async (id, set, options) => {
      const answer = await api.updateProduct(id, set, options, opts)
      return answer.status === 200 ? { ...meta(answer), data: answer.data } : failure(answer)
    },
    remove: async (id, options) => {
      const answer = await api.deleteProduct(id, options, opts)
      return answer.status === 204 ? meta(answer) : failure(answer)
    },
    query: async (query) => {
      const answer = await api.queryProducts(query, opts)
      return answer.status === 200 ? { ...meta(answer), data: answer.data } : failure(answer)
    },
    updateAll: async (items) => {
      const answer = await api.batchUpdateProducts({ items }, {}, opts)
      return answer.status === 200 ? { ...meta(answer), data: answer.data } : failure(answer)
    },
    getPost: async (id, include) => {
      const answer = await api.getPost(id, { include }, opts)
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
