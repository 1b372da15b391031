import type { BenchOptions } from './options.ts'
import { UsageError } from './options.ts'
import { THIS_TREE, layOutRef } from './machine/build-tree.ts'
import { findExecutable, findNodes, type NodeExecutable, readVersion } from './machine/executables.ts'
import { DIRECT } from './rivals/direct.ts'
import { haproxy, haproxyTuned } from './rivals/haproxy.ts'
import { libraryRivals } from './rivals/libraries.ts'
import { nginx, nginxTuned } from './rivals/nginx.ts'
import type { Rival } from './rivals/rival.ts'
import { sluice } from './rivals/sluice.ts'

export interface FoundRivals {
  /** The first is the one that all others are compared with. */
  readonly rivals: readonly Rival[]
  /** Who takes no part, and why. */
  readonly notices: readonly string[]
}

/** Chooses who is measured. Throws UsageError for a rival or Node that does not exist. */
export function findRivals(options: BenchOptions, folder: string): FoundRivals {
  const nodes = chooseNodes(options.nodeMajors)
  if (options.ref !== undefined) {
    const refTree = layOutRef(options.ref, folder)
    const trees = [
      { tree: THIS_TREE, name: 'this tree' },
      { tree: refTree, name: options.ref },
    ]
    return { rivals: nodes.flatMap((node) => trees.map(({ tree, name }) => sluice({ tree, node, name }))), notices: [] }
  }
  if (options.isTyped) {
    const typed = nodes.map((node) => sluice({ tree: THIS_TREE, node, form: 'proxy.ts', name: 'typed' }))
    const script = nodes.map((node) => sluice({ tree: THIS_TREE, node, name: 'script' }))
    return { rivals: [...typed, ...script], notices: [] }
  }
  const own = nodes.map((node) => sluice({ tree: THIS_TREE, node }))
  const { rivals, notices } = findOthers(nodes)
  return { rivals: [...own, ...chooseByName(rivals, notices, options.against), ...nodes.flatMap(otherSides)], notices }
}

/** The Nodes with these major versions. */
export function chooseNodes(majors: readonly number[]): NodeExecutable[] {
  const nodes = findNodes()
  return majors.map((major) => {
    const node = nodes.find((candidate) => candidate.major === major)
    const found = nodes.map((candidate) => candidate.major).join(', ')
    if (node === undefined) throw new UsageError(`Cannot find node ${major} on PATH: found ${found}`)
    return node
  })
}

/** Sluice as the other side of the works that compare two set-ups of it. */
function otherSides(node: NodeExecutable): Rival[] {
  const other = { tree: THIS_TREE, node, fixedSetup: 'pool' } as const
  return [
    sluice({ ...other, name: 'script', onlyFor: ['typed'] }),
    sluice({ ...other, name: 'two-routes', onlyFor: ['routes'] }),
  ]
}

function findOthers(nodes: readonly NodeExecutable[]): { rivals: Rival[]; notices: string[] } {
  const rivals: Rival[] = []
  const notices: string[] = []
  const nginxFile = findExecutable('nginx')
  if (nginxFile !== undefined) {
    const version = readVersion(nginxFile, '-v').replace(/^.*nginx\/(\S+).*$/, 'nginx $1')
    rivals.push(nginx(nginxFile, version), nginxTuned(nginxFile, version))
  }
  const haproxyFile = findExecutable('haproxy')
  if (haproxyFile === undefined) {
    notices.push('haproxy takes no part: it is missing (apt-get install -y haproxy)')
  } else {
    const version = readVersion(haproxyFile, '-v').replace(/^HAProxy version ([\d.]+).*$/, 'HAProxy $1')
    rivals.push(haproxy(haproxyFile, version), haproxyTuned(haproxyFile, version))
  }
  rivals.push(...nodes.flatMap(libraryRivals), DIRECT)
  return { rivals, notices }
}

const NAMES = ['nginx', 'nginx-tuned', 'haproxy', 'haproxy-tuned', 'undici', 'http-proxy', 'hono', 'direct']

function chooseByName(rivals: Rival[], notices: string[], names: readonly string[] | undefined): Rival[] {
  if (names === undefined) return rivals
  for (const name of names) {
    if (!NAMES.includes(name)) throw new UsageError(`Cannot measure "${name}": expected ${NAMES.join(', ')}`)
    if (rivals.every((rival) => rival.name !== name)) notices.push(`${name} was asked for and takes no part`)
  }
  return rivals.filter((rival) => names.includes(rival.name))
}
