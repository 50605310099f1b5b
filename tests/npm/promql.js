// node promql.js EXPRESSIONS: for each of a JSON array of PromQL expressions the metrics that it names; fails at the first that Prometheus' own
// grammar does not parse.
import { parser } from '@prometheus-io/lezer-promql'

const metrics = JSON.parse(process.argv[2]).map(expression => {
  const names = []
  parser.parse(expression).iterate({
    enter(node) {
      if (node.type.isError) {
        console.error(`${expression}\ncannot be parsed from character ${node.from} on: ${expression.slice(node.from)}`)
        process.exit(1)
      }
      if (node.name === 'VectorSelector') names.push(/^[a-zA-Z_:][\w:]*/.exec(expression.slice(node.from, node.to))?.[0] ?? '')
    },
  })
  return names
})
console.log(JSON.stringify(metrics))
