import { dirname, join, relative, sep } from 'node:path';
import { builtinModules } from 'node:module';

/**
 * Folders and files of src-main, lowest layer first. A file may import from its own layer or a lower one. Each stage is
 * a layer, in the order in which data passes them, so that none depends on a later one and no two on each other.
 */
const layers = [
  ['contract', 'system', 'version.ts'],
  ['statistics'],
  ['networks', 'graph', 'tensorflow', 'images', 'documents', 'registry'],
  ['doctor'],
  ['import'],
  ['deidentify'],
  ['gpu-pack'],
  ['check'],
  ['split'],
  ['folder-audit'],
  ['train'],
  ['verify'],
  ['inference'],
  ['evaluate'],
  ['compare'],
  ['convert'],
  ['predict'],
  ['report'],
  ['trash'],
  ['core'],
  ['shells'],
];

/** Folders of src-main that windows import too: pure code that imports only itself and zod. */
const sharedWithWindows = ['contract', 'statistics'];

/** Packages that contract may import. */
const contractPackages = ['zod', '@orpc/contract', 'intl-messageformat'];

/** Packages that may be imported in one place only, and that place. */
const owners = new Map([
  ['better-sqlite3', ['registry']],
  ['sharp', ['images']],
  ['pdfmake', ['documents']],
  ['fontkit', ['documents']],
  ['@tensorflow/tfjs-node-gpu', ['tensorflow', 'graph']],
  ['h5wasm', ['networks']],
  ['@bufbuild/protobuf', ['convert']],
  ['onnxruntime-web', ['convert']],
  ['@tensorflow/tfjs-core', ['convert']],
  ['@tensorflow/tfjs-converter', ['convert']],
  ['@tensorflow/tfjs-backend-wasm', ['convert']],
  ['commander', ['shells']],
  ['electron', ['shells']],
  ['ws', ['shells']],
  ['pino', ['core']],
  ['@orpc/server', ['core', 'shells']],
]);

/** Where `require` may be used: for TensorFlow's binding, and the protobuf classes packed with it. */
const requireAllowed = ['tensorflow', 'graph'];

/**
 * Why `file` must not import `source`, or undefined.
 * @param {string} root the repository, absolute
 * @param {string} file absolute
 * @param {string} source as written in the import
 * @returns {string | undefined}
 */
export function wrongImport(root, file, source) {
  const from = relative(root, file).split(sep);
  const to = source.startsWith('.') ? relative(root, join(dirname(file), source)).split(sep) : undefined;
  if (from[0] === 'src-renderer') return wrongForWindow(source, to);
  if (from[0] !== 'src-main') return undefined;
  const here = from[1] ?? '';
  return to ? wrongFolder(here, to) : wrongPackage(here, source);
}

/**
 * @param {string} source
 * @param {string[] | undefined} to
 */
function wrongForWindow(source, to) {
  if (to?.[0] === 'src-main' && !sharedWithWindows.includes(to[1] ?? ''))
    return `a window imports src-main/contract and src-main/statistics only, not src-main/${to[1]}: ask for it through the host.`;
  if (isBuiltin(source) || owners.has(packageOf(source)))
    return `a window has no ${source}: ask for it through the host.`;
  return undefined;
}

/**
 * @param {string} here
 * @param {string[]} to
 */
function wrongFolder(here, [root, there = '']) {
  if (root === 'package.json') return undefined;
  if (root !== 'src-main') return `src-main imports nothing from ${root}/.`;
  const [mine, its] = [layerOf(here), layerOf(there)];
  if (mine < 0) return `src-main/${here} is in no layer: name it in build/eslint-layers.mjs.`;
  if (its < 0) return `src-main/${there} is in no layer: name it in build/eslint-layers.mjs.`;
  if (its > mine) return `${here} lies below ${there} and must not import it: move what they share down.`;
  return sharedWithWindows.includes(here) && !sharedWithWindows.includes(there)
    ? `${here} is also read in windows and must not import ${there}, which is not.`
    : undefined;
}

/**
 * @param {string} here
 * @param {string} source
 */
function wrongPackage(here, source) {
  const name = packageOf(source);
  if (here === 'contract' && !contractPackages.includes(name))
    return `contract imports ${contractPackages.join(', ')} only, not ${source}: it is also read in windows.`;
  if (here === 'statistics')
    return `statistics imports no package, not ${source}: it is pure, and also read in windows.`;
  const owner = owners.get(name);
  if (owner && !owner.includes(here))
    return `${name} is imported in ${owner.join(' and ')} only: use what ${owner[0]} offers.`;
  return undefined;
}

/**
 * Why `file` must not use `require`, or undefined.
 * @param {string} root
 * @param {string} file
 * @returns {string | undefined}
 */
export function wrongLoad(root, file) {
  const [folder, here = ''] = relative(root, file).split(sep);
  if (folder !== 'src-main' || requireAllowed.includes(here)) return undefined;
  return `${here} must not load native libraries: tensorflow does, use what it offers.`;
}

