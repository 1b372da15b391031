/** Sluice on Deno: proxies over TCP, and the command. */

export { DenoTransport } from './deno-transport.ts'
export { runCommand } from './run-command.ts'
export { denoTransport, serve, type ServeOptions } from './serve.ts'
