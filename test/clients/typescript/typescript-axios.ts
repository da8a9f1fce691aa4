import { AxiosError, type AxiosResponse } from 'axios'
import type {
  Answer,
  Clearable,
  Conditions,
  Connect,
  Field,
  NewProduct,
  Problem,
  Sort,
  Status,
} from '../product-client.js'
import {
  Configuration,
  PostApi,
  PostInclude,
  ProductApi,
  ProductClear,
  ProductFields,
  ProductSort,
  ProductStatus,
} from '../generated/typescript-axios/index.js'

export const connect: Connect = ({ baseUrl, token }) => {
  const configuration = new Configuration({ basePath: baseUrl, accessToken: token })
  const api = new ProductApi(configuration)
  const posts = new PostApi(configuration)
  return {
    create: (product) => answerOf(api.createProduct({ productCreate: sendable(product) })),
    list: ({ status__in, name__in, ...query }) =>
      answerOf(
        api.listProducts({
          listed: query.listed,
          statusIn: status__in?.map(statusOf),
          nameIn: name__in,
          nameContainsI: query.name__contains__i,
          ratingGte: query.rating__gte,
          releasedAtLt: query.releasedAt__lt,
          attributesNull: query.attributes__null,
          tagsHas: query.tags__has,
          fields: query.fields?.map(fieldOf),
          sort: query.sort?.map(sortOf),
          limit: query.limit,
          cursor: query.cursor,
        }),
      ),
    get: (productId, { fields, ifNoneMatch } = {}) =>
      answerOf(api.getProduct({ productId, fields: fields?.map(fieldOf), ifNoneMatch })),
    update: (productId, productUpdate, { clear, ifMatch } = {}) =>
      answerOf(api.updateProduct({ productId, productUpdate, clear: clear?.map(clearOf), ifMatch })),
    remove: (productId, options) => answerOf(api.deleteProduct({ productId, ...options })),
    query: ({ where, sort, ...query }) =>
      answerOf(
        api.queryProducts({
          productQuery: {
            ...query,
            where: { ...filterOf(where), or: where.or.map(filterOf), not: filterOf(where.not) },
            sort: sort.map(sortOf),
          },
        }),
      ),
    updateAll: (items) => answerOf(api.batchUpdateProducts({ productBatchUpdate: { items } })),
    getPost: (postId, include) =>
      answerOf(posts.getPost({ postId, include: include.map(() => PostInclude.Comments) })),
  }
}

function sendable({ status, ...product }: NewProduct) {
  return { ...product, status: statusOf(status) }
}

function filterOf({ status, releasedAt, ...conditions }: Conditions) {
  return {
    ...conditions,
    ...(status && { status: asNamed({ in: status.in.map(statusOf) }) }),
    ...(releasedAt && { releasedAt: asNamed(releasedAt) }),
  }
}

/** Its types call `in` and `null` by `_in` and `_null`, and it would send these: so the compiler gets to see `eq`. */
function asNamed<T>(condition: T) {
  return { ...condition, eq: undefined }
}

function statusOf(status: Status): ProductStatus {
  return { draft: ProductStatus.Draft, active: ProductStatus.Active, retired: ProductStatus.Retired }[status]
}

function sortOf(sort: Sort): ProductSort {
  return { rating_desc: ProductSort.RatingDesc, name: ProductSort.Name }[sort]
}

function fieldOf(field: Field): ProductFields {
  return { id: ProductFields.Id, name: ProductFields.Name }[field]
}

function clearOf(field: Clearable): ProductClear {
  return { weight: ProductClear.Weight, rating: ProductClear.Rating, tags: ProductClear.Tags }[field]
}

/** Axios throws everything but 2xx. */
async function answerOf<T>(call: Promise<AxiosResponse<T>>): Promise<Answer<T>> {
  try {
    const answer = await call
    return { ...meta(answer), data: answer.data }
  } catch (error) {
    const { response } = error as AxiosError<Problem | ''>
    if (!response) throw error
    return { ...meta(response), ...(response.data && { problem: response.data }) }
  }
}

function meta({ status, headers }: AxiosResponse<unknown>) {
  return { status, etag: String(headers['etag']) }
}
