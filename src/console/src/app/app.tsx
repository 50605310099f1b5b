import { lazy } from './lazy'
import { useEffect } from 'preact/hooks'
import { api, ask } from '../api/client'
import { Overview } from '../pages/overview'
import { Empty, Loading, Trouble } from '../parts/states'
import { href, page } from './router'
import { session } from './session'
import { pages, Shell } from './shell'
import { SignedIn, SignIn } from './sign-in'
import { useAnswer } from './use-answer'

const views: Record<string, ReturnType<typeof lazy>> = {
  flows: lazy(() => import('../pages/flows').then(module => module.Flows)),
  map: lazy(() => import('../pages/map').then(module => module.MapPage)),
  who: lazy(() => import('../pages/who').then(module => module.Who)),
  live: lazy(() => import('../pages/live').then(module => module.Live)),
  policies: lazy(() => import('../pages/policies').then(module => module.Policies)),
  events: lazy(() => import('../pages/events').then(module => module.Events)),
  admin: lazy(() => import('../pages/admin').then(module => module.Admin)),
}

export const App = () => (page.value === 'signed-in' ? <SignedIn /> : <Console />)

function Console() {
  const who = useAnswer('who', signal => ask(api.GET('/api/v1/whoami', { signal })))
  useEffect(() => {
    session.taken(who.answer?.data ?? null)
  }, [who.answer])
  const title = pages.find(([name]) => name === page.value)?.[1]
  useEffect(() => {
    document.title = title ? `${title} · KGuardian.Analytics` : 'KGuardian.Analytics'
  }, [title])
  if (session.isAsked.value) return <SignIn />
  if (who.problem && !who.isLoading)
    return (
      <main class="signin">
        <Trouble problem={who.problem} retry={who.retry} />
      </main>
    )
  if (!session.who.value)
    return (
      <main class="signin">
        <Loading lines={3} />
      </main>
    )
  const View = page.value === 'overview' ? Overview : views[page.value]
  return (
    <Shell>
      {View ? (
        <View />
      ) : (
        <Empty title="There is no such page">
          The address names none. <a href={href('overview')}>To the overview</a>
        </Empty>
      )}
    </Shell>
  )
}
