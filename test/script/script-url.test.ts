import { describe, expect, test } from 'vitest'
import { ScriptURL } from '../../src/script/script-url.ts'

describe('URL of scripts', () => {
  test('has the fields of Pipy', () => {
    const url = new ScriptURL('http://me:secret@host.net:8123/log/x?a=1&b#top')
    expect(url.path).toBe('/log/x?a=1&b')
    expect(url.query).toBe('a=1&b')
    expect(url.auth).toBe('me:secret')
    expect([url.host, url.hostname, url.port]).toEqual(['host.net:8123', 'host.net', '8123'])
    expect([url.protocol, url.pathname, url.search, url.hash]).toEqual(['http:', '/log/x', '?a=1&b', '#top'])
  })

  test.each([
    ['http://h/p', 'h', '80'],
    ['https://h', 'h', '443'],
    ['http://h:80/p', 'h:80', '80'],
    ['https://u:1@h:443?q', 'h:443', '443'],
    ['http://[::1]/', '[::1]', '80'],
    ['http://[::1]:80/', '[::1]:80', '80'],
    ['http://h/a:90/', 'h', '80'],
  ])('%s has host %s and port %s', (text, host, port) => {
    const url = new ScriptURL(text)
    expect([url.host, url.port]).toEqual([host, port])
  })

  test('takes the written port of the base only when the host is the base’s', () => {
    expect(new ScriptURL('/p', 'http://h:80').host).toBe('h:80')
    expect(new ScriptURL('http://g/p', 'http://h:80').host).toBe('g')
    expect(new ScriptURL('//g:80/p', 'http://h').host).toBe('g:80')
  })

  test('is a standard URL in every other way', () => {
    const url = new ScriptURL('http://h/?a=1')
    expect(url).toBeInstanceOf(URL)
    expect(url.searchParams.get('a')).toBe('1')
    expect(() => new ScriptURL('/p')).toThrow(TypeError)
  })
})
