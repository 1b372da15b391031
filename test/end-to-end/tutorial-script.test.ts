import { vi } from 'vitest'
import { describeConnectionPool } from './connection-pool.cases.ts'
import { nodeExecutables } from './support/node-executables.ts'
import { poolScript } from './support/pool-script.ts'
import { ProxyProcess } from './support/proxy-process.ts'
import { createScriptFolder } from './support/script-folder.ts'

vi.setConfig({ testTimeout: 20_000 })

for (const node of nodeExecutables) {
  describeConnectionPool(`a connection-pool script written for Pipy, on Node ${node.major},`, async (routes) => {
    const folder = createScriptFolder({ 'proxy.js': poolScript(routes) })
    return (await ProxyProcess.start(['proxy.js'], { folder, node })).port
  })
}