/** @param {string} folder */
const layerOf = (folder) => layers.findIndex((layer) => layer.includes(folder));

/** @param {string} source */
const packageOf = (source) =>
  source
    .split('/')
    .slice(0, source.startsWith('@') ? 2 : 1)
    .join('/');

/** @param {string} source */
const isBuiltin = (source) => source.startsWith('node:') || builtinModules.includes(source);

/** @type {import('eslint').Rule.RuleModule} */
export const layersRule = {
  meta: {
    type: 'problem',
    docs: { description: 'imports go down the layers; one place alone imports each native package' },
    messages: { wrong: '{{ what }}' },
    schema: [],
  },
  create(context) {
    /**
     * @param {import('estree').Node} node
     * @param {string | undefined} what
     */
    const report = (node, what) => {
      if (what) context.report({ node, messageId: 'wrong', data: { what } });
    };
    /**
     * @param {import('estree').Node} node
     * @param {unknown} source
     */
    const check = (node, source) =>
      report(
        node,
        typeof source === 'string' ? wrongImport(context.cwd, context.filename, source) : undefined,
      );
    return {
      ImportDeclaration: (node) => check(node, node.source.value),
      ExportNamedDeclaration: (node) => check(node, node.source?.value),
      ExportAllDeclaration: (node) => check(node, node.source.value),
      ImportExpression: (node) => check(node, 'value' in node.source ? node.source.value : undefined),
      /** @param {any} node `import('…').Name` in a type */
      TSImportType: (node) => check(node, (node.source ?? node.argument?.literal)?.value),
      CallExpression(node) {
        if (loads(node.callee)) report(node, wrongLoad(context.cwd, context.filename));
      },
    };
  },
};

/**
 * Whether a call is to `require`, `createRequire(…)` or `process.dlopen`; `require.resolve` loads nothing.
 * @param {import('estree').Node} callee
 */
function loads(callee) {
  if (callee.type === 'Identifier') return callee.name === 'require';
  if (callee.type === 'MemberExpression')
    return 'name' in callee.property && callee.property.name === 'dlopen';
  return (
    callee.type === 'CallExpression' && 'name' in callee.callee && callee.callee.name === 'createRequire'
  );
}

/**
 * Why `file` must not use a name of Node's own messages between processes, or undefined.
 * @param {string} root
 * @param {string} file
 * @returns {string | undefined}
 */
export function wrongMessages(root, file) {
  if (relative(root, file).split(sep)[0] !== 'src-main') return undefined;
  return 'workers speak by src-main/tensorflow/worker-process.ts and worker-side.ts: what Node writes, an Electron of another V8 cannot.';
}

/** Members that only Node's own messages use, on `process` and in `child_process`. */
const processMembers = ['send', 'connected', 'disconnect', 'channel'];
const processEvents = ['message', 'disconnect'];
const v8Members = [
  'serialize',
  'deserialize',
  'Serializer',
  'Deserializer',
  'DefaultSerializer',
  'DefaultDeserializer',
];

/** @type {import('eslint').Rule.RuleModule} */
export const messagesRule = {
  meta: {
    type: 'problem',
    docs: { description: 'processes speak in Falx’s own format, which no version of V8 changes' },
    messages: { wrong: '{{ what }}' },
    schema: [],
  },
  create(context) {
    const what = wrongMessages(context.cwd, context.filename);
    if (!what) return {};
    /** @param {import('estree').Node} node */
    const report = (node) => context.report({ node, messageId: 'wrong', data: { what } });
    return {
      MemberExpression(node) {
        const { object } = node;
        if (
          object.type === 'Identifier' &&
          object.name === 'process' &&
          processMembers.includes(nameOf(node.property))
        )
          report(node);
      },
      CallExpression({ callee, arguments: [first] }) {
        if (callee.type !== 'MemberExpression' || first?.type !== 'Literal') return;
        const { object, property } = callee;
        if (object.type !== 'Identifier' || object.name !== 'process') return;
        if (
          /^(on|once|addListener|prepend(Once)?Listener)$/.test(nameOf(property)) &&
          processEvents.includes(String(first.value))
        )
          report(first);
      },
      ImportSpecifier(node) {
        const parent = /** @type {import('estree').ImportDeclaration} */ (
          /** @type {unknown} */ (/** @type {any} */ (node).parent)
        );
        const from = String(parent.source.value).replace(/^node:/, '');
        const name = nameOf(node.imported);
        if ((from === 'child_process' && name === 'fork') || (from === 'v8' && v8Members.includes(name)))
          report(node);
      },
      Property(node) {
        if (nameOf(node.key) === 'serialization') report(node);
      },
      Literal(node) {
        // In the `stdio` array of a spawned process.
        if (node.value === 'ipc' && /** @type {any} */ (node).parent.type === 'ArrayExpression') report(node);
      },
    };
  },
};

/**
 * @param {import('estree').Node} node an identifier or a string literal
 * @returns {string}
 */
function nameOf(node) {
  if (node.type === 'Identifier') return node.name;
  return node.type === 'Literal' ? String(node.value) : '';
}
