/** A file's path, from a folder unless it is absolute. @param folder undefined for that of the process */
export function placeFile(path: string, folder: string | undefined): string {
  const isAbsolute = /^(?:[/\\]|[A-Za-z]:[/\\])/.test(path)
  return isAbsolute || folder === undefined ? path : `${folder}/${path.replace(/^(?:\.\/)+/, '')}`
}
