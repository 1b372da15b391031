import type { ImportedModule, SourceFile } from './source-file.ts'
import { resolveImport, type SourceTree } from './source-tree.ts'

interface Layer {
  readonly name: string
  readonly files: RegExp
  /** The layers below: what its files may import besides their own layer. */
  readonly below: readonly string[]
  readonly mayUsePackages?: true
}

/** From the bottom up. Every file under src belongs to exactly one layer; a new folder needs a row. */
const LAYERS: readonly Layer[] = [
  {
    name: 'contracts',
    files:
      /^src\/(?:events|encode-text|decode-bytes|latin1-to-bytes|errors|limits|transport|discovery|http-codec)\.ts$/,
    below: [],
  },
  { name: 'streams', files: /^src\/streams\//, below: ['contracts'] },
  { name: 'engine', files: /^src\/engine\//, below: ['contracts', 'streams'] },
  { name: 'http', files: /^src\/http\//, below: ['contracts', 'streams'] },
  { name: 'algorithms', files: /^src\/algorithms\//, below: ['contracts', 'streams'] },
  { name: 'filters', files: /^src\/filters\//, below: ['contracts', 'streams', 'engine', 'http', 'algorithms'] },
  {
    name: 'configuration',
    files: /^src\/[^/]+\.ts$/,
    below: ['contracts', 'streams', 'engine', 'http', 'algorithms', 'filters', 'fetch'],
  },
  {
    name: 'fetch',
    files: /^src\/fetch\//,
    below: ['contracts', 'streams', 'engine', 'http'],
  },
  {
    name: 'script',
    files: /^src\/script\//,
    below: ['contracts', 'streams', 'engine', 'http', 'algorithms', 'filters', 'configuration'],
    mayUsePackages: true,
  },
  {
    name: 'gateway',
    files: /^src\/gateway\//,
    below: ['contracts', 'streams', 'engine', 'http', 'algorithms', 'filters', 'configuration', 'script'],
    mayUsePackages: true,
  },
  {
    name: 'command',
    files: /^src\/command\//,
    below: ['contracts', 'streams', 'engine', 'http', 'algorithms', 'filters', 'configuration', 'script', 'gateway'],
    mayUsePackages: true,
  },
  {
    name: 'admin',
    files: /^src\/admin\//,
    below: ['contracts', 'streams', 'engine', 'http', 'algorithms', 'filters', 'configuration'],
    mayUsePackages: true,
  },
]

/** The index files, and who inside src may import each: the package map opens the others to users only. */
const DOORS: Readonly<Record<string, readonly string[]>> = {
  'src/index.ts': [],
  'src/script/index.ts': [],
  'src/gateway/index.ts': [],
  'src/algorithms/index.ts': ['src/index.ts'],
}

/** The layer of a file under src; undefined when it has none. */
export function layerOf(path: string): Layer | undefined {
  return LAYERS.find(({ files }) => files.test(path))
}

/** Imports point down, files are imported and not indexes, and only script and admin use packages. */
export function checkLayers(tree: SourceTree): string[] {
  const violations: string[] = []
  for (const file of tree.values()) {
    if (file.path.startsWith('src/')) violations.push(...checkSourceFile(file))
    if (file.path.startsWith('adapters/')) violations.push(...checkAdapterFile(file))
    if (file.path.startsWith('examples/')) violations.push(...checkExampleFile(file))
  }
  return violations
}

function checkSourceFile(file: SourceFile): string[] {
  const layer = layerOf(file.path)
  if (layer === undefined)
    return [`${file.path} belongs to no layer: move it, or give its folder a row in layer-rules.ts`]
  const violations =
    /\/index\.ts$/.test(file.path) && !Object.hasOwn(DOORS, file.path)
      ? [`${file.path} is an index and no door: import the file that has the name, and delete the index`]
      : []
  return [...violations, ...file.imports.flatMap((imported) => checkSourceImport(file.path, layer, imported))]
}

function checkSourceImport(path: string, layer: Layer, { specifier, line }: ImportedModule): string[] {
  const place = `${path}:${line} imports ${specifier}`
  if (specifier.startsWith('node:')) return [`${place}: src knows no runtime; put what needs it into adapters/`]
  const target = resolveImport(path, specifier)
  if (target === undefined) {
    if (layer.mayUsePackages) return []
    return [`${place}: ${layer.name} uses no package; write the few lines it needs, or move it to script or admin`]
  }
  if (!target.startsWith('src/')) return [`${place}: src imports nothing outside of src; let an adapter pass it in`]
  if (/\/index\.ts$/.test(target) && !DOORS[target]?.includes(path)) {
    return [`${place}: an index is for users of the package; import the file that has the name`]
  }
  const targetLayer = layerOf(target)
  if (targetLayer === undefined || targetLayer === layer || layer.below.includes(targetLayer.name)) return []
  const allowed = layer.below.length === 0 ? 'only its own layer' : `only ${[layer.name, ...layer.below].join(', ')}`
  return [`${place}: ${layer.name} may import ${allowed}; move the code down, or pass it in from above`]
}

function checkAdapterFile(file: SourceFile): string[] {
  const own = adapterOf(file.path)
  return file.imports.flatMap(({ specifier, line }) => {
    const target = resolveImport(file.path, specifier)
    if (target === undefined || !target.startsWith('adapters/') || adapterOf(target) === own) return []
    return [
      `${file.path}:${line} imports ${specifier}: adapters never import each other; move what they share into src`,
    ]
  })
}

/** `adapters/node.js` and `adapters/node/…` are one adapter. */
function adapterOf(path: string): string {
  return path.split('/')[1]?.replace(/\.js$/, '') ?? ''
}

function checkExampleFile(file: SourceFile): string[] {
  return file.imports.flatMap(({ specifier, line }) => {
    const target = resolveImport(file.path, specifier)
    if (target === undefined || target.startsWith('examples/')) return []
    return [`${file.path}:${line} imports ${specifier}: an example uses the package by name, as its readers do`]
  })
}
