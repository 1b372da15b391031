import { originalPositionFor, TraceMap } from '@jridgewell/trace-mapping'
import { describe, expect, test } from 'vitest'
import { type CompileScriptOptions, compileScript } from '../../src/script/compile-script.ts'
import { encodeText } from '../../src/encode-text.ts'

const FILES: Readonly<Record<string, Uint8Array>> = {
  'page.html': encodeText('<p>ü</p>\n', 'utf8'),
  '/bytes': Uint8Array.from([0, 0xff, 0xfe, 13]),
}

function compile(source: string, options: Partial<CompileScriptOptions> = {}) {
  return compileScript(source, { file: 'proxy.js', readFile: (path) => FILES[path], ...options })
}

const HEAD = `// Compiled by Sluice from proxy.js: change that file, not this one.
import { runCompiledScript } from 'sluice/compiled-script'
`

describe('compileScript', () => {
  test('makes a module whose default export is the configuration', () => {
    const { code } = compile('pipy({ _a: 1 })\n.listen(8000).handleData(() => _a)')
    expect(code.startsWith(HEAD)).toBe(true)
    expect(code).toContain('return (pipy({ _a: 1 })\n.listen(8000).handleData(() => $scope.context._a))\n}\n')
    expect(code).toContain('\nexport default runCompiledScript({')
    expect(code).toContain('env: globalThis.process?.env,')
    expect(code).not.toContain('sluice/cloudflare')
  })

  test('makes a module that is a Worker, with the port that takes its requests', () => {
    const { code } = compile('pipy().listen(8000).dummy().listen("127.0.0.1:8001").dummy()', {
      form: 'worker',
      port: 8001,
    })
    expect(code).toContain("import { sockets, worker } from 'sluice/cloudflare'\n")
    expect(code).toMatch(
      /\nexport default worker\(\(env\) => runCompiledScript\(\{[^]*\n\}\), \{ sockets, dispatcher: 'socket', port: 8001 \}\)\n$/,
    )
    const { code: fetching } = compile('pipy().listen(8000)', { form: 'worker', dispatcher: 'fetch' })
    expect(fetching).toMatch(/\}\), \{ sockets, dispatcher: 'fetch' \}\)\n$/)
  })

  test('gives a source map from the module to the script, with its text', () => {
    const source = 'pipy({ _a: 1 })\n\n  .listen(8000)\n  .handleData(() => _a.b)\n'
    const { code, map } = compile(source)
    expect(map).toMatchObject({ version: 3, sources: ['proxy.js'], sourcesContent: [source] })
    const lines = code.split('\n')
    const line = lines.findIndex((text) => text.includes('.handleData')) + 1
    const column = lines[line - 1]?.indexOf('$scope.context._a') as number
    expect(originalPositionFor(new TraceMap(map as never), { line, column })).toMatchObject({
      source: 'proxy.js',
      line: 4,
      column: 20,
    })
  })

  test('puts the files of pipy.load into the module, as text or as bytes', () => {
    const source = 'pipy({ _p: pipy.load("page.html"), _b: pipy.load(`/bytes`), _q: pipy["load"]("page.html") })'
    expect(compile(source).code).toContain('files: {"page.html":"<p>ü</p>\\n","/bytes":{"base64":"AP/+DQ=="}},')
  })

  test('leaves alone what only looks like a global', () => {
    const source = '((os, pipy_) => pipy_)({ readFile: 1 }, pipy().listen(1).handleData(x => x.load + x.pipy?.load))'
    expect(() => compile(source)).not.toThrow()
    expect(() => compile('((pipy) => (pipy.load, pipy.made))({ made: pipy() })')).not.toThrow()
  })

  test.each([
    [
      'a path that is computed',
      'pipy({\n _p: pipy.load(`${1}.html`) })',
      'Cannot compile pipy.load: its path must be a plain string',
      2,
      6,
    ],
    [
      'pipy.load that is not called',
      'pipy({ _l: pipy.load })',
      'Cannot compile pipy.load: expected a call of it',
      1,
      12,
    ],
    ['a file that is missing', 'pipy({ _p: pipy.load("none") })', 'there is no file "none"', 1, 12],
    ['os.readFile', 'pipy({ _p: os.readFile("/etc/hosts") })', 'Cannot compile os.readFile: there are no files', 1, 12],
    ['Function', 'pipy({ _f: new Function("return 1") })', 'Cannot compile Function: no text is evaluated', 1, 16],
    ['Function without new', 'pipy({ _f: Function("return 1") })', 'Cannot compile Function', 1, 12],
    ['what strict mode refuses', 'pipy({ _n: 010 })', 'Cannot compile script into a module', 1, 12],
    ['await as a name', 'pipy({ _n: (await) => 1 })', 'Cannot compile script into a module', 1, 18],
    ['a syntax error', 'pipy({', 'Cannot parse script', 1, 7],
    [
      'a name that is declared nowhere',
      'pipy({ _target: 1 })\n.handleData(() => _targt)',
      'did you mean "_target"?',
      2,
      19,
    ],
    ['eval', 'pipy({}).listen(1).handleData(() => eval("1"))', 'Cannot resolve name "eval"', 1, 37],
  ])('refuses %s, with the place', (_, source, message, line, column) => {
    expect(() => compile(source)).toThrow(
      expect.objectContaining({
        message: expect.stringContaining(message),
        location: { file: 'proxy.js', line, column },
      }),
    )
    expect(() => compile(source)).toThrow(` at proxy.js:${line}:${column}\n${line} | `)
  })

  test.each([
    ['pipy({ ...{ _a: 1 } }).handleData(() => _a)'],
    ['pipy({ ["_" + "a"]: 1 }).handleData(() => _a)'],
    ['pipy(() => { const all = { _a: 1 }; return all }).handleData(() => _a)'],
    ['(p => p({ _a: 1 }).handleData(() => _a))(pipy)'],
    ['pipy()["export"]("ns", { _a: 1 }).handleData(() => _a)'],
  ])('leaves names of %s to the run, as the text does not tell them', (source) => {
    expect(() => compile(source)).not.toThrow()
  })

  test('refuses a Worker without listen, and one without the port', () => {
    const worker = (source: string, port?: number) => () => compile(source, { form: 'worker', port })
    expect(worker('pipy().task()')).toThrow(expect.objectContaining({ code: 'NO_PIPELINE' }))
    expect(worker('pipy().listen(8000).listen("[::1]:8001")', 9)).toThrow(
      'Cannot hand requests to proxy.js on port 9: it listens on 8000, 8001',
    )
    expect(worker('pipy().listen(os.env.PORT)', 9)).not.toThrow()
  })
})
