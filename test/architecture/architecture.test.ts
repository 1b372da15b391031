import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ERROR_KINDS } from '../../src/errors.ts'
import { checkDocComments, checkSuppressions } from './comment-rules.ts'
import { checkErrorCodes } from './error-code-rules.ts'
import { FOREIGN_CODES, MEANT_SEVERAL, MEANT_USES } from './exceptions.ts'
import { checkFileLength, checkFileNames, checkMainExports, findLongFiles } from './file-rules.ts'
import { checkImportCycles } from './import-cycles.ts'
import { checkLayers } from './layer-rules.ts'
import { checkCommands, checkLinks } from './markdown-rules.ts'
import { checkDependencies, checkExactVersions, type PackageManifest } from './package-rules.ts'
import { findPortableSuites } from './portable-suites.ts'
import { checkRuntimeNames } from './runtime-names.ts'
import { createSourceTree, PROJECT_FOLDER, readTexts } from './source-tree.ts'
import { checkFocus, checkSleeps } from './test-rules.ts'

const tree = createSourceTree(readTexts('{src,adapters,examples,test}/**/*.ts', 'adapters/*.js', '*.ts'))
const portableSuites = findPortableSuites()
const pages = readTexts('**/*.md')
const manifest = JSON.parse(readFileSync(join(PROJECT_FOLDER, 'package.json'), 'utf8')) as PackageManifest & {
  readonly scripts: Readonly<Record<string, string>>
}

describe('the sources', () => {
  test('keep to the layers', () => expect(checkLayers(tree)).toEqual([]))
  test('have no import cycles', () => expect(checkImportCycles(tree)).toEqual([]))
  test('know no runtime, clock or chance', () => expect(checkRuntimeNames(tree, MEANT_USES)).toEqual([]))
  test('are in short files', () => {
    const long = findLongFiles(tree)
    if (long.length > 0) console.warn(`Getting long: ${long.join(', ')}`)
    expect(checkFileLength(tree)).toEqual([])
  })
  test('are in files named for their subject', () => expect(checkFileNames(tree.keys())).toEqual([]))
  test('have one main export per file', () => expect(checkMainExports(tree, MEANT_SEVERAL)).toEqual([]))
  test('document what they export', () => expect(checkDocComments(tree)).toEqual([]))
  test('say why a check is off', () => expect(checkSuppressions(tree)).toEqual([]))
  test('use every error code and invent none', () => {
    expect(checkErrorCodes(tree, Object.keys(ERROR_KINDS), FOREIGN_CODES)).toEqual([])
  })
})

describe('the tests', () => {
  test('do not sleep', () => expect(checkSleeps(tree)).toEqual([]))
  test('all run', () => expect(checkFocus(tree)).toEqual([]))
  test.each(['algorithms', 'engine', 'filters', 'http', 'script', 'streams'])('of %s run in workerd too', (folder) => {
    const suites = [...tree.keys()].filter((path) => path.startsWith(`test/${folder}/`) && path.endsWith('.test.ts'))
    const portable = portableSuites.filter((path) => path.startsWith(`test/${folder}/`))
    expect(portable.length, 'most suites of the core should need no node: import').toBeGreaterThan(suites.length / 2)
  })
})

describe('the pages', () => {
  test('have no broken link', () => {
    expect(checkLinks(pages, (path) => existsSync(join(PROJECT_FOLDER, path)))).toEqual([])
  })
  test('name commands that exist', () => expect(checkCommands(pages, Object.keys(manifest.scripts))).toEqual([]))
})

describe('the package', () => {
  test('depends on what it imports and on nothing else', () => expect(checkDependencies(tree, manifest)).toEqual([]))
  test('pins its versions', () => expect(checkExactVersions(manifest)).toEqual([]))
})
