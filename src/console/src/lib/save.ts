import { away, problemOf } from '../api/problem'
import { session } from '../app/session'

type Picker = (options: { suggestedName: string }) => Promise<{ createWritable: () => Promise<WritableStream> }>

/**
 * Downloads what needs a token, which a link cannot carry. Where the browser lets a page write to a file it goes there as it comes; elsewhere the browser
 * keeps it until it is whole.
 */
export async function save(url: URL, name: string, progress: (bytes: number) => void): Promise<void> {
  const picker = (window as { showSaveFilePicker?: Picker }).showSaveFilePicker
  // Asked first: browsers allow it only right behind a click.
  const file = picker && (await (await picker({ suggestedName: name })).createWritable())
  let answer: Response
  try {
    answer = await fetch(url, { headers: { Authorization: `Bearer ${session.token.value}` }, cache: 'no-store' })
  } catch (cause) {
    throw away(cause)
  }

  if (!answer.ok) throw problemOf(answer.status, await answer.json().catch(() => ''), null)
  let read = 0
  const counted = answer.body!.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, out) {
        read += chunk.length
        progress(read)
        out.enqueue(chunk)
      },
    }),
  )
  if (file) {
    await counted.pipeTo(file)
    return
  }

  offer(await new Response(counted).blob(), name)
}

/** Gives bytes to the browser's downloads. */
export function offer(content: Blob, name: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(content)
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}
