import { afterEach, expect, test } from 'vitest'
import { type StartedWorker, startWorker } from './start-worker.ts'

let worker: StartedWorker | undefined

afterEach(async () => {
  await worker?.dispose()
  worker = undefined
})

test('startWorker runs a Worker with its variables and services inside workerd and collects its lines', async () => {
  worker = await startWorker({
    code: `import { algo } from 'sluice'
      export class Counter { count = 0; fetch() { return new Response(String(++this.count)) } }
      export default { async fetch(request, env) {
        console.log('asked for ' + new URL(request.url).pathname)
        const answer = await env.OTHER.fetch('http://other/')
        const counter = env.COUNTER.get(env.COUNTER.idFromName('one'))
        await counter.fetch('http://counter/')
        const count = await (await counter.fetch('http://counter/')).text()
        return new Response([navigator.userAgent, env.NAME, await answer.text(), typeof algo.Cache, count].join())
      } }`,
    vars: { NAME: 'name' },
    services: { OTHER: () => new Response('other') },
    durableObjects: { COUNTER: 'Counter' },
  })
  const response = await fetch(`${worker.url}path`)
  expect(await response.text()).toBe('Cloudflare-Workers,name,other,function,2')
  await expect.poll(() => worker?.lines).toContain('asked for /path')
})
