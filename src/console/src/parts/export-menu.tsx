import { useState } from 'preact/hooks'
import { address } from '../api/client'
import { session } from '../app/session'
import { save } from '../lib/save'
import { bytes } from '../lib/format'
import { Popover } from './popover'

const formats: [string, string, string][] = [
  ['csv', 'CSV', 'csv'],
  ['ndjson', 'NDJSON', 'ndjson'],
  ['parquet', 'Parquet', 'parquet'],
  ['arrow', 'Arrow', 'arrow'],
]

/** All flows of what is shown: the same window, filter, columns and order, without pages. */
export function ExportMenu({ window, filter, fields, order }: { window: { from: string; to: string }; filter: string; fields: string[]; order: string }) {
  const [done, setDone] = useState('')
  const url = (format: string): URL => address('/api/v1/flows', { from: window.from, to: window.to, filter, fields: fields.join(','), order, format })
  const name = (ending: string): string => `flows-${window.from.slice(0, 16).replace(/[:T]/g, '')}-${window.to.slice(0, 16).replace(/[:T]/g, '')}.${ending}`
  const download = async (format: string, ending: string): Promise<void> => {
    setDone('…')
    try {
      await save(url(format), name(ending), read => setDone(bytes(read)))
    } catch (cause) {
      setDone(cause instanceof Error ? cause.message : String(cause))
    }
  }
  return (
    <Popover label={done ? `Export ${done}` : 'Export'}>
      {close => (
        <div class="menu">
          {formats.map(([format, text, ending]) =>
            session.isSignedIn.value ? (
              <button
                type="button"
                key={format}
                onClick={() => {
                  close()
                  void download(format, ending)
                }}
              >
                {text}
                <span class="dim">all rows</span>
              </button>
            ) : (
              <a key={format} href={url(format).href} download={name(ending)} onClick={() => close()}>
                {text}
                <span class="dim">all rows</span>
              </a>
            ),
          )}
          <button
            type="button"
            onClick={() => {
              const token = session.isSignedIn.value ? ' -H "Authorization: Bearer $TOKEN"' : ''
              void navigator.clipboard?.writeText(`curl -s${token} '${url('csv').href.replace(/'/g, "'\\''")}' -o ${name('csv')}`)
              close()
            }}
          >
            Copy as curl
          </button>
        </div>
      )}
    </Popover>
  )
}
