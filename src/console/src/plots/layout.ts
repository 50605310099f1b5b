export interface LayoutOrder {
  nodes: { id: string; group: string; size: number; at?: [number, number]; isWithin?: boolean }[]
  edges: [string, string, number][]
}

export type LayoutResult = Record<string, [number, number]>

/** Lays a graph out in a worker. */
export function layout(order: LayoutOrder, signal: AbortSignal): Promise<LayoutResult> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./layout.worker.ts', import.meta.url), { type: 'module' })
    const end = (): void => worker.terminate()
    signal.addEventListener('abort', () => {
      end()
      reject(signal.reason)
    })
    worker.onmessage = ({ data }) => {
      end()
      resolve(data as LayoutResult)
    }
    worker.onerror = event => {
      end()
      reject(new Error(event.message))
    }
    worker.postMessage(order)
  })
}
