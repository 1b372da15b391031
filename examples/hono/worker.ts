/** The same application as a Cloudflare Worker. */
export { default } from './app.ts'
