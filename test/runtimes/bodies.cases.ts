import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { gunzipSync, gzipSync } from 'node:zlib'
import { expect } from 'vitest'
import { nextBytes } from './support/next-bytes.ts'
import type { FeatureCases } from './support/scenario.ts'
import { headOf, readAnswer } from './support/test-client.ts'

const MEBIBYTE = 1024 * 1024

/** Bytes of which no two pieces are alike. */
function createBody(seed: string): Buffer {
  const pieces = Array.from({ length: 256 }, (_, i) => Buffer.alloc(64 * 1024, `${seed} ${i * 7919}, `))
  return Buffer.concat(pieces)
}

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

export const STREAMED_ANSWERS: FeatureCases = {
  feature: 'streamed answers',
  describe: (scenario) => {
    scenario('the first piece is there before the upstream has written the next', [], async (world) => {
      let next: (text: string) => void = () => undefined
      let end: () => void = () => undefined
      const upstream = await world.upstream((_, response) => {
        response.write('first')
        next = (text) => response.write(text)
        end = () => response.end()
      })
      const message = world.client().open('/at/', [upstream.address])
      message.end()
      const response = await headOf(message)
      expect(await nextBytes(response)).toBe('first')
      next('second')
      expect(await nextBytes(response)).toBe('second')
      end()
      expect((await readAnswer(response)).text).toBe('')
    })

    scenario('the head is there before the body has begun', [], async (world) => {
      let end: (text: string) => void = () => undefined
      const upstream = await world.upstream((_, response) => {
        response.writeHead(200, { 'x-early': '1', 'content-length': 4 }).flushHeaders()
        end = (text) => response.end(text)
      })
      const message = world.client().open('/at/', [upstream.address])
      message.end()
      const response = await headOf(message)
      expect(response.headers['x-early']).toBe('1')
      end('body')
      expect((await readAnswer(response)).text).toBe('body')
    })

    scenario('Content-Length and chunks give the same body', [], async (world) => {
      const upstream = await world.upstream(({ url }, response) => {
        if (url === '/at/length') response.setHeader('content-length', 10)
        response.write('01234')
        response.end('56789')
      })
      const client = world.client()
      for (const path of ['/at/length', '/at/chunks']) {
        expect((await client.ask(path, [upstream.address])).text).toBe('0123456789')
      }
    })

    scenario('a body that ends with the connection is whole', [], async (world) => {
      const upstream = await world.rawUpstream((socket) => {
        socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nto the end'))
      })
      expect((await world.client().ask('/at/', [upstream.address])).text).toBe('to the end')
    })
  },
}

export const STREAMED_REQUESTS: FeatureCases = {
  feature: 'streamed requests',
  describe: (scenario) => {
    scenario('the upstream has the first piece before the client has sent the next', [], async (world) => {
      const pieces: string[] = []
      let tell: () => void = () => undefined
      const upstream = await world.upstream((request, response) => {
        request.setEncoding('utf8').on('data', (piece: string) => {
          pieces.push(piece)
          tell()
        })
        request.on('end', () => response.end(pieces.join()))
      })
      const message = world.client().open('/at/', [upstream.address], { method: 'POST' })
      const arrived = new Promise<void>((resolve) => (tell = resolve))
      message.write('first')
      await arrived
      expect(pieces).toEqual(['first'])
      message.end('second')
      expect((await readAnswer(await headOf(message))).text).toBe('first,second')
    })

    scenario('an echo answers while the request is still being sent', [], async (world) => {
      const upstream = await world.upstream((request, response) => request.pipe(response))
      const message = world.client().open('/at/', [upstream.address], { method: 'POST' })
      const head = headOf(message)
      message.write('first')
      const response = await head
      expect(await nextBytes(response)).toBe('first')
      message.write('second')
      expect(await nextBytes(response)).toBe('second')
      message.end()
      expect((await readAnswer(response)).text).toBe('')
    })

    scenario('Content-Length and chunks bring the same body', [], async (world) => {
      const upstream = await world.upstream((request, response) => request.pipe(response))
      const client = world.client()
      for (const headers of [{ 'content-length': '10' }, { 'transfer-encoding': 'chunked' }]) {
        const answer = await client.ask('/at/', [upstream.address], { method: 'PUT', headers, body: '0123456789' })
        expect(answer.text).toBe('0123456789')
      }
    })

    scenario('a length that the client tells reaches the upstream', [], async (world) => {
      const upstream = await world.upstream((request, response) => {
        request.resume().on('end', () => response.end(request.headers['content-length']))
      })
      const headers = { 'content-length': '5' }
      const answer = await world.client().ask('/at/', [upstream.address], { method: 'POST', headers, body: 'hello' })
      expect(answer.text).toBe('5')
    })

    scenario('Expect: 100-continue is agreed to', [], async (world) => {
      const upstream = await world.upstream((request, response) => request.pipe(response))
      const headers = { expect: '100-continue', 'content-length': '5' }
      const message = world.client().open('/at/', [upstream.address], { method: 'POST', headers })
      message.flushHeaders()
      await once(message, 'continue')
      message.end('hello')
      expect((await readAnswer(await headOf(message))).text).toBe('hello')
    })
  },
}

