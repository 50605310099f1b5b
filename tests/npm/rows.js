// node rows.js arrow|parquet FILE: the file's rows, one JSON object a line, as a reader that is not ours sees them; times are microseconds since 1970.
import { readFileSync } from 'node:fs'
import { tableFromIPC } from 'apache-arrow'
import { parquetReadObjects } from 'hyparquet'
import { DEFAULT_PARSERS } from 'hyparquet/src/convert.js'

const [format, file] = process.argv.slice(2)
const bytes = readFileSync(file)

// Both readers make milliseconds of times; the microseconds are in what they read them from.
const arrow = () => tableFromIPC(bytes).toArray().map(row => {
  const { time_stamp, ...rest } = row.toJSON()
  return { ...rest, time_stamp: Math.round(time_stamp * 1000) }
})
const parquet = () => parquetReadObjects({
  file: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength),
  parsers: { ...DEFAULT_PARSERS, timestampFromMicroseconds: Number },
})

for (const row of format === 'arrow' ? arrow() : await parquet()) console.log(JSON.stringify(row))
