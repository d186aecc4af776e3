import js from '@eslint/js';
import { defineConfig } from 'eslint/config';
import svelte from 'eslint-plugin-svelte';
import tseslint from 'typescript-eslint';
import { layersRule, messagesRule } from './build/eslint-layers.mjs';
import { proseRule } from './build/eslint-prose.mjs';

export default defineConfig(
  { ignores: ['node_modules/', '.falx/', '.svelte-check/', 'lib/', 'out/', 'dist/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  tseslint.configs.recommended,
  svelte.configs.recommended,
  svelte.configs.prettier,
  {
    plugins: { falx: { rules: { layers: layersRule, messages: messagesRule, prose: proseRule } } },
    rules: {
      'falx/layers': 'error',
      'falx/messages': 'error',
      'falx/prose': 'error',
      'no-undef': 'off', // tsc's work
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-param-reassign': 'error',
      'prefer-const': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: tseslint.parser } },
    rules: {
      // The window has no server behind it whose addresses would have to be resolved.
      'svelte/no-navigation-without-resolve': 'off',
      // Most sets and maps are of a function's own, and nobody watches them.
      'svelte/prefer-svelte-reactivity': 'off',
      // The compiler's warnings are svelte-check's to tell; ESLint does not have them all.
      'svelte/no-unused-svelte-ignore': 'off',
    },
  },
  {
    files: ['**/*.svelte'],
    rules: {
      // Props that can be bound are declared with let.
      'prefer-const': 'off',
      'svelte/prefer-const': ['error', { destructuring: 'all' }],
    },
  },
);
