/**
 * The path of a file of a folder.
 * @param path relative to the folder, also when it begins with `/`
 * @returns undefined when it leads out of the folder
 */
export function pathInside(folder: string, path: string): string | undefined {
  const names: string[] = []
  for (const name of path.split('/')) {
    if (name === '..' && names.pop() === undefined) return undefined
    if (name !== '..' && name !== '.' && name !== '') names.push(name)
  }
  return `${folder}/${names.join('/')}`
}
