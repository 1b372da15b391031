/** Each rule is shown a tree that breaks it: a rule that cannot fail holds nothing. */
import { describe, expect, test } from 'vitest'
import { checkDocComments, checkSuppressions } from './comment-rules.ts'
import { checkErrorCodes } from './error-code-rules.ts'
import { checkFileLength, checkFileNames, checkMainExports, findLongFiles } from './file-rules.ts'
import { checkCommands, checkLinks } from './markdown-rules.ts'
import { checkDependencies, checkExactVersions } from './package-rules.ts'
import { isPortable } from './portable-suites.ts'
import { checkFocus, checkSleeps } from './test-rules.ts'
import { treeOf } from './tree-of.ts'

describe('the rules of files', () => {
  test('findLongFiles tells of the 301st line', () => {
    const tree = treeOf({ 'src/a.ts': '\n'.repeat(300), 'src/b.ts': '\n'.repeat(301), 'src/c.ts': '\n'.repeat(302) })
    expect(findLongFiles(tree)).toEqual(['src/c.ts (302 lines)', 'src/b.ts (301 lines)'])
  })

  test('checkFileLength refuses the 401st line', () => {
    expect(checkFileLength(treeOf({ 'src/a.ts': '\n'.repeat(400) }))).toEqual([])
    expect(checkFileLength(treeOf({ 'src/a.ts': '\n'.repeat(401) }))).toEqual([
      expect.stringContaining('has 401 lines'),
    ])
  })

  test.each([
    'src/demuxHTTP.ts',
    'src/demux_http.ts',
    'src/Filters/a.ts',
    'src/http-util.ts',
    'test/helpers/a.ts',
    'src/common.ts',
  ])('checkFileNames refuses %s', (path) => expect(checkFileNames([path])).toHaveLength(1))

  test('checkFileNames takes kebab-case, and what stands before the extension', () => {
    const paths = [
      'src/filters/demux-http.ts',
      'test/a/selection.cases.ts',
      'vitest.config.ts',
      'examples/01-hello/proxy.js',
    ]
    expect(checkFileNames(paths)).toEqual([])
  })

  test('checkMainExports refuses two functions or classes, and a file named for something else', () => {
    const tree = treeOf({
      'src/http/head.ts': 'export class Head {}\nexport const parseHead = () => 1',
      'src/http/chunk.ts': 'export function parseHead() {}',
    })
    expect(checkMainExports(tree)).toEqual([
      expect.stringContaining('src/http/head.ts exports Head, parseHead: one function or class per file'),
      expect.stringContaining('src/http/chunk.ts exports parseHead: name the file for it'),
    ])
    expect(checkMainExports(tree, { 'src/http/head.ts': 'a reason', 'src/http/chunk.ts': 'none' })).toEqual([
      expect.stringContaining('name the file for it'),
      expect.stringContaining('src/http/chunk.ts needs no exception'),
    ])
  })

  test('checkMainExports does not count types, constants and overloads', () => {
    const tree = treeOf({
      'src/http/start-line.ts': `
        export interface StartLine { a: 1 }
        export const LIMIT = 1
        export function readStartLine(a: 1): 1
        export function readStartLine(a: 2): 2
        export function readStartLine(a: number): number { return a }
      `,
      'src/index.ts': 'export function a() {}; export function b() {}',
    })
    expect(checkMainExports(tree)).toEqual([])
  })
})

describe('the rules of comments', () => {
  test('checkDocComments refuses exports and options without one', () => {
    const text = `
      export function first() {}
      // no doc comment
      export const SECOND = 1
      /* nor this */
      export type Third = 1
      /** But this. */

      export class Fourth {}
      /** A statement between does not count. */
      let x
      export interface FifthOptions {
        /** Says. */
        readonly a: 1
        readonly b: 2
      }`
    expect(checkDocComments(treeOf({ 'src/a.ts': text, 'test/b.ts': text }))).toEqual([
      expect.stringContaining('src/a.ts:2 exports first'),
      expect.stringContaining('src/a.ts:4 exports SECOND'),
      expect.stringContaining('src/a.ts:6 exports Third'),
      expect.stringContaining('src/a.ts:15 has option FifthOptions.b'),
    ])
  })

  test.each([
    '// oxlint-disable-next-line no-console',
    '/* eslint-disable */',
    '// @ts-expect-error',
    '// @ts-ignore because of this and that',
    '// biome-ignore format',
  ])('checkSuppressions refuses %s', (comment) => {
    expect(checkSuppressions(treeOf({ 'test/a.ts': comment }))).toHaveLength(1)
  })

  test.each([
    '// oxlint-disable-next-line no-console -- the command prints',
    '// @ts-expect-error the second argument is refused',
    '// biome-ignore format: the table is easier to read',
    '// mentions oxlint-disable in passing',
  ])('checkSuppressions takes %s', (comment) => {
    expect(checkSuppressions(treeOf({ 'test/a.ts': comment }))).toEqual([])
  })
})

