/** The folder of a file, without a slash at its end. @param file absolute */
export function folderOf(file: string): string {
  return file.replace(/[/\\][^/\\]*$/, '')
}
