/** What this adapter uses of Deno itself, declared by hand, so that nobody has to install its types. */
interface DenoGlobal {
  readonly args: readonly string[]
  unrefTimer(id: number): void
}

/** https://docs.deno.com/api/deno/ */
export const { Deno } = globalThis as unknown as { readonly Deno: DenoGlobal }
