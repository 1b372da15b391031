import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Lets a module in a folder outside the tree import the package by its name. */
export function linkPackage(folder: string, tree: string): void {
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(tree, join(folder, 'node_modules', 'sluice'))
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n')
}
