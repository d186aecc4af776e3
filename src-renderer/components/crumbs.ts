/** The breadcrumbs of a path, from the root: `/data/mri` → `/`, `data`, `mri`. Accepts both kinds of slashes. */
export function crumbsOf(folder: string): { name: string; path: string }[] {
  const slash = /^[a-z]:\\|^\\\\/i.test(folder) ? '\\' : '/';
  const root = /^(?:[a-z]:\\|\\\\[^\\]+\\[^\\]+\\?|\/)/i.exec(folder)?.[0] ?? '';
  const crumbs = root ? [{ name: root, path: root }] : [];
  let path = root;
  for (const name of folder.slice(root.length).split(slash).filter(Boolean)) {
    path = path === '' || path.endsWith(slash) ? path + name : path + slash + name;
    crumbs.push({ name, path });
  }
  return crumbs;
}
