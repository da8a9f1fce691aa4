import js from '@eslint/js'
import { defineConfig } from 'eslint/config'
import tseslint from 'typescript-eslint'

export default defineConfig(
  {
    ignores: [
      'src/generated',
      'test/support/rules/generated',
      'test/support/relations/generated',
      'test/support/unusual/generated',
      'dist',
      'node_modules',
      '.data',
      'coverage',
      'reports',
      '.stryker-tmp',
      '*.cjs',
      'test/contract/consumer',
      'test/clients/typescript',
      'test/clients/generated',
    ],
  },
  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ['*.js', 'scripts/*.js'] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      'no-restricted-exports': ['error', { restrictDefaultExports: { direct: true, named: true } }],
    },
  },
  // Configuration files are read by tools that ask for a default export.
  { files: ['*.config.{js,ts}'], rules: { 'no-restricted-exports': 'off' } },
  {
    files: ['src/**'],
    ignores: ['src/config/env.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'Only src/config/env.ts reads the environment.' },
      ],
    },
  },
)
