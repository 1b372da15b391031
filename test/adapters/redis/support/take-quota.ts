/**
 * A process that takes from a quota in Redis: `node take-quota.ts URL NAME LIMIT COUNT`. It says "ready", waits for a line, asks
 * COUNT times at once for one, and prints how many it was given.
 */
import { once } from 'node:events'
import { createClient } from 'redis'
import { Quota } from '../../../../src/algorithms/quota/quota.ts'
import { RedisQuotaStore } from '../../../../adapters/redis/redis-quota-store.ts'

const [url = '', name = '', limit, count] = process.argv.slice(2)
const client = createClient({ url })
client.on('error', () => undefined)
await client.connect()
const quota = new Quota(Number(limit), {
  perMs: 3_600_000,
  name,
  store: new RedisQuotaStore({ client, whenAway: 'closed', timeoutMs: 20_000 }),
})
console.log('ready')
await once(process.stdin, 'data')
const grants = await Promise.all(Array.from({ length: Number(count) }, async () => await quota.take(1)))
console.log(`taken ${grants.reduce((sum, { taken }) => sum + taken, 0)}`)
client.destroy()
process.stdin.destroy()
