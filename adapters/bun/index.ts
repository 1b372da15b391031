/** Sluice on Bun: proxies over Bun's own TCP sockets, and the command. */

export { BunTransport } from './bun-transport.ts'
export { runCommand } from './run-command.ts'
export { bunTransport, serve, type ServeOptions } from './serve.ts'
