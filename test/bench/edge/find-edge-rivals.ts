import { join } from 'node:path'
import { THIS_TREE } from '../machine/build-tree.ts'
import { readVersion } from '../machine/executables.ts'
import type { EdgeRival } from './edge-rival.ts'
import { serverRivals } from './server-rivals.ts'
import { workerdRivals } from './workerd-rivals.ts'

/** Everyone who is measured at the edge: of each runtime the bare fetch first, then Sluice. */
export function findEdgeRivals(): EdgeRival[] {
  const versionOf = (file: string): string =>
    /\d+\.\d+\.\d+|\d{4}-\d\d-\d\d/.exec(readVersion(file, '--version'))?.[0] ?? ''
  const workerd = join(THIS_TREE, 'node_modules', '.bin', 'workerd')
  return [...workerdRivals(versionOf(workerd)), ...serverRivals(versionOf)]
}
