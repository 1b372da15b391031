/** What this adapter uses of Node's modules, which Bun has built in. */
declare module 'node:fs' {
  export function readFileSync(path: string): Uint8Array
}

declare module 'node:url' {
  export function fileURLToPath(url: string): string
  export function pathToFileURL(path: string): { readonly href: string }
}
