import { Head } from '../app/shell'
import { session } from '../app/session'
import { Empty } from '../parts/states'
import { Doctor } from './admin/doctor'
import { Retention } from './admin/retention'
import { Backups } from './admin/backups'
import { Server } from './admin/server'
import { Tokens } from './admin/tokens'

/** What is wrong and what to do, how long flows are kept, backups, the clock: for tokens with the role admin. */
export function Admin() {
  if (!session.isAdmin.value)
    return (
      <section class="panel">
        <Empty title="This is for the role admin">The token that is used here has {session.who.value?.roles.join(' and ')}.</Empty>
      </section>
    )
  return (
    <>
      <Head title="Administration" zoneOnly />
      <div class="grid">
        <Doctor />
        <Retention />
        <Backups />
        <Tokens />
        <Server />
      </div>
    </>
  )
}
