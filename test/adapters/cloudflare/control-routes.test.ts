import { describe, expect, test } from 'vitest'
import { controlRoutes } from '../../../adapters/cloudflare/control-routes.ts'

const SECRET = 'open-sesame'
const routes = controlRoutes()

interface Call {
  readonly path?: string
  readonly method?: string
  readonly authorization?: string
  readonly env?: Readonly<Record<string, unknown>>
}

function ask({ path = '/_sluice/health', method = 'GET', authorization, env = { SLUICE_SECRET: SECRET } }: Call) {
  const headers: Record<string, string> = authorization === undefined ? {} : { authorization }
  return routes(new Request(`http://worker${path}`, { method, headers }), env, () => ({ requests: 3 }))
}

describe('controlRoutes', () => {
  test('answers health to whoever knows the secret', async () => {
    const response = await ask({ authorization: `Bearer ${SECRET}` })
    expect([response?.status, await response?.text()]).toEqual([200, 'ok\n'])
    expect(response?.headers.get('cache-control')).toBe('no-store')
  })

  test('answers stats with what the Worker and its pool have counted', async () => {
    const response = await ask({ path: '/_sluice/stats', authorization: `bearer ${SECRET}` })
    expect(response?.status).toBe(200)
    expect(await response?.json()).toEqual({ isolate: { requests: 3 }, pool: null })
  })

  test.each([
    [undefined],
    [''],
    ['Bearer'],
    ['Bearer '],
    ['Bearer wrong'],
    [`Bearer ${SECRET}x`],
    [`Bearer ${SECRET.slice(1)}`],
    [`Bearer ${SECRET} ${SECRET}`],
    [`Basic ${SECRET}`],
    [SECRET],
  ])('answers 401 for Authorization: %s', async (authorization) => {
    const call = authorization === undefined ? {} : { authorization }
    for (const path of ['/_sluice/health', '/_sluice/stats']) {
      const response = await ask({ ...call, path })
      expect(response?.status).toBe(401)
      expect(response?.headers.get('www-authenticate')).toBe('Bearer realm="sluice"')
      expect(await response?.text()).toBe('Unauthorized\n')
    }
  })

  test.each([[{}], [{ SLUICE_SECRET: '' }], [{ SLUICE_SECRET: 1 }], [undefined]])(
    'leaves all paths to the proxy when env is %j',
    (env) => {
      expect(routes(new Request('http://worker/_sluice/health'), env)).toBeUndefined()
    },
  )

  test.each([['/'], ['/_sluice'], ['/_sluice/'], ['/_sluice/health/'], ['/_sluice/other'], ['/x/_sluice/health']])(
    'leaves %s to the proxy',
    (path) => {
      expect(ask({ path, authorization: `Bearer ${SECRET}` })).toBeUndefined()
    },
  )

  test('answers 405 for a method that is none of these routes, but only to whoever knows the secret', async () => {
    expect((await ask({ method: 'POST' }))?.status).toBe(401)
    const response = await ask({ method: 'POST', authorization: `Bearer ${SECRET}` })
    expect([response?.status, response?.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
    expect((await ask({ method: 'HEAD', authorization: `Bearer ${SECRET}` }))?.status).toBe(200)
  })

  test('takes the secret from another variable, and has its routes under another path', async () => {
    const own = controlRoutes({ secret: 'TOKEN', base: '/control' })
    const request = new Request('http://worker/control/health', { headers: { authorization: 'Bearer t' } })
    expect((await own(request, { TOKEN: 't' }))?.status).toBe(200)
    expect(own(request, { SLUICE_SECRET: 't' })).toBeUndefined()
  })
})
