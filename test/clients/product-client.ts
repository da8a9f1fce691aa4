/**
 * What the round trip asks of a generated client. Each adapter does it with the code of one generator, so that
 * compiling the adapter shows whether these values can be sent and read with that generator's types.
 */
export interface ProductClient {
  readonly create: (product: NewProduct) => Promise<Answer<Product>>
  readonly list: (query: ListQuery) => Promise<Answer<Page>>
  readonly get: (id: string, options?: GetOptions) => Promise<Answer<Product>>
  readonly update: (id: string, set: Change, options?: UpdateOptions) => Promise<Answer<Product>>
  readonly remove: (id: string, options?: DeleteOptions) => Promise<Answer<unknown>>
  readonly query: (query: Query) => Promise<Answer<Page>>
  readonly updateAll: (changes: RowChange[]) => Promise<Answer<{ readonly items: readonly Product[] }>>
  readonly getPost: (id: string, include: ['comments']) => Promise<Answer<Post>>
  /** Ends what was started for it. */
  readonly close?: () => void
}

/** Makes a client of the service at this address (with its base path), for the holder of this token. */
export type Connect = (options: {
  readonly baseUrl: string
  readonly token: string
}) => ProductClient | Promise<ProductClient>

/** What a client makes of an answer: data or a problem. */
export interface Answer<T> {
  readonly status: number
  readonly etag?: string | null | undefined
  readonly data?: T | undefined
  readonly problem?: Problem | undefined
}

/** A product as it is read, as far as the round trip looks. Enums are text to all clients, under many types. */
export interface Product {
  readonly id?: string
  readonly name?: string
  readonly status?: string
  readonly price?: string
  readonly rating?: number | null
  readonly listed?: boolean
  readonly tags?: readonly string[]
  readonly releasedAt?: string | null
}

export interface Page {
  readonly items: readonly Product[]
  readonly nextCursor?: string | null
}

export interface Post {
  readonly postname?: string
  readonly comments?: readonly { readonly body?: string }[]
}

export interface Problem {
  readonly code: string
  readonly status: number
  readonly requestId: string
  readonly errors?: readonly {
    readonly pointer?: string
    readonly parameter?: string
    readonly code: string
  }[]
}

export type Status = 'draft' | 'active' | 'retired'
export type Sort = 'rating_desc' | 'name'
export type Field = 'id' | 'name'
export type Clearable = 'weight' | 'rating' | 'tags'

/** A new product with every kind of column. */
export interface NewProduct {
  name: string
  sku: string
  status: Status
  price: string
  stock: string
  weight: number
  rating: number
  listed: boolean
  attributes: Record<string, unknown>
  thumbnail: string
  tags: string[]
  scores: number[]
  releasedAt: string
}

export type Change = Partial<Pick<NewProduct, 'name' | 'price' | 'listed' | 'tags'>>

export interface ListQuery {
  listed?: boolean
  status__in?: Status[]
  name__in?: string[]
  name__contains__i?: string
  rating__gte?: number
  releasedAt__lt?: string
  attributes__null?: boolean
  tags__has?: string
  fields?: Field[]
  sort?: Sort[]
  limit?: number
  cursor?: string
}

/** The body of a query: a tree of conditions on several kinds of columns. */
export interface Query {
  where: Conditions & { or: Conditions[]; not: Conditions }
  sort: Sort[]
  limit: number
  cursor?: string
}

export interface Conditions {
  name?: { startsWith: string }
  listed?: { eq: boolean }
  status?: { in: Status[] }
  rating?: { lt: number }
  tags?: { has: string }
  releasedAt?: { null: boolean }
}

export interface RowChange {
  id: string
  ifMatch?: string
  set: Change
}

export interface GetOptions {
  fields?: Field[]
  ifNoneMatch?: string
}

export interface UpdateOptions {
  clear?: Clearable[]
  ifMatch?: string
}

export interface DeleteOptions {
  ifMatch?: string
}
