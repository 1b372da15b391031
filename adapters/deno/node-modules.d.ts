/**
 * What this adapter uses of Node's modules, which Deno has built in, declared by hand: with Node's own types it could use
 * what Deno does not have. https://docs.deno.com/runtime/fundamentals/node/
 */
/** Its types are in tcp-socket.ts. */
declare module 'node:net' {}

declare module 'node:timers' {
  export function setImmediate(callback: () => void): unknown
}

declare module 'node:fs' {
  export function readFileSync(path: string): Uint8Array
}

declare module 'node:url' {
  export function fileURLToPath(url: string): string
  export function pathToFileURL(path: string): { readonly href: string }
}

declare module 'node:vm' {
  export function compileFunction(
    code: string,
    parameterNames: readonly string[],
    options: { readonly filename: string },
  ): (...parameters: readonly unknown[]) => unknown
}

declare module 'node:buffer' {
  export const Buffer: {
    readonly prototype: { latin1Slice(this: Uint8Array, start: number, end: number): string }
  }
}

declare module 'node:process' {
  const process: {
    readonly argv: readonly string[]
    readonly env: Readonly<Record<string, string | undefined>>
    readonly stdout: { write(text: string): unknown }
    readonly stderr: { write(text: string): unknown }
    cwd(): string
    exit(code: number): void
    on(name: string, listener: (value: unknown) => void): unknown
  }
  export default process
}
