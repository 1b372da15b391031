import { expect } from 'vitest'
import { readCodeBlocks } from './code-blocks.ts'
import { HttpClient } from './http-client.ts'

/**
 * Does what a page shows in a terminal, `$ curl URL…`, and compares what comes with what stands there. As curl does, each
 * command has one connection for all its URLs. Commands of which the page shows no output are left out.
 * @param ports the real ports by those on the page
 */
export async function expectConsole(page: string, ports: Readonly<Record<number, number>>): Promise<void> {
  const commands = readCodeBlocks(page, 'console').flatMap(readCommands)
  expect(commands.length, 'the page shows commands').toBeGreaterThan(0)
  for (const { urls, output } of commands) {
    const bodies: string[] = []
    const client = await HttpClient.connect(ports[Number(urls[0]?.port)] as number)
    for (const { host, pathname, search } of urls) bodies.push((await client.get(pathname + search, host)).body)
    await client.leave()
    expect(withPagePorts(bodies.join(''), ports), urls.join(' ')).toBe(output)
  }
}

interface ShownCommand {
  readonly urls: readonly URL[]
  readonly output: string
}

function readCommands(block: string): ShownCommand[] {
  const commands = block.split(/^\$ /m).slice(1)
  return commands.flatMap((command) => {
    const end = command.indexOf('\n') + 1
    const [program, ...words] = command.slice(0, end).trim().split(' ')
    const output = command.slice(end)
    if (output === '') return []
    expect(program).toBe('curl')
    return { urls: words.map((word) => new URL(word)), output }
  })
}

function withPagePorts(text: string, ports: Readonly<Record<number, number>>): string {
  return Object.entries(ports).reduce((rest, [page, real]) => rest.replaceAll(String(real), page), text)
}
