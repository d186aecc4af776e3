import { relative, sep } from 'node:path';

/** Files that parse other programs' messages, which have no codes, and whose messages; all of Falx's own messages have codes. */
export const foreignMessageReaders = new Map([
  ['src-main/images/dicom/codec-worker.ts', 'dcmjs-codecs'],
  ['src-main/images/nifti/unpack-stream.ts', 'zlib'],
  ['src-main/import/labels/table.ts', 'csv-parse'],
  ['src-main/shells/cli/failure.ts', 'commander'],
  ['src-main/shells/electron/request.ts', 'Chromium'],
  ['src-main/system/http-request.ts', 'a proxy'],
  ['src-main/tensorflow/one-line.ts', 'TensorFlow'],
]);

/** Properties that hold messages for people. */
const messageProperties = ['message', 'reason', 'sentence', 'warning'];

/** Methods that search in strings. */
const searchMethods = [
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
 * Why `file` must not parse messages, or undefined.
 * @param {string} root the repository, absolute
 * @param {string} file absolute
 * @returns {string | undefined}
 */
export function wrongReading(root, file) {
  const from = relative(root, file).split(sep).join('/');
  if (!/^src-(main|renderer)\//.test(from) || foreignMessageReaders.has(from)) return undefined;
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
        if (searchMethods.includes(name) && isMessage(callee.object)) report(node);
        if (['test', 'exec'].includes(name) && first && isMessage(first)) report(node);
      },
      BinaryExpression(node) {
        if (!/^[!=]==?$/.test(node.operator)) return;
        for (const [one, other] of [
          [node.left, node.right],
          [node.right, node.left],
        ])
          if (one && other && isMessage(one) && isSentence(other)) report(node);
      },
      MemberExpression(node) {
        if (node.computed && isMessage(node.property)) report(node);
      },
    };
  },
};

/**
 * Whether a node is a message for people, however it is converted to a string.
 * @param {import('estree').Node} node
 * @returns {boolean}
 */
function isMessage(node) {
  if (node.type === 'ChainExpression') return isMessage(node.expression);
  if (node.type === 'LogicalExpression') return isMessage(node.left);
  if (node.type === 'CallExpression')
    return node.callee.type === 'Identifier' && node.callee.name === 'String'
      ? node.arguments.some(isMessage)
      : node.callee.type === 'MemberExpression' && isMessage(node.callee.object);
  /** @type {any} a TypeScript cast */
  const cast = node;
  if (['TSAsExpression', 'TSNonNullExpression'].includes(cast.type)) return isMessage(cast.expression);
  if (node.type === 'Identifier') return messageProperties.includes(node.name);
  return node.type === 'MemberExpression' && messageProperties.includes(nameOf(node.property));
}

/**
 * A string of more than one word: single names and codes are compared all the time.
 * @param {import('estree').Node} node
 */
const isSentence = (node) =>
  node.type === 'TemplateLiteral' ||
  (node.type === 'Literal' && typeof node.value === 'string' && /\S\s+\S/.test(node.value));

/**
 * @param {import('estree').Node} node an identifier or a string literal
 * @returns {string}
 */
function nameOf(node) {
  if (node.type === 'Identifier') return node.name;
  return node.type === 'Literal' ? String(node.value) : '';
}