export const LARGE_BODIES: FeatureCases = {
  feature: 'bodies of 16 MiB',
  describe: (scenario) => {
    scenario('an answer of 16 MiB arrives byte for byte', [], async (world) => {
      const body = createBody('down')
      const upstream = await world.upstream((_, response) => response.end(body))
      const answer = await world.client().ask('/at/', [upstream.address])
      expect([answer.body.length, digest(answer.body)]).toEqual([16 * MEBIBYTE, digest(body)])
    })

    scenario('a request of 16 MiB arrives byte for byte', [], async (world) => {
      const body = createBody('up')
      const upstream = await world.upstream((request, response) => {
        const hash = createHash('sha256')
        request.on('data', (piece: Buffer) => hash.update(piece))
        request.on('end', () => response.end(hash.digest('hex')))
      })
      const answer = await world.client().ask('/at/', [upstream.address], { method: 'POST', body })
      expect(answer.text).toBe(digest(body))
    })
  },
}

const PLAIN = 'compressed '.repeat(1000)

export const COMPRESSED_BODIES: FeatureCases = {
  feature: 'compressed bodies',
  describe: (scenario) => {
    scenario('a gzip answer arrives as the bytes that the upstream sent', [], async (world) => {
      const bytes = gzipSync(PLAIN)
      const upstream = await world.upstream((_, response) => {
        response.setHeader('content-encoding', 'gzip').setHeader('content-length', bytes.length).end(bytes)
      })
      const headers = { 'accept-encoding': 'gzip' }
      const answer = await world.client().ask('/at/', [upstream.address], { headers })
      expect(answer.headers['content-encoding']).toBe('gzip')
      expect(answer.body.equals(bytes)).toBe(true)
    })

    scenario('a gzip answer can be read by the client, whatever Content-Encoding it gets', [], async (world) => {
      const bytes = gzipSync(PLAIN)
      const upstream = await world.upstream((_, response) => {
        response.setHeader('content-encoding', 'gzip').end(bytes)
      })
      const headers = { 'accept-encoding': 'gzip' }
      const answer = await world.client().ask('/at/', [upstream.address], { headers })
      const isCompressed = answer.headers['content-encoding'] === 'gzip'
      expect((isCompressed ? gunzipSync(answer.body).toString() : answer.text) === PLAIN).toBe(true)
    })

    scenario('a gzip request arrives as the bytes that the client sent', [], async (world) => {
      const upstream = await world.upstream((request, response) => {
        response.setHeader('x-encoding', String(request.headers['content-encoding']))
        request.pipe(response)
      })
      const headers = { 'content-encoding': 'gzip' }
      const body = gzipSync(PLAIN)
      const answer = await world.client().ask('/at/', [upstream.address], { method: 'POST', headers, body })
      expect(answer.headers['x-encoding']).toBe('gzip')
      expect(answer.body.equals(body)).toBe(true)
    })
  },
}

export const TRAILERS: FeatureCases = {
  feature: 'trailers and interim answers',
  describe: (scenario) => {
    scenario('the trailer of an answer passes', ['tcpListen', 'rawHeaders'], async (world) => {
      const upstream = await world.upstream((_, response) => {
        response.setHeader('trailer', 'x-sum').write('body')
        response.addTrailers({ 'x-sum': '42' })
        response.end()
      })
      const answer = await world.client().ask('/at/', [upstream.address], { headers: { te: 'trailers' } })
      expect([answer.text, answer.trailers]).toEqual(['body', { 'x-sum': '42' }])
    })

    scenario('the trailer of a request passes', ['tcpListen', 'rawHeaders'], async (world) => {
      const upstream = await world.upstream((request, response) => {
        request.resume().on('end', () => response.end(String(request.trailers['x-sum'])))
      })
      const headers = { trailer: 'x-sum', 'transfer-encoding': 'chunked' }
      const message = world.client().open('/at/', [upstream.address], { method: 'POST', headers })
      message.write('body')
      message.addTrailers({ 'x-sum': '42' })
      message.end()
      expect((await readAnswer(await headOf(message))).text).toBe('42')
    })

    scenario('103 Early Hints passes before the answer', ['tcpListen', 'rawHeaders'], async (world) => {
      let end: () => void = () => undefined
      const upstream = await world.upstream((_, response) => {
        response.writeEarlyHints({ link: '</a.css>; rel=preload' })
        end = () => response.end('answer')
      })
      const message = world.client().open('/at/', [upstream.address])
      message.end()
      const answer = headOf(message)
      const [{ statusCode, headers }] = (await once(message, 'information')) as [
        { statusCode: number; headers: Record<string, string> },
      ]
      expect([statusCode, headers['link']]).toEqual([103, '</a.css>; rel=preload'])
      end()
      expect((await readAnswer(await answer)).text).toBe('answer')
    })
  },
}
