import { relative, sep } from 'node:path';

/** Files that read the words of others, who give no code for what they mean, and whose; all else that is told has a code. */
export const ofOthers = new Map([
  ['src-main/images/dicom/codec-worker.ts', 'dcmjs-codecs'],
  ['src-main/images/nifti/unpack-stream.ts', 'zlib'],
  ['src-main/import/labels/table.ts', 'csv-parse'],
  ['src-main/shells/cli/failure.ts', 'commander'],
  ['src-main/shells/electron/request.ts', 'Chromium'],
  ['src-main/system/http-request.ts', 'a proxy'],
  ['src-main/tensorflow/one-line.ts', 'TensorFlow'],
]);

/** Properties that hold what a person is told. */
const tellings = ['message', 'reason', 'sentence', 'warning'];

/** Methods of strings that look into them. */
const looking = [
  'endsWith',
  'includes',
  'indexOf',
  'match',
  'matchAll',
  'replace',
  'replaceAll',
  'search',
  'split',
  'startsWith',
];

/**
 * What is wrong with reading prose in `file`, or undefined.
 * @param {string} root the repository, absolute
 * @param {string} file absolute
 * @returns {string | undefined}
 */
export function wrongReading(root, file) {
  const from = relative(root, file).split(sep).join('/');
  if (!/^src-(main|renderer)\//.test(from) || ofOthers.has(from)) return undefined;
  return 'this reads a sentence, which changes with the language and its wording: read the code and its parameters (src-main/contract/messages). Words of a library that has no codes are read in a file named in build/eslint-prose.mjs.';
}

/** @type {import('eslint').Rule.RuleModule} */
export const proseRule = {
  meta: {
    type: 'problem',
    docs: { description: 'code reads codes, not sentences' },
    messages: { wrong: '{{ what }}' },
    schema: [],
  },
  create(context) {
    const what = wrongReading(context.cwd, context.filename);
    if (!what) return {};
    /** @param {import('estree').Node} node */
    const report = (node) => context.report({ node, messageId: 'wrong', data: { what } });
    return {
      CallExpression(node) {
        const { callee } = node;
        if (callee.type !== 'MemberExpression') return;
        const [name, first] = [nameOf(callee.property), node.arguments[0]];
        if (looking.includes(name) && isTold(callee.object)) report(node);
        if (['test', 'exec'].includes(name) && first && isTold(first)) report(node);
      },
      BinaryExpression(node) {
        if (!/^[!=]==?$/.test(node.operator)) return;
        for (const [one, other] of [
          [node.left, node.right],
          [node.right, node.left],
        ])
          if (one && other && isTold(one) && isSentence(other)) report(node);
      },
      MemberExpression(node) {
        if (node.computed && isTold(node.property)) report(node);
      },
    };
  },
};

/**
 * Whether it is what a person is told, whatever is done to make it a string.
 * @param {import('estree').Node} node
 * @returns {boolean}
 */
function isTold(node) {
  if (node.type === 'ChainExpression') return isTold(node.expression);
  if (node.type === 'LogicalExpression') return isTold(node.left);
  if (node.type === 'CallExpression')
    return node.callee.type === 'Identifier' && node.callee.name === 'String'
      ? node.arguments.some(isTold)
      : node.callee.type === 'MemberExpression' && isTold(node.callee.object);
  /** @type {any} a cast of TypeScript's */
  const cast = node;
  if (['TSAsExpression', 'TSNonNullExpression'].includes(cast.type)) return isTold(cast.expression);
  if (node.type === 'Identifier') return tellings.includes(node.name);
  return node.type === 'MemberExpression' && tellings.includes(nameOf(node.property));
}

/**
 * A text of more than one word: names and codes are compared all the time.
 * @param {import('estree').Node} node
 */
const isSentence = (node) =>
  node.type === 'TemplateLiteral' ||
  (node.type === 'Literal' && typeof node.value === 'string' && /\S\s+\S/.test(node.value));

/**
 * @param {import('estree').Node} node an identifier, or a string in its place
 * @returns {string}
 */
function nameOf(node) {
  if (node.type === 'Identifier') return node.name;
  return node.type === 'Literal' ? String(node.value) : '';
}
