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
      'no-undef': 'off', // tsc checks this
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
      // There is no server-side routing whose base path would have to be resolved.
      'svelte/no-navigation-without-resolve': 'off',
      // Most sets and maps are local to a function and need no reactivity.
      'svelte/prefer-svelte-reactivity': 'off',
      // svelte-check reports the compiler's warnings; ESLint lacks some of them.
      'svelte/no-unused-svelte-ignore': 'off',
    },
  },
  {
    files: ['**/*.svelte'],
    rules: {
      // Bindable props are declared with let.
      'prefer-const': 'off',
      'svelte/prefer-const': ['error', { destructuring: 'all' }],
    },
  },
);
