import { readdir } from 'node:fs/promises'

// Every test of the rules that needs no database, as one file: for each mutant the modules are linked once, not once
// per file. (Tests with fast-check are left out: it takes 1.6 s to load, for each of some 1,300 mutants.)
const folder = new URL('../unit/policy/', import.meta.url)
for (const name of (await readdir(folder)).sort()) {
  if (name.endsWith('.test.ts') && name !== 'acceptance.test.ts') await import(new URL(name, folder).pathname)
}
