import { test, vi } from 'vitest'
import { describeConnectionPool, expectConnectionPool, type StartPool } from '../end-to-end/connection-pool.cases.ts'
import { readExample } from '../end-to-end/support/example.ts'
import { currentNode, type NodeExecutable, otherNodes } from '../end-to-end/support/node-executables.ts'
import { ProxyProcess } from '../end-to-end/support/proxy-process.ts'
import { createScriptFolder } from '../end-to-end/support/script-folder.ts'

vi.setConfig({ testTimeout: 20_000 })

const RULES: readonly (readonly [pattern: string, port: number])[] = [
  ['/*', 8080],
  ['/hi/*', 8081],
]

for (const form of ['proxy.js', 'proxy.ts']) {
  describeConnectionPool(`example 03-connection-pool, ${form},`, startOn(form, currentNode))

  test.each(otherNodes)(`example 03-connection-pool, ${form}, does the same on Node $major`, async (node) => {
    await expectConnectionPool(startOn(form, node))
  })
}

function startOn(form: string, node: NodeExecutable): StartPool {
  return async (routes) => {
    const folder = createScriptFolder({ [form]: withRoutes(form, routes) })
    return (await ProxyProcess.start([form], { folder, node })).port
  }
}

/** The example with its two rules leading elsewhere; a rule that has no route is taken out. */
function withRoutes(form: string, routes: Readonly<Record<string, string>>): string {
  const unused = RULES.filter(([pattern]) => routes[pattern] === undefined)
  const used = RULES.flatMap(([pattern, port]) =>
    routes[pattern] === undefined ? [] : [[port, routes[pattern]] as const],
  )
  const text = readExample(`03-connection-pool/${form}`, Object.fromEntries(used))
  return unused.reduce((rest, [pattern, port]) => rest.replace(`'${pattern}': '127.0.0.1:${port}',`, ''), text)
}
