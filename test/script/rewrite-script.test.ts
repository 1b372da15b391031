import { describe, expect, test } from 'vitest'
import { ProxyError } from '../../src/errors.ts'
import { rewriteScript } from '../../src/script/rewrite-script.ts'

function rewrite(source: string): string {
  return rewriteScript(source, { file: 'proxy.js' }).code
}

function refusal(source: string): ProxyError {
  try {
    rewriteScript(source, { file: 'proxy.js' })
  } catch (error) {
    if (error instanceof ProxyError) return error
    throw error
  }
  throw new Error(`The script was not refused: ${source}`)
}

function createVariables(): Record<string, unknown> {
  const list = (...values: unknown[]): unknown[] => values
  return { _a: 1, _b: 'b', _n: null, _o: { n: 1, f: list }, _l: [1, [2]], _f: list }
}

describe('rewriteScript turns free names into variables of the current context', () => {
  test.each([
    ['a read', '() => _x', '() => $scope.context._x'],
    ['a write', '() => (_x = 1)', '() => ($scope.context._x = 1)'],
    ['a compound write', '() => _x += _y', '() => $scope.context._x += $scope.context._y'],
    ['a logical write', '() => _x ??= 1', '() => $scope.context._x ??= 1'],
    ['an increment', '() => ++_g.id + _n++', '() => ++$scope.context._g.id + $scope.context._n++'],
    ['a property of the same name', '() => _x._x[_x]', '() => $scope.context._x._x[$scope.context._x]'],
    ['an optional chain', '() => _x?.a?.(_y)', '() => $scope.context._x?.a?.($scope.context._y)'],
    [
      'a key of the same name',
      '() => ({ _x: 1, [_x]: _x })',
      '() => ({ _x: 1, [$scope.context._x]: $scope.context._x })',
    ],
    ['a shorthand property', '() => ({ _x })', '() => ({ _x: $scope.context._x })'],
    [
      'a destructuring target',
      '() => ([_a, ..._b] = c => c)',
      '() => ([$scope.context._a, ...$scope.context._b] = c => c)',
    ],
    ['a shorthand target', '() => ({ _a } = {})', '() => ({ _a: $scope.context._a } = {})'],
    [
      'a shorthand target with a default',
      '() => ({ _a = _b } = {})',
      '() => ({ _a: $scope.context._a = $scope.context._b } = {})',
    ],
    [
      'a renamed target',
      '() => ({ k: _a = 1, ..._r } = {})',
      '() => ({ k: $scope.context._a = 1, ...$scope.context._r } = {})',
    ],
    ['typeof', '() => typeof _x', '() => typeof $scope.context._x'],
    ['delete of a property', '() => delete _x.y', '() => delete $scope.context._x.y'],
    ['a template', '() => `${_x}`', '() => `${$scope.context._x}`'],
    ['a spread', '() => [..._x, ...(_y)]', '() => [...$scope.context._x, ...($scope.context._y)]'],
    ['a constructor', '() => new _X(_y)', '() => new $scope.context._X($scope.context._y)'],
    ['a call, which passes no context as this', '() => _f(1)', '() => (0, $scope.context._f)(1)'],
    ['an optional call', '() => _f?.(1)', '() => (0, $scope.context._f)?.(1)'],
    ['a tagged template', '() => _f`a`', '() => (0, $scope.context._f)`a`'],
    ['a loop target', '() => { for (_x of []) ; }', '() => { for ($scope.context._x of []) ; }'],
    ['__inbound', '() => __inbound.localPort', '() => $scope.context.__inbound.localPort'],
    ['a parameter default', '(a = _x) => a', '(a = $scope.context._x) => a'],
  ])('%s', (_, source, expected) => {
    expect(rewrite(source)).toBe(`return (${expected})`)
  })

  test('__filename is the path from the folder of the script', () => {
    expect(rewriteScript('() => [__filename, { __filename }]', { file: '/srv/a/proxy.js' }).code).toBe(
      'return (() => ["/proxy.js", { __filename: "/proxy.js" }])',
    )
  })

  test('a statement that begins with a call does not become arguments of the line above', () => {
    expect(rewrite('() => { const a = 1\n_f(a) }')).toBe('return (() => { const a = 1\n;(0, $scope.context._f)(a) })')
  })
})

