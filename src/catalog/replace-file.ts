import { rename, rm, writeFile } from 'node:fs/promises'

/**
 * Writes a file as a whole: beside its place, then renamed into it. Whoever reads meanwhile, and whoever comes after a
 * run that was killed or a disk that was full, finds the old file or the new one, never half of one.
 *
 * @param path in a folder that exists
 */
export async function replaceFile(path: string, text: string): Promise<void> {
  const draft = `${path}.${process.pid}.new`
  try {
    await writeFile(draft, text, { flush: true })
    await rename(draft, path)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
}
