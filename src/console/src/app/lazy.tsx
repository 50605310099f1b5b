import type { FunctionComponent } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { away } from '../api/problem'
import { Loading, Trouble } from '../parts/states'

/** A page that comes when it is first looked at. */
export function lazy(load: () => Promise<FunctionComponent>): FunctionComponent {
  let Loaded: FunctionComponent | undefined
  return function Lazy() {
    const [, arrive] = useState(0)
    const [failed, setFailed] = useState<unknown>()
    useEffect(() => {
      if (!Loaded)
        load().then(component => {
          Loaded = component
          arrive(1)
        }, setFailed)
    }, [])
    if (failed) return <Trouble problem={away(failed)} retry={() => location.reload()} />
    return Loaded ? <Loaded /> : <Loading lines={8} />
  }
}
