import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { THIS_TREE } from '../machine/build-tree.ts'
import { readWorkerSettings } from './read-worker-settings.ts'
import { workerdConfig } from './workerd-config.ts'

test('workerdConfig writes what workerd reads, with variables of any text and Durable Objects', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-workerd-'))
  try {
    const settings = readWorkerSettings(join(THIS_TREE, 'wrangler.toml'))
    const options = { ...settings, port: 0, variables: { ROUTES: '{"/*":"a\\b"}' }, durableObjects: { POOL: 'Pool' } }
    writeFileSync(join(folder, 'worker.js'), 'export default {}; export class Pool {}')
    writeFileSync(join(folder, 'worker.capnp'), workerdConfig(options))
    const program = join(THIS_TREE, 'node_modules', '.bin', 'workerd')
    const { status, stderr } = spawnSync(program, ['compile', '--config-only', 'worker.capnp'], { cwd: folder })
    expect([status, String(stderr)]).toEqual([0, ''])
  } finally {
    rmSync(folder, { recursive: true })
  }
})
