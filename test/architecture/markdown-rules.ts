import { posix } from 'node:path'

/** Pages by path. */
type Pages = ReadonlyMap<string, string>

/**
 * Links between pages and to files lead somewhere, and so do their anchors.
 * @param exists tells whether a path from the project's folder exists
 */
export function checkLinks(pages: Pages, exists: (path: string) => boolean): string[] {
  const violations: string[] = []
  for (const [path, text] of pages) {
    for (const target of linksOf(text)) {
      if (/^[a-z][a-z0-9+.-]*:/i.test(target)) continue
      const [file = '', anchor] = target.split('#')
      const linked = file === '' ? path : posix.join(posix.dirname(path), decodeURI(file))
      if (linked.startsWith('..') || !exists(linked)) {
        violations.push(`${path} links to ${target}, which does not exist: mend the link`)
      } else if (anchor !== undefined && pages.has(linked) && !anchorsOf(pages.get(linked) ?? '').has(anchor)) {
        violations.push(`${path} links to ${target}: ${linked} has no heading "${anchor}"`)
      }
    }
  }
  return violations
}

/** The npm scripts that a page tells its reader to run exist. */
export function checkCommands(pages: Pages, scripts: readonly string[]): string[] {
  const violations: string[] = []
  for (const [path, text] of pages) {
    for (const [, script = ''] of text.matchAll(/\bnpm run ([\w:-]+)/g)) {
      if (!scripts.includes(script))
        violations.push(`${path} says "npm run ${script}": package.json has no such script`)
    }
  }
  return violations
}

function linksOf(text: string): string[] {
  const prose = withoutCode(text)
  const inline = [...prose.matchAll(/\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g)]
  const references = [...prose.matchAll(/^\s{0,3}\[[^\]]+\]:\s*<?(\S+?)>?\s*$/gm)]
  const images = [...prose.matchAll(/<(?:img|a)\s[^>]*(?:src|href)="([^"]+)"/g)]
  return [...inline, ...references, ...images].map(([, target = '']) => target)
}

/** The anchors that a page's headings get where it is shown on the web. */
function anchorsOf(text: string): Set<string> {
  const anchors = new Set<string>()
  for (const [, heading = ''] of text.replace(/^```[\s\S]*?^```/gm, '').matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)) {
    const words = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase()
    const anchor = words.replace(/[^\p{L}\p{N}\s_-]/gu, '').replaceAll(' ', '-')
    let unique = anchor
    for (let i = 1; anchors.has(unique); i++) unique = `${anchor}-${i}`
    anchors.add(unique)
  }
  return anchors
}

function withoutCode(text: string): string {
  return text.replace(/^(```|~~~)[\s\S]*?^\1/gm, '').replace(/`[^`\n]*`/g, '')
}