describe('rewriteScript leaves alone what the script declares', () => {
  test.each([
    ['parameters', '(_x, { a: _y, ...z }, [w = 1], ...v) => [_x, _y, z, w, v]'],
    ['parameters of outer functions', '_x => () => y => _x + y'],
    ['parameters given with a trailing comma', '((a, b,) => (a = b))()'],
    ['let, const and var', '() => { let a = 1; const { b } = a; var [c] = b; return [a, b, c] }'],
    ['var used above its line', '() => { a = 1; if (a) { var a } return a }'],
    [
      'variables of loops',
      '() => { for (let i = 0; i < 2; i++) i; for (const [k] of []) k; for (var n in {}) ; return n }',
    ],
    ['functions, also used above their line', '() => { f(); function f() { return f } }'],
    ['functions declared in a block', '() => { if (1) { function f() {} } return f }'],
    ['names of function expressions', '(function f() { return f })'],
    ['arguments of functions', '(function () { return arguments.length })'],
    [
      'classes',
      '() => { class A { b = 1; c() { return A } static { var d; d } } return class B { e() { return B } } }',
    ],
    ['caught errors', '() => { try { 1 } catch ({ message: m }) { return m } }'],
    ['labels', '() => { a: for (;;) { continue a } }'],
    ['keys and members', '() => ({ a: 1, b() {}, get c() { return 1 } }).d.e'],
    ['new.target', '(function () { return new.target })'],
    ['standard globals', '() => [Math.max(1), undefined, NaN, parseInt("1"), new Map(), fetch, structuredClone]'],
    ['script globals', '() => [algo, os, new Message, new SessionEnd, JSON.decode, console.log]'],
  ])('%s', (_, source) => {
    expect(rewrite(source)).toBe(`return (${source})`)
  })

  test('a name in a parameter default is not the variable of the same name in the body', () => {
    expect(rewrite('(a = _b) => { var _b = a; return _b }')).toBe(
      'return ((a = $scope.context._b) => { var _b = a; return _b })',
    )
  })

  test('a name outside the block that declares it is free', () => {
    expect(rewrite('() => { { let _a } return _a }')).toBe('return (() => { { let _a } return $scope.context._a })')
  })
})

describe('rewriteScript knows context variables from globals', () => {
  test('a declared variable shadows a global', () => {
    expect(rewrite('pipy({ URL: 1, "Math": 2 }, () => [URL, Math, Date])')).toContain(
      '[$scope.context.URL, $scope.context.Math, Date]',
    )
    expect(rewrite('pipy(() => ({ URL: 1 }), () => URL)')).toContain('() => $scope.context.URL')
    expect(rewrite('pipy(() => { return { URL: 1 } }, () => URL)')).toContain('() => $scope.context.URL')
    expect(rewrite("pipy().export('ns', { Map: 1 }).on(() => Map)")).toContain('() => $scope.context.Map')
  })

  test('names are listed with the place of their first use', () => {
    const script = rewriteScript('pipy({ _a: 1 }).f(\n  () => _a + _b,\n  () => Math.abs(_b)\n)', { file: 'proxy.js' })
    expect(script.contextNames).toEqual([
      { name: '_a', line: 2, column: 9 },
      { name: '_b', line: 2, column: 14 },
    ])
    expect(script.globalNames).toEqual([
      { name: 'pipy', line: 1, column: 1 },
      { name: 'Math', line: 3, column: 9 },
    ])
    expect(script.declaredNames).toEqual(['_a'])
  })

  test('a name that is only asked for with typeof need not exist', () => {
    expect(rewriteScript('() => typeof _x', { file: 'proxy.js' }).contextNames).toEqual([])
  })

  test('a script that has a $scope of its own keeps it', () => {
    const script = rewriteScript('$scope => [$scope, _x]', { file: 'proxy.js' })
    expect(script.code).toBe('return ($scope => [$scope, $scope_.context._x])')
    expect(script.parameterNames[0]).toBe('$scope_')
  })
})