test('checkErrorCodes tells codes that nothing uses, codes that are made up, and needless entries', () => {
  const tree = treeOf({
    'src/errors.ts': `const KINDS = { 'NOT_USED': 1 }`,
    'src/a.ts': `fail('HEAD_TOO_LARGE'); fail('HEAD_TO_LARGE'); read('ERR_OTHER')`,
    'test/a.ts': `expect('NOT_USED')`,
  })
  expect(
    checkErrorCodes(tree, ['HEAD_TOO_LARGE', 'NOT_USED'], { ERR_OTHER: 'of the runtime', ERR_GONE: 'nowhere' }),
  ).toEqual([
    expect.stringContaining('src/a.ts:1 has "HEAD_TO_LARGE"'),
    expect.stringContaining('"ERR_GONE" is on the list'),
    expect.stringContaining('code NOT_USED, which nothing uses'),
  ])
})

describe('the rules of tests', () => {
  test.each([
    'await new Promise((done) => setTimeout(done, 100))',
    'await new Promise<void>(resolve => { setTimeout(() => resolve(), 100) })',
    'await new Promise((r, reject) => setTimeout(r, 1))',
    `import { setTimeout as later } from 'node:timers/promises'`,
  ])('checkSleeps refuses %s', (text) => {
    expect(checkSleeps(treeOf({ 'test/a.ts': text }))).toEqual([expect.stringContaining('test/a.ts:1 sleeps')])
  })

  test('checkSleeps takes a server that answers late and a time limit', () => {
    const text = `
      createServer((request, response) => { setTimeout(() => response.end('late'), 1000) })
      await Promise.race([answer, new Promise((_, reject) => setTimeout(() => reject(new Error('late')), 5000))])
    `
    expect(checkSleeps(treeOf({ 'test/a.ts': text }))).toEqual([])
  })

  test('checkFocus refuses tests that are alone or left out', () => {
    const violations = checkFocus(
      treeOf({ 'test/a.test.ts': `test.only('a', f)\ndescribe.skip('b', f)\ntest.skipIf(c)('c', f)` }),
    )
    expect(violations).toEqual([
      expect.stringContaining('a.test.ts:1 has test.only'),
      expect.stringContaining(':2 has describe.skip'),
    ])
  })

  test('isPortable follows imports to what workerd does not have', () => {
    const tree = treeOf({
      'test/http/plain.test.ts': `import './plain.ts'; import 'fast-check'; import '../../src/http/a.ts'`,
      'test/http/plain.ts': `import './plain.test.ts'; import type { Socket } from 'node:net'`,
      'test/http/net.test.ts': `import './sockets.ts'`,
      'test/http/sockets.ts': `import { connect } from 'node:net'`,
      'test/http/adapter.test.ts': `import '../../adapters/node/a.ts'`,
      'test/http/mock.test.ts': `vi.mock('../../src/a.ts')`,
    })
    const portable = [...tree.keys()].filter((path) => path.endsWith('.test.ts') && isPortable(path, tree))
    expect(portable).toEqual(['test/http/plain.test.ts'])
  })
})

describe('the rules of pages', () => {
  test('checkLinks follows links, references, images and anchors', () => {
    const pages = new Map([
      [
        'src/filters/README.md',
        '# Filters\n[a](demux-http.ts) [b](../missing.md) [c](#filters) [d](#gone) [e](../../README.md#how-it-works "t")\n' +
          '[f](../../README.md#nothing) [g](https://example.com/x) ![h](pool.svg) [i]\n\n[i]: missing.ts\n' +
          '<img src="gone.png"> `[not](a-link)`\n```\n[nor](this)\n```\n[out](../../../secrets.md)',
      ],
      ['README.md', '# Sluice\n## How *it* works\n'],
    ])
    const files = new Set(['src/filters/README.md', 'src/filters/demux-http.ts', 'src/filters/pool.svg', 'README.md'])
    const violations = checkLinks(pages, (path) => files.has(path))
    const targets = violations.map((violation) =>
      violation.replace(/^src\/filters\/README\.md links to (\S+?)[,:]? .*$/, '$1'),
    )
    expect(targets.sort()).toEqual(
      ['#gone', '../../../secrets.md', '../../README.md#nothing', '../missing.md', 'gone.png', 'missing.ts'].sort(),
    )
  })

  test('checkCommands refuses a script that package.json does not have', () => {
    const pages = new Map([['README.md', 'Run `npm run check`, then `npm run chek`, or `npm test`.']])
    expect(checkCommands(pages, ['check'])).toEqual([expect.stringContaining('"npm run chek"')])
  })
})

describe('the rules of the package', () => {
  test('checkDependencies refuses what users would miss or get for nothing', () => {
    const tree = treeOf({
      'src/script/a.ts': `import 'acorn'; import '@scope/part/sub.js'; import 'node:fs'; import './b.ts'`,
      'adapters/a.ts': `const { late } = require('late')`,
      'test/a.ts': `import 'vitest'`,
    })
    const manifest = {
      dependencies: { acorn: '1.0.0', late: '1.0.0', node: '24.0.0' },
      devDependencies: { '@scope/part': '1.0.0' },
    }
    expect(checkDependencies(tree, manifest)).toEqual([
      expect.stringContaining('imports @scope/part, which users do not get'),
      expect.stringContaining('depends on node, which no published file imports'),
      expect.stringContaining('make it a devDependency'),
    ])
  })

  test('checkExactVersions refuses ranges', () => {
    const manifest = { dependencies: { a: '^1.0.0' }, devDependencies: { b: '1.0.0-rc.1', c: '*' } }
    expect(checkExactVersions(manifest)).toEqual([expect.stringContaining('a ^1.0.0'), expect.stringContaining('c *')])
  })
})
