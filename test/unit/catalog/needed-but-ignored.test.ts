import { neededButIgnored } from '../../../src/catalog/needed-but-ignored.js'

const schemaOf = (line: string) =>
  `// model Commented {\nmodel A {\n  id Int @id\n  ${line}\n}\n\nmodel B {\n  id Int @id\n}\n`

test.each([
  'code String @ignore',
  'code String @db.VarChar(3) @map("c") @ignore // needed',
  'code String @default(uuid()) @ignore',
  'code String @ignore @default(cuid(2))',
  'code Unsupported("a{}") @ignore',
])('%s stands in the way of a create', (line) => {
  expect([...neededButIgnored(schemaOf(line))]).toEqual(['A'])
})

test.each([
  'code String? @ignore',
  'code String[] @ignore',
  'code String @default("x") @ignore',
  'at DateTime @default(now()) @ignore',
  'code String @default(dbgenerated("gen_random_uuid()")) @ignore',
  'b B @relation(fields: [id], references: [id]) @ignore',
  'code String // @ignore',
  'code String @default("@ignore")',
  '/// code String @ignore',
  '@@ignore',
])('%s does not', (line) => {
  expect([...neededButIgnored(schemaOf(line))]).toEqual([])
})