describe('rewriteScript takes every form of a script', () => {
  test.each([
    ['without a final newline', 'pipy()', 'return (pipy())'],
    ['with a semicolon', 'pipy();\n', 'return (pipy());\n'],
    ['with a trailing comment', 'pipy() // end', 'return (pipy()) // end'],
    ['with a semicolon after a comment', 'pipy() // end\n;', 'return (pipy() // end\n);'],
    ['with a #! line', '#!/usr/bin/env pipy\npipy()', '///usr/bin/env pipy\nreturn (pipy())'],
    ['with leading comments', '/* a */\n\n  pipy()\n\n  .listen(1)', '/* a */\n\n  return (pipy()\n\n  .listen(1))'],
    ['in parentheses', '(\n  pipy()\n)', 'return ((\n  pipy()\n))'],
    [
      'as a function of its configuration',
      "(config => pipy({ _r: config.r }).listen(config.port))(JSON.decode(pipy.load('x.json')))",
      "return ((config => pipy({ _r: config.r }).listen(config.port))(JSON.decode(pipy.load('x.json'))))",
    ],
    ['with defaults as constants', '((a = 1, b = a,) => pipy())()', 'return (((a = 1, b = a,) => pipy())())'],
    [
      'after statements',
      'var n = 1; const os = () => n\npipy().listen(os())',
      '{ var n = 1; const os = () => n\nreturn (pipy().listen(os())) }',
    ],
    [
      'after statements, with a semicolon',
      '_f();\npipy(); // end',
      '{ ;(0, $scope.context._f)();\nreturn (pipy()); } // end',
    ],
  ])('%s', (_, source, expected) => {
    expect(rewrite(source)).toBe(expected)
  })

  test('every line stays where it was', () => {
    const source = 'pipy({ _a: 1 })\n\n  .listen(8000)\n  .handleData(\n    () => (\n      _a = 2\n    )\n  ) // c\n'
    const lines = rewrite(source).split('\n')
    expect(lines).toHaveLength(source.split('\n').length)
    expect(lines[5]).toBe('      $scope.context._a = 2')
  })

  test('text around the body is counted by the source map', () => {
    const wrap = (names: readonly string[]): [string, string] => [`head\nfunction f(${names.join()}) {\n`, '\n}']
    const { code, map, parameterNames } = rewriteScript('pipy(\n)', { file: 'proxy.js', wrap })
    expect(code).toBe(`head\nfunction f(${parameterNames.join()}) {\nreturn (pipy(\n))\n}`)
    expect(map.mappings.startsWith(';;')).toBe(true)
  })
})

describe('A rewritten expression does what it does in the scope of the variables', () => {
  test.each([
    ['_a++ + ++_a - _a--'],
    ['(_a += _o.n, _a **= 3, _a)'],
    ['_n?.x ?? (_a ||= 5)'],
    ['[_a, _b] = [_b, _a]'],
    ['([_a, [..._b]] = _l, [_a, _b])'],
    ['({ n: _a, m: _b = _a, ..._o } = _o)'],
    ['(({ n: _a }, [_b] = [_a]) => [_a, _b])(_o)'],
    ['_l.map(_a => _a + _b)'],
    ['((_a) => { _a = 5; return () => _a })(1)() + _a'],
    ['`${_b}${`${_a}`}` + typeof _a + typeof _o.q'],
    ['_f?.(_a) + _o.f?.(..._l) + _o?.["f"](_b)'],
    ['_f`${_a}`'],
    ['(() => { for (_a of [1, 2]) _b += _a; for (var i = 0; i < 2; i++) _a += i; return _b })()'],
    ['(() => { try { throw _b } catch (_a) { _b = _a + 1 } finally { _a++ } return [_a, _b] })()'],
    ['(() => { switch (_a) { case 1: let _b = 2; return _b } })()'],
    ['(() => { switch (_a) { case 1: let _a = 2; return _a } })()'],
    ['({ _a, _b, [_b]: _a, get c() { return _a }, _f() { return _a } }).c'],
    ['(() => { class A { static n = _a; m = _b; [_b]() { return _o } } return [A.n, new A().m, new A().b()] })()'],
    ['(delete _o.n, _o)'],
    ['((a, b = () => a + _a, c = b()) => { var a = 10; return [a, b(), c] })(1)'],
    ['[...(function* () { yield _a; yield* _l })()]'],
    ['(() => { _a: for (;;) { break _a } return _a })()'],
    ['new (class { constructor() { this.v = _a } })().v'],
    ['(_a, _b)'],
    ['((_a)) + (_o).n'],
    ['void (_a = 7)'],
    ['"n" in _o && _l instanceof Array'],
  ])('%s', (source) => {
    const script = rewriteScript(`() => ${source}`, { file: 'proxy.js' })
    const [expected, actual] = [createVariables(), createVariables()]
    // eslint-disable-next-line no-implied-eval -- the oracle: `with` is what Pipy's scoping amounts to
    const oracle = new Function('context', `with (context) { return (() => ${source})() }`) as (
      context: object,
    ) => unknown
    // eslint-disable-next-line no-implied-eval -- what an adapter does with node:vm
    const load = new Function('$scope', script.code) as (scope: object) => () => unknown
    expect(JSON.stringify(load({ context: actual })())).toEqual(JSON.stringify(oracle(expected)))
    expect(JSON.stringify(actual)).toEqual(JSON.stringify(expected))
  })
})

