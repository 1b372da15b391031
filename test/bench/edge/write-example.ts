import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { THIS_TREE } from '../machine/build-tree.ts'
import { linkPackage } from '../rivals/link-package.ts'
import type { Place } from '../rivals/rival.ts'
import { replacePorts } from '../rivals/sluice.ts'

/** Writes example 03 in its typed form into a folder where it can be run, with other ports. @returns the file */
export function writeExample(place: Place): string {
  const example = readFileSync(join(THIS_TREE, 'examples', '03-connection-pool', 'proxy.ts'), 'utf8')
  const file = join(place.folder, 'proxy.ts')
  writeFileSync(file, replacePorts(example, place))
  linkPackage(place.folder, THIS_TREE)
  return file
}
