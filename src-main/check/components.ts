/**
 * Connected components of a graph, by union-find with path halving.
 * @param n nodes, numbered from 0. @param edges pairs of them.
 * @returns the number of each node's component, from 0 in the order of their first nodes.
 */
export function components(n: number, edges: Iterable<readonly [number, number]>): Uint32Array {
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
  for (const [one, other] of edges) {
    const [a, b] = [root(one), root(other)];
    parent[Math.max(a, b)] = Math.min(a, b);
  }
  const labels = new Uint32Array(n);
  let count = 0;
  for (let node = 0; node < n; node += 1)
    labels[node] = parent[node] === node ? count++ : labels[root(node)]!;
  return labels;
}