describe('rewriteScript carries the context over promises', () => {
  test.each([
    [
      'await',
      'async () => await _f(_x)',
      'async () => $scope.take($scope.context, await $scope.settle( (0, $scope.context._f)($scope.context._x)))',
    ],
    [
      'await inside await',
      'async a => await (await a).b',
      'async a => $scope.take($scope.context, await $scope.settle( ($scope.take($scope.context, await $scope.settle( a))).b))',
    ],
    [
      'then',
      '() => _p.then(a => _x = a, _f)',
      '() => $scope.context._p.then($scope.bind((a => $scope.context._x = a)), $scope.bind(($scope.context._f)))',
    ],
    [
      'catch and finally',
      '() => _p.catch(_f).finally((1, _g))',
      '() => $scope.context._p.catch($scope.bind(($scope.context._f))).finally(($scope.bind((1, $scope.context._g))))',
    ],
  ])('%s', (_, source, expected) => {
    expect(rewrite(source)).toBe(`return (${expected})`)
  })
})

describe('rewriteScript refuses', () => {
  test('a syntax error, with its place, the line and a caret', () => {
    const error = refusal('pipy()\n  .listen(8000))\n')
    expect(error.code).toBe('SCRIPT_SYNTAX')
    expect(error.location).toEqual({ file: 'proxy.js', line: 2, column: 16 })
    expect(error.message).toBe(
      'Cannot parse script: unexpected token at proxy.js:2:16\n2 |   .listen(8000))\n  |                ^',
    )
  })

  test('a syntax error in a line with tabs, with the caret under its character', () => {
    expect(refusal('pipy()\n\t.a(\t%)').message).toBe(
      'Cannot parse script: unexpected token at proxy.js:2:6\n2 | \t.a(\t%)\n  | \t   \t^',
    )
  })

  test('a syntax error in a very long line, showing a part of it', () => {
    const [, line = '', caret = ''] = refusal(`f(${'a,'.repeat(5000)}%)`).message.split('\n')
    expect(line.length).toBeLessThan(130)
    expect(line[caret.indexOf('^')]).toBe('%')
  })

  test.each([
    ['delete of a variable', '() => delete _x', 'Cannot delete "_x": only properties can be deleted'],
    [
      'an assignment to a global',
      '() => Math = 1',
      'Cannot assign to "Math": it is a global; declare a variable of that name in pipy({ … })',
    ],
    ['an assignment to __inbound', '() => __inbound = 1', 'Cannot assign to "__inbound": it is not for changing'],
    [
      'an assignment to __filename',
      '() => ({ __filename } = {})',
      'Cannot assign to "__filename": it is not for changing',
    ],
    [
      'for await',
      'async () => { for await (const a of b) a }',
      'Cannot use "for await" in a script: await inside a loop instead',
    ],
    [
      'an async generator',
      '(async function* () {})',
      'Cannot use an async generator in a script: use an async function instead',
    ],
    [
      'a script without a result',
      'var a = 1',
      'Cannot use script: its last statement is no expression; expected pipy({ … }) and its pipelines',
    ],
    ['an empty script', '// nothing', 'Cannot use script: it is empty; expected pipy({ … }) and its pipelines'],
    ['an import', 'import "x"', "Cannot parse script: 'import' and 'export' may appear only with 'sourceType: module'"],
  ])('%s', (_, source, expected) => {
    const error = refusal(source)
    expect(error.code).toBe('SCRIPT_SYNTAX')
    expect(error.message).toContain(expected)
    expect(error.message).toMatch(/ at proxy\.js:1:\d+\n1 \| /)
  })
})
