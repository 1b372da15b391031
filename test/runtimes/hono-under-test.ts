/** The proxy under test inside a Hono application. */
import { Hono } from 'hono'
import { sluice } from 'sluice/hono'
import proxy from './proxy-under-test.ts'

export default new Hono().all('*', sluice(proxy))
