import { defineConfig } from 'prisma/config'

// `npx prisma migrate` and `npx prisma studio` need DATABASE_URL; `npm start` and `npm test` do not.
export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  ...(process.env['DATABASE_URL'] ? { datasource: { url: process.env['DATABASE_URL'] } } : {}),
})
