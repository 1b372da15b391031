import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { HELP } from '../../adapters/node/command/parse-command-line.ts'
import { parseCompileArguments } from '../../adapters/node/command/parse-compile-arguments.ts'
import { UsageError } from '../../src/command/usage-error.ts'
import { CommandProcess } from './command-process.ts'

const SCRIPT = 'pipy({ _a: 1 })\n.listen(8000)\n.handleData(() => _a)\n'

describe('parseCompileArguments', () => {
  test.each([
    [['a.js'], { script: 'a.js', output: undefined, port: undefined, isHelp: false }],
    [['a.js', '-o', 'b.js'], { output: 'b.js' }],
    [['--output=b.js', 'a.js'], { output: 'b.js' }],
    [['a.js', '-o', '-'], { output: undefined }],
    [['a.js', '--port', '8000'], { port: 8000 }],
    [['a.js'], { dispatcher: 'socket' }],
    [['a.js', '--dispatcher', 'fetch'], { dispatcher: 'fetch' }],
    [['--help'], { isHelp: true }],
  ])('reads %j', (given, expected) => expect(parseCompileArguments(given)).toMatchObject(expected))

  test.each([
    [[], 'Cannot compile: expected a script'],
    [['a.js', 'b.js'], 'Cannot compile "b.js" as well'],
    [['a.js', '-o', ''], 'Cannot write to ""'],
    [['a.js', '--port', '65536'], 'Cannot read port "65536"'],
    [['a.js', '--port', '80a'], 'Cannot read port "80a"'],
    [['a.js', '--dispatcher', 'pigeon'], 'Unknown dispatcher "pigeon": expected socket or fetch'],
    [['a.js', '--check'], "Unknown option '--check'"],
  ])('refuses %j', (given, message) => {
    expect(() => parseCompileArguments(given)).toThrow(UsageError)
    expect(() => parseCompileArguments(given)).toThrow(message)
  })

  test('HELP names its options', () => {
    for (const text of ['sluice compile', '--output <file>', '--port <port>', '--dispatcher <kind>'])
      expect(HELP).toContain(text)
  })
})

describe('sluice compile', () => {
  test('writes the module and its map beside it, which leads back to the script', async () => {
    const command = new CommandProcess(['compile', 'in/proxy.js', '-o', 'out/worker.js'], {
      files: { 'in/proxy.js': SCRIPT, 'out/kept.txt': '' },
    })
    expect(await command.ended).toEqual({ code: 0, stdout: '', stderr: '' })
    const code = readFileSync(join(command.folder, 'out', 'worker.js'), 'utf8')
    expect(code).toMatch(/\n\/\/# sourceMappingURL=worker\.js\.map\n$/)
    expect(code).not.toContain(command.folder)
    const map: unknown = JSON.parse(readFileSync(join(command.folder, 'out', 'worker.js.map'), 'utf8'))
    expect(map).toMatchObject({ version: 3, file: 'worker.js', sources: ['../in/proxy.js'], sourcesContent: [SCRIPT] })
  })

  test('prints the module, with the map in it, when it is given no file', async () => {
    const { code, stdout } = await CommandProcess.run(['compile', 'proxy.js'], { files: { 'proxy.js': SCRIPT } })
    expect(code).toBe(0)
    const [, text = ''] =
      /\n\/\/# sourceMappingURL=data:application\/json;charset=utf-8;base64,(\S+)\n$/.exec(stdout) ?? []
    expect(JSON.parse(Buffer.from(text, 'base64').toString())).toMatchObject({ sources: ['proxy.js'] })
  })

  test.each([
    [
      'a script that is wrong',
      ['bad.js'],
      'sluice: Cannot resolve name "_b": declare it in pipy({ … }) at bad.js:2:19',
    ],
    [
      'a port that is not there',
      ['proxy.js', '--port', '9'],
      'Cannot hand requests to proxy.js on port 9: it listens on 8000',
    ],
    ['a file that is missing', ['none.js'], 'sluice: Cannot read "none.js": there is no such file'],
    [
      'a folder that is missing',
      ['proxy.js', '-o', 'none/a.js'],
      'Cannot write to "none/a.js": there is no such folder',
    ],
    ['a folder', ['proxy.js', '-o', 'folder'], 'Cannot write to "folder": it is a folder'],
    ['a module', ['module.js'], "import proxy from './module.js'\n  export default worker(proxy)\n"],
    ['a TypeScript module', ['module.ts'], "import { worker } from 'sluice/cloudflare'\n"],
  ])('says what is wrong with %s and ends with 1', async (_, given, message) => {
    const files = {
      'proxy.js': SCRIPT,
      'bad.js': 'pipy({}).listen(1)\n.handleData(() => _b)',
      'module.js': 'export default 1\n',
      'module.ts': 'export default 1\n',
      'folder/kept.txt': '',
    }
    const { code, stdout, stderr } = await CommandProcess.run(['compile', ...given], { files })
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toContain(message)
    expect(stderr).not.toMatch(/^\s+at .*:\d+:\d+\)?$/m)
  })

  test('does not write over the script', async () => {
    const command = new CommandProcess(['compile', 'proxy.js', '-o', './proxy.js'], { files: { 'proxy.js': SCRIPT } })
    expect(await command.ended).toMatchObject({ code: 1 })
    expect(readFileSync(join(command.folder, 'proxy.js'), 'utf8')).toBe(SCRIPT)
    expect(existsSync(join(command.folder, 'proxy.js.map'))).toBe(false)
  })

  test('ends with 2 for a wrong option, and prints its help', async () => {
    expect(await CommandProcess.run(['compile', '--check', 'a.js'])).toMatchObject({ code: 2 })
    expect(await CommandProcess.run(['compile', '--help'])).toEqual({ code: 0, stdout: HELP, stderr: '' })
  })
})
