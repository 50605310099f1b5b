// Packs what Vite built: each file with Brotli and with gzip, and none as it is. The server sends them as they are.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

const folder = new URL('dist/', import.meta.url).pathname
const sizes = []
for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || /\.(br|gz)$|^\.packed$/.test(entry.name)) continue
  const path = join(entry.parentPath ?? entry.path, entry.name)
  const content = readFileSync(path)
  const brotli = brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: content.length } })
  const gzip = gzipSync(content, { level: 9 })
  writeFileSync(`${path}.br`, brotli)
  writeFileSync(`${path}.gz`, gzip)
  rmSync(path)
  const columns = [String(content.length).padStart(9), 'gzip', String(gzip.length).padStart(7), 'br', String(brotli.length).padStart(7)]
  sizes.push(`${path.slice(folder.length).padEnd(48)} ${columns.join(' ')}`)
}
// Written last: it stands for a build that went through.
writeFileSync(join(folder, '.packed'), `${sizes.sort().join('\n')}\n`)
console.log(sizes.join('\n'))
