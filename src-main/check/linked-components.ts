import { runToEnd, STEP_LENGTH, type Steps } from '../system/steps.ts';

type Edge = readonly [number, number];

/**
 * Connected components of a graph, by union-find with path halving.
 * @param n nodes, numbered from 0. @param edges pairs of them.
 * @returns the number of each node's component, from 0 in the order of their first nodes.
 */
export const components = (n: number, edges: Iterable<Edge>): Uint32Array =>
  runToEnd(componentsInSteps(n, edges));

/** The same in steps. @param edges where there is none, it only yields. */
export function* componentsInSteps(n: number, edges: Iterable<Edge | undefined>): Steps<Uint32Array> {
  const parent = Uint32Array.from({ length: n }, (_, node) => node);
  const root = (of: number): number => {
    let node = of;
    while (parent[node] !== node) {
      parent[node] = parent[parent[node]!]!;
      node = parent[node]!;
    }
    return node;
  };
  // The smaller number stays the root, so that a component's root is its first node.
  let joined = 0;
  for (const edge of edges) {
    if (edge) {
      const [a, b] = [root(edge[0]), root(edge[1])];
      parent[Math.max(a, b)] = Math.min(a, b);
    }
    joined += 1;
    if (!edge || joined % STEP_LENGTH === 0) yield;
  }
  const labels = new Uint32Array(n);
  let count = 0;
  for (let node = 0; node < n; node += 1)
    labels[node] = parent[node] === node ? count++ : labels[root(node)]!;
  return labels;
}
