/** The rows of one table of the demo. */
interface DemoTable {
  readonly table: string
  /** Each names the same columns; those without a value here have a default in the database, or are {@link written}. */
  readonly rows: readonly Readonly<Record<string, unknown>>[]
  /** The column that takes the time of writing and has no default for it. */
  readonly written?: 'updatedAt'
}

/** Ids are fixed so that documentation and curls may name them. */
const id = (kind: number, number: number) =>
  `0190a0${kind.toString(16).padStart(2, '0')}-0000-7000-8000-${String(number).padStart(12, '0')}`

/** What Ana, Bo and the group `design` have in the demo, in an order that foreign keys allow. */
export const demoRows: readonly DemoTable[] = [
  {
    table: 'Post',
    written: 'updatedAt',
    rows: [
      { id: id(1, 1), owner: 'ana', postname: 'Hello', content: 'The first post of Ana.', version: 1 },
      { id: id(1, 2), owner: 'ana', postname: 'A draft', content: null, version: 1 },
      { id: id(1, 3), owner: 'bo', postname: 'Hello from Bo', content: 'Ana cannot see this.', version: 1 },
    ],
  },
  {
    table: 'Comment',
    rows: [
      { id: id(2, 1), postId: id(1, 1), owner: 'ana', body: 'A note to myself.', version: 1 },
      { id: id(2, 2), postId: id(1, 3), owner: 'bo', body: 'More to come.', version: 1 },
    ],
  },
  {
    // Without ids: writing those of a sequence would not advance it.
    table: 'Todo',
    rows: [
      { owner: 'ana', title: 'Water the plants', done: false, version: 1 },
      { owner: 'ana', title: 'Read the rules', done: true, version: 1 },
      { owner: 'bo', title: 'Call Ana', done: false, version: 1 },
    ],
  },
  {
    table: 'Project',
    rows: [
      { id: id(3, 1), name: 'Website', owners: ['ana', 'bo'], teams: ['design'], version: 1 },
      { id: id(3, 2), name: 'Garden', owners: ['bo'], teams: [], version: 1 },
    ],
  },
  {
    table: 'Membership',
    rows: [
      { teamId: 'design', userId: 'ana', role: 'lead' },
      { teamId: 'design', userId: 'cy', role: 'member' },
    ],
  },
  {
    table: 'Employee',
    written: 'updatedAt',
    rows: [
      {
        id: id(4, 1),
        owner: 'ana',
        name: 'Ana',
        bio: 'Likes plants.',
        salary: 4200,
        notes: 'Starts in May.',
        version: 1,
      },
    ],
  },
  {
    table: 'Product',
    written: 'updatedAt',
    rows: [
      {
        id: id(5, 1),
        owner: 'ana',
        name: 'Lamp',
        sku: 'LAMP-1',
        status: 'active',
        price: 39.9,
        tags: ['home'],
        scores: [],
        version: 1,
      },
      {
        id: id(5, 2),
        owner: 'bo',
        name: 'Chair',
        sku: 'CHAIR-1',
        status: 'draft',
        price: 120,
        tags: [],
        scores: [4, 5],
        version: 1,
      },
    ],
  },
]
