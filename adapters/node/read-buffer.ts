const READ_BUFFER_BYTES = 256 * 1024

/**
 * What all sockets of the process read into, so that it stays hot in the cache and reading allocates nothing. Its content
 * is gone with the next socket's read. It is no Buffer, whose `slice` makes no copy, unlike that of other byte arrays.
 */
export const readBuffer: Uint8Array = new Uint8Array(READ_BUFFER_BYTES)
