import { nodeTransport } from 'sluice/node'
import { nodeExecutables } from '../../end-to-end/support/node-executables.ts'
import type { RuntimeName } from '../runtimes.ts'
import type { RuntimeUnderTest } from './runtime-under-test.ts'
import { startProcess } from './start-process.ts'

/** The command on a Node of this major, which is the one that runs the tests or the machine's own. */
export function nodeRuntime(
  name: RuntimeName,
  major: number,
  proxy = 'test/runtimes/proxy-under-test.ts',
): RuntimeUnderTest {
  const node = nodeExecutables.find((executable) => executable.major === major)
  return {
    name,
    capabilities: nodeTransport.capabilities,
    absent: node === undefined ? `this machine has no Node ${major}` : undefined,
    start: () => startProcess(node?.file ?? '', ['adapters/node.js', proxy]),
  }
}
