import type { components } from '../api/schema'
import { Severity } from './severity'

type Finding = components['schemas']['DoctorReport']['findings'][number]

const order = ['error', 'warning', 'ok']

/** What the doctor finds, the worst first, and what to do about it. */
export const Findings = ({ of }: { of: Finding[] }) => (
  <ul class="findings">
    {[...of]
      .sort((one, other) => order.indexOf(one.severity) - order.indexOf(other.severity))
      .map((finding, index) => (
        <li key={index}>
          <span>
            <Severity of={finding.severity} />
          </span>
          <span>{finding.check}</span>
          <span>
            {finding.what}
            {finding.todo && <span class="todo">{finding.todo}</span>}
          </span>
        </li>
      ))}
  </ul>
)
