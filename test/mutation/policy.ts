import { readdir } from 'node:fs/promises'

// Every test of the rules that needs no database, as one file: for each change the modules are linked once, not once
// per file. (Tests with fast-check would not pay: it takes 1.6 s to load, for each of some 1,500 changes.)
const folder = new URL('../unit/policy/', import.meta.url)
for (const name of (await readdir(folder)).sort()) {
  if (!name.endsWith('.test.ts')) continue
  // A change that breaks what a file does while it is loaded is noticed like any other.
  let fault: unknown
  test(`${name} can be loaded`, () => expect(fault).toBeUndefined())
  await import(new URL(name, folder).pathname).catch((error: unknown) => (fault = error))
}
