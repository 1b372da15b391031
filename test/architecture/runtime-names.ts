import type { SourceTree } from './source-tree.ts'

/** Names by which code learns or uses its runtime. Some of them are in the types that src is compiled with. */
const RUNTIME_NAMES = [
  'Buffer',
  'process',
  'navigator',
  'global',
  'require',
  'module',
  '__dirname',
  'Deno',
  'Bun',
  'EdgeRuntime',
]

/** Time and chance. They come through Transport, so that a test can set them. */
const CLOCK_NAMES = [
  'setTimeout',
  'setInterval',
  'setImmediate',
  'Date',
  'performance',
  'Math.random',
  'crypto.getRandomValues',
  'crypto.randomUUID',
]

/** Refused by the edge runtimes. */
const EVALUATION_NAMES = ['eval', 'Function', 'WebAssembly']

/** Uses that are meant, by file and name, each with its reason. */
export type MeantUses = Readonly<Record<string, Readonly<Record<string, string>>>>

/** src asks no global which runtime it is in, evaluates no text, and gets time and chance from its transport. */
export function checkRuntimeNames(tree: SourceTree, meant: MeantUses = {}): string[] {
  const violations: string[] = []
  const needed = new Set<string>()
  for (const { path, globals } of tree.values()) {
    if (!path.startsWith('src/')) continue
    for (const { name, line } of globals) {
      const plainName = name.replace(/^globalThis\./, '')
      const remedy = remedyFor(plainName)
      if (remedy === undefined) continue
      const meantName = Object.keys(meant[path] ?? {}).find((listed) => matches([listed], plainName))
      if (meantName === undefined) violations.push(`${path}:${line} uses ${name}: ${remedy}`)
      else needed.add(`${path} ${meantName}`)
    }
  }
  for (const [path, names] of Object.entries(meant)) {
    for (const name of Object.keys(names)) {
      if (!needed.has(`${path} ${name}`)) violations.push(`${path} uses no ${name}: take it off the list of meant uses`)
    }
  }
  return violations
}

function remedyFor(name: string): string | undefined {
  if (matches(RUNTIME_NAMES, name)) return 'src knows no runtime; let the adapter pass in what differs'
  if (matches(CLOCK_NAMES, name)) return 'time and chance are injected; use transport.now, setTimer and random'
  if (matches(EVALUATION_NAMES, name)) return 'the edge evaluates no text; let the adapter evaluate'
  return undefined
}

/** `Date.now` is a use of `Date`. */
function matches(names: readonly string[], name: string): boolean {
  return names.some((listed) => name === listed || name.startsWith(`${listed}.`))
}
