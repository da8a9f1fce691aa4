#!/usr/bin/env node
import helper from '@prisma/generator-helper'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { catalogOfDmmf } from './catalog-of-dmmf.js'
import { replaceFile } from './replace-file.js'

/**
 * The Prisma generator. In a schema:
 *
 *     generator claimstake {
 *       provider = "claimstake-generator"
 *       output   = "../src/generated"
 *     }
 *
 * `prisma generate` then writes `catalog.ts` and `claimstake.ts` (the typed `a` and `defineData`) there.
 */
helper.generatorHandler({
  onManifest: () => ({ prettyName: 'the Claimstake catalog', defaultOutput: '../src/generated' }),
  onGenerate: async ({ dmmf, datamodel, generator }) => {
    const folder = generator.output?.value
    if (!folder) throw new TypeError('the claimstake generator needs an `output` folder')
    const library = generator.config['library'] ?? 'claimstake'
    const catalog = JSON.stringify(catalogOfDmmf(dmmf, datamodel), null, 2)
    const banner = '// Written by claimstake-generator on `prisma generate`. Do not edit.\n\n'
    await mkdir(folder, { recursive: true })
    await replaceFile(join(folder, 'catalog.ts'), `${banner}export const catalog = ${catalog} as const\n`)
    await replaceFile(
      join(folder, 'claimstake.ts'),
      `${banner}import { builder } from '${String(library)}'\nimport { catalog } from './catalog.js'\n\n` +
        `/** \`a\` describes who may do what, checked against your schema.prisma; \`defineData\` completes it. */\n` +
        `export const { a, defineData } = builder(catalog)\n`,
    )
  },
})
