/** A number of 32 bits that both arguments decide in every bit: MurmurHash3's last step over their mixture. */
export function mixHash(value: number, seed: number): number {
  let mixed = Math.imul(value ^ seed, 0x9e3779b1)
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}
