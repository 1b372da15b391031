/** What the pages say of gateways is true. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { CommandProcess } from '../command/command-process.ts'
import { readCodeBlocks } from '../end-to-end/support/code-blocks.ts'
import { PROJECT_FOLDER } from '../end-to-end/support/project-folder.ts'
import { createScriptFolder } from '../end-to-end/support/script-folder.ts'

vi.setConfig({ testTimeout: 30_000 })

const README = readFileSync(join(PROJECT_FOLDER, 'README.md'), 'utf8')
const PAGE = readFileSync(join(PROJECT_FOLDER, 'src/gateway/README.md'), 'utf8')

test('the configurations in README.md and in that of the gateway say the same', async () => {
  const yaml = readCodeBlocks(README, 'yaml').find((block) => block.startsWith('listen: 8000')) ?? ''
  const [module = ''] = readCodeBlocks(PAGE, 'ts')
  const folder = createScriptFolder({ 'a.yaml': yaml, 'a.ts': module })
  const [first, second] = await Promise.all(
    ['a.yaml', 'a.ts'].map((file) => CommandProcess.run(['--check', file], { folder })),
  )
  expect(first).toMatchObject({ code: 0, stderr: '' })
  expect(first?.stdout).toContain('"route 1" (GET or HEAD /users/:id/*)')
  expect(second).toEqual(first)
})

test("the gateway's page shows what the command says of mistakes", async () => {
  const [shown = ''] = readCodeBlocks(PAGE, 'text')
  const yaml =
    'listen: 8000\nservices:\n  web: 127.0.0.1:8080\nroutes:\n  - path: /x/*\n    servce: web\n    answer: {}\n' +
    '  - service: web\n    method: [GET]\n'
  const files = { 'sluice.config.yaml': yaml.replace('[GET]', '\n      - GET\n      - 5') }
  const { stderr } = await CommandProcess.run(['--check', 'sluice.config.yaml'], { files })
  expect(stderr).toBe(shown)
})

const VARIABLES = {
  COOKIE_SECRET: 'a secret of 24 letters..',
  ORIGIN_KEY: 'origin',
  UPSTREAM_AUTHORIZATION: 'Bearer x',
}

test('the configurations for found targets and for secrets on the page of the gateway are some', async () => {
  const blocks = readCodeBlocks(PAGE, 'yaml')
  expect(blocks).toHaveLength(2)
  const [found, secret] = await Promise.all(
    blocks.map((text) =>
      CommandProcess.run(['--check', 'a.yaml'], { files: { 'a.yaml': text }, environment: VARIABLES }),
    ),
  )
  expect(found).toMatchObject({ code: 0, stderr: '' })
  expect(found?.stdout).toContain(
    'targets from DNS SRV of "_http._tcp.users.internal", asked of 10.0.0.53; round-robin',
  )
  expect(secret).toMatchObject({ code: 0, stderr: '' })
  expect(secret?.stdout).toContain('request gets authorization: $UPSTREAM_AUTHORIZATION')
  const [text = '', shown = ''] = [blocks[1], readCodeBlocks(PAGE, 'text')[1]]
  const { COOKIE_SECRET: _, ...environment } = VARIABLES
  const files = { 'sluice.config.yaml': text }
  expect(await CommandProcess.run(['--check', 'sluice.config.yaml'], { files, environment })).toEqual({
    code: 1,
    stdout: '',
    stderr: shown,
  })
})

test.each(
  [...PAGE.matchAll(/^\| `((?:host|path|method|header|query): .+?)` \|/gm)].map(([, condition = '']) => condition),
)('the condition %s is one', async (condition) => {
  const files = { 'a.yaml': `listen: 0\nroutes:\n  - answer: {}\n    ${condition}\n` }
  expect(await CommandProcess.run(['--check', 'a.yaml'], { files })).toMatchObject({ code: 0, stderr: '' })
})

test.each([...PAGE.matchAll(/`((?:rewrite|requestHeaders): \{.+?\})`/g)].map(([, change = '']) => change))(
  'the change %s is one',
  async (change) => {
    const yaml = `listen: 0\nservices: { web: "127.0.0.1:1" }\nroutes:\n  - service: web\n    path: /api/:id/*\n    ${change}\n`
    expect(await CommandProcess.run(['--check', 'a.yaml'], { files: { 'a.yaml': yaml } })).toMatchObject({
      code: 0,
      stderr: '',
    })
  },
)
