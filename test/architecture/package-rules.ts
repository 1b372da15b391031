import { packageOf, resolveImport, type SourceTree } from './source-tree.ts'

/** What the rules read of package.json. */
export interface PackageManifest {
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
}

/** The published package depends on what its files import, on nothing else, and never on a Node of its own. */
export function checkDependencies(tree: SourceTree, manifest: PackageManifest): string[] {
  const violations: string[] = []
  const dependencies = { ...manifest.dependencies, ...manifest.peerDependencies }
  const used = new Set<string>()
  for (const { path, imports } of tree.values()) {
    if (!/^(?:src|adapters)\//.test(path)) continue
    for (const { specifier, line } of imports) {
      // What begins with # is the package's own, by the imports of package.json; so are its doors, by their names.
      if (resolveImport(path, specifier) !== undefined || /^(?:(?:node|cloudflare):|#|sluice\/)/.test(specifier))
        continue
      const name = packageOf(specifier)
      used.add(name)
      if (!Object.hasOwn(dependencies, name)) {
        violations.push(`${path}:${line} imports ${name}, which users do not get: add it to dependencies`)
      }
    }
  }
  for (const name of Object.keys(dependencies)) {
    if (!used.has(name))
      violations.push(`package.json depends on ${name}, which no published file imports: take it out`)
  }
  if (Object.hasOwn(dependencies, 'node')) {
    violations.push('package.json depends on node: it is for this repository only; make it a devDependency')
  }
  return violations
}

/** Versions are exact, so that every clone gets the ones that were tried together. */
export function checkExactVersions(manifest: PackageManifest): string[] {
  return Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })
    .filter(([, version]) => !/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version))
    .map(([name, version]) => `package.json has ${name} ${version}: pin one exact version`)
}
