#!/usr/bin/env node
import gh from '@prisma/generator-helper'
import fs from 'node:fs'
gh.generatorHandler({ onManifest: () => ({ prettyName: 'x', defaultOutput: './x' }), onGenerate: async (o) => { fs.writeFileSync('/tmp/dmmf.json', JSON.stringify({m:o.dmmf.datamodel, out:o.generator},null,1)) } })
