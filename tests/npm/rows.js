// node rows.js arrow|parquet FILE: the file's rows, one JSON object a line, as a reader that is not ours sees them.
import { readFileSync } from 'node:fs'
import { tableFromIPC } from 'apache-arrow'
import { parquetReadObjects } from 'hyparquet'

const [format, file] = process.argv.slice(2)
const bytes = readFileSync(file)
const rows = format === 'arrow'
  ? tableFromIPC(bytes).toArray().map(row => row.toJSON())
  : await parquetReadObjects({ file: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) })
for (const row of rows) console.log(JSON.stringify(row))
